import errno
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

MIB = 1 << 20


@pytest.fixture
def node(module: Callable[[str], ModuleType]) -> ModuleType:
    """The program."""
    return module("streams")


@pytest.fixture
def one(node: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """A file of nine MiB: two blocks and a quarter."""
    (stream,) = node.opened(str(tmp_path), [9 * MIB])
    yield stream
    os.close(stream.file)


def cached(stream: Any) -> int:  # noqa: ANN401 - the program is imported by name
    """The same file through the page cache, where any byte can be had."""
    return os.open(f"/proc/self/fd/{stream.file}", os.O_RDWR)


def test_what_was_written_comes_back_and_nothing_is_left(node: ModuleType, one: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """The whole file, also where no time is given, and its name is gone from the beginning."""
    window, moved = node.timed(node.write, [one], 0)

    assert list(tmp_path.iterdir()) == []
    assert (window.bytes, moved) == (9 * MIB, [9 * MIB])
    assert node.read(one, until=0) == 9 * MIB
    assert node.differing(one, 9 * MIB) == 0


def test_a_disk_that_is_done_early_goes_on(node: ModuleType, one: Any) -> None:  # noqa: ANN401
    """Over and over until the time is up, and what stands there then is of different passes."""
    window, [moved] = node.timed(node.write, [one], 0.3)

    assert window.ended - window.began >= 0.3
    assert moved > one.size
    assert node.differing(one, moved) == 0


@pytest.mark.parametrize("passes", [0, 1, 2])
@pytest.mark.parametrize("blocks", [0, 4, 8])
def test_the_end_of_a_pass_is_known_wherever_it_was(
    node: ModuleType,
    one: Any,  # noqa: ANN401 - as above
    monkeypatch: pytest.MonkeyPatch,
    passes: int,
    blocks: int,
) -> None:
    """Blocks of the last pass and of the one before lie in one file."""
    wanted, done = (passes * 9 + blocks) * MIB or 9 * MIB, 0
    really = os.pwritev

    def count(file: int, parts: list[memoryview], at: int) -> int:
        nonlocal done
        moved = really(file, parts, at)
        done += moved
        return moved

    monkeypatch.setattr(node.os, "pwritev", count)
    monkeypatch.setattr(node.time, "monotonic", lambda: 0.0 if done < wanted else 2.0)
    moved = node.write(one, until=1.0)

    assert moved == max(wanted, 9 * MIB)
    assert node.differing(one, moved) == 0


@pytest.mark.parametrize("where", [0, 5000, 4 * MIB + 100, 9 * MIB - 1])
def test_a_byte_that_changed_is_counted(node: ModuleType, one: Any, where: int) -> None:  # noqa: ANN401
    """Wherever it stands."""
    node.write(one, until=0)
    file = cached(one)
    os.pwrite(file, bytes([os.pread(file, 1, where)[0] ^ 1]), where)
    os.fsync(file)
    os.close(file)

    assert node.differing(one, 9 * MIB) == 1


def test_a_sector_in_anothers_place_is_seen(node: ModuleType, one: Any) -> None:  # noqa: ANN401
    """The noise is the same everywhere, so the number at its beginning tells it."""
    node.write(one, until=0)
    file = cached(one)
    os.pwrite(file, os.pread(file, 4096, 8192), 4 * MIB + 8192)
    os.fsync(file)
    os.close(file)

    assert 1 <= node.differing(one, 9 * MIB) <= 8


def test_a_block_of_an_earlier_pass_is_seen(node: ModuleType, one: Any) -> None:  # noqa: ANN401
    """A write that the disk said it had done and had not."""
    node.write(one, until=0)

    assert node.differing(one, 18 * MIB) > 0


def test_bytes_that_are_missing_are_counted(node: ModuleType, one: Any) -> None:  # noqa: ANN401
    """And reading such a file for its speed is an error of the disk."""
    node.write(one, until=0)
    os.ftruncate(one.file, 3 * MIB)

    assert node.differing(one, 9 * MIB) == 6 * MIB
    with pytest.raises(OSError, match="a file of 9437184 bytes ends after 3145728") as raised:
        node.read(one, until=0)
    assert raised.value.errno == errno.EIO


def test_a_file_system_without_direct_io_is_told(
    node: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes through the page cache then; here the kernel's refusal is played."""
    really = os.open

    def refuse(path: Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return really(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(node.os, "open", refuse)
    (stream,) = node.opened(str(tmp_path), [8 * MIB])
    try:
        assert stream.direct is False
        assert node.write(stream, until=0) == 8 * MIB
        assert node.read(stream, until=0) == 8 * MIB
        assert node.differing(stream, 8 * MIB) == 0
    finally:
        os.close(stream.file)


def test_a_file_system_that_keeps_what_is_open_is_one_that_is_sound(
    node: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As NFS does, here played: such a file lies in its folder under another name until it is closed."""
    kept = (f".nfs{number:024x}" for number in itertools.count())

    def rename(path: str, *, dir_fd: int | None = None) -> None:
        os.rename(path, Path(path).with_name(next(kept)), src_dir_fd=dir_fd, dst_dir_fd=dir_fd)

    monkeypatch.setattr(node.os, "unlink", rename)
    streams = node.opened(str(tmp_path), [MIB, 2 * MIB])
    monkeypatch.undo()
    try:
        assert [node.write(stream, until=0) for stream in streams] == [MIB, 2 * MIB]
        assert sorted(path.name for path in tmp_path.iterdir()) == [f".nfs{number:024x}" for number in range(2)]
    finally:
        for stream in streams:
            os.close(stream.file)


def test_a_folder_that_refuses_is_no_file_system_without_direct_io(node: ModuleType, tmp_path: Path) -> None:
    """Its own error is the one that is told."""
    with pytest.raises(FileNotFoundError):
        node.opened(str(tmp_path / "none"), [MIB])


def test_a_full_disk_ends_all_streams(node: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the error of the one that met it first."""
    files = node.opened(str(tmp_path), [4 * MIB] * 3)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(node.os, "pwritev", full)
    with pytest.raises(OSError, match="No space left"):
        node.timed(node.write, files, 0.1)
    for stream in files:
        os.close(stream.file)
