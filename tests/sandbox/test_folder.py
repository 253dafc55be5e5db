import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.errors import InUseError
from sandbox.folder import SandboxFolder, write_atomically

HOLDER = """
import sys
from pathlib import Path
from sandbox.folder import SandboxFolder
with SandboxFolder(Path(sys.argv[1])).lock("aidc up sandbox"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(folder: SandboxFolder) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its stdin is closed."""
    command = [sys.executable, "-c", HOLDER, str(folder.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_taker_is_told_who_holds_the_lock(folder: SandboxFolder) -> None:
    """By command, process and time."""
    with held(folder) as other, pytest.raises(InUseError) as refused, folder.lock("aidc down sandbox"):
        raise AssertionError("two hold the lock")

    assert f"{folder.path}: in use by `aidc up sandbox` (process {other.pid}, since 2" in str(refused.value)


def test_lock_of_a_killed_holder_is_free(folder: SandboxFolder) -> None:
    """The kernel lets go of it."""
    with held(folder) as other:
        other.kill()
        other.wait()

        with folder.lock("aidc up sandbox"):
            pass


def test_lock_is_free_after_its_holder(folder: SandboxFolder) -> None:
    """One command after the other."""
    for command in ("aidc up sandbox", "aidc down sandbox"):
        with folder.lock(command):
            pass


def test_lock_of_a_removed_sandbox_is_not_the_new_ones(folder: SandboxFolder) -> None:
    """Who removes the sandbox still holds the old file; the next one makes its own."""
    with folder.lock("aidc down sandbox"):
        folder.remove()
        assert not folder.path.exists()

        with folder.lock("aidc up sandbox"):
            assert folder.path.exists()


def test_holder_that_has_not_written_its_name_yet_is_a_holder(folder: SandboxFolder) -> None:
    """Between taking the lock and writing into it."""
    with folder.lock("aidc up sandbox"):
        os.truncate(folder.path / "lock", 0)

        with pytest.raises(InUseError, match="in use by a command that has only just begun"), folder.lock("aidc up"):
            raise AssertionError("two hold the lock")


def test_remove_leaves_nothing(folder: SandboxFolder) -> None:
    """Files, folders, links to elsewhere, and not what they lead to."""
    elsewhere = folder.path.parent / "elsewhere"
    elsewhere.mkdir()
    folder.node("workers-0").home.mkdir(parents=True)
    (folder.path / "link").symlink_to(elsewhere)
    write_atomically(folder.state, b"{}")

    with folder.lock("aidc down sandbox"):
        folder.remove()

    assert [elsewhere] == list(folder.path.parent.iterdir())


def test_folder_is_its_users_own(tmp_path: Path) -> None:
    """It holds private keys."""
    folder = SandboxFolder.of(tmp_path)

    folder.create()
    write_atomically(folder.state, b"{}")

    assert (folder.path.stat().st_mode & 0o777, folder.state.stat().st_mode & 0o777) == (0o700, 0o600)


def test_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no half of a new one beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")

    assert ([path], b"old") == (list(tmp_path.iterdir()), path.read_bytes())
