"""Writes, reads and compares files of noise, several at once, past the page cache where the file system allows it."""

import errno
import mmap
import os
import secrets
import time
from array import array
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

MIB = 1 << 20
BLOCK_BYTES = 4 * MIB
SECTOR_BYTES = 4096
NOISE = os.urandom(BLOCK_BYTES)  # zeros would be compressed


class Stream(NamedTuple):
    """An open file without a name: its descriptor, the bytes that it takes, and whether it goes by the page cache."""

    file: int
    size: int
    direct: bool


class Window(NamedTuple):
    """What was moved, from when to when, in UNIX seconds of this node."""

    bytes: int
    began: float
    ended: float


def opened(folder: str, sizes: Iterable[int]) -> "list[Stream]":
    """New files of these sizes; their names are gone already, so that nothing is left however this ends.

    They lie in the folder itself: NFS keeps a file that is open without its name as `.nfs...` beside it until it is
    closed (nfs(5), silly rename), and a folder of their own could not be removed before.
    """
    return [_opened(Path(folder), size) for size in sizes]


def _opened(folder: Path, size: int) -> Stream:
    try:
        return Stream(_nameless(folder, os.O_DIRECT), size, direct=True)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no O_DIRECT
            raise
        return Stream(_nameless(folder, 0), size, direct=False)


def _nameless(folder: Path, flags: int) -> int:
    """Make a file, and take its name away, also where it was made and then not opened."""
    path = folder / f".aidc-smoke-{secrets.token_hex(8)}"
    try:
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | flags, 0o600)
    finally:
        path.unlink(missing_ok=True)


def timed(
    move: "Callable[[Stream, float], int]", streams: "list[Stream]", seconds: float
) -> "tuple[Window, list[int]]":
    """Move bytes in all files at once, for about so many seconds; also how many by stream."""
    began, until = time.time(), time.monotonic() + seconds
    with ThreadPoolExecutor(len(streams)) as pool:
        moved = list(pool.map(lambda stream: move(stream, until), streams))
    return Window(sum(moved), began, time.time()), moved


def write(stream: Stream, until: float) -> int:
    """Write the file over and over, in its order, until a time of `time.monotonic()`; how many bytes were written.

    It is written once at least, and synced after every pass: what the node holds back is not on the disk.
    """
    memory, done = _block(), 0
    while done < stream.size or time.monotonic() < until:
        at = done % stream.size
        if done and not at:
            os.fsync(stream.file)
        part = memory[: stream.size - at]
        _stamp(part, stream, done)
        while part:
            moved = os.pwritev(stream.file, [part], done % stream.size)
            part, done = part[moved:], done + moved
    os.fsync(stream.file)
    return done


def read(stream: Stream, until: float) -> int:
    """The same for reading; what the node itself still holds of the file is dropped before every pass."""
    memory, done = _block(), 0
    while done < stream.size or time.monotonic() < until:
        at = done % stream.size
        if not at:
            os.posix_fadvise(stream.file, 0, 0, os.POSIX_FADV_DONTNEED)
        moved = _fill(stream.file, memory[: stream.size - at], at)
        if not moved:
            raise OSError(errno.EIO, f"a file of {stream.size} bytes ends after {at}")
        done += moved
    return done


def differing(stream: Stream, written: int) -> int:
    """How many bytes of the file are not those that came last of `written` over and over; missing ones included."""
    os.posix_fadvise(stream.file, 0, 0, os.POSIX_FADV_DONTNEED)
    memory, expected, wrong = _block(), bytearray(NOISE), 0
    for at in range(0, stream.size, BLOCK_BYTES):
        part = memory[: stream.size - at]
        passes = (written - at - 1) // stream.size  # that ended before the one of which this block is
        _stamp(memoryview(expected), stream, passes * stream.size + at)
        wrong += _differing(expected[: len(part)], part[: _fill(stream.file, part, at)])
    return wrong


def _differing(expected: bytearray, found: memoryview) -> int:
    if expected == found:
        return 0
    length = len(found)
    both = int.from_bytes(expected[:length], "big") ^ int.from_bytes(found, "big")
    return len(expected) - both.to_bytes(length, "big").count(0)


def _fill(file: int, memory: memoryview, at: int) -> int:
    """Read until the memory is full or the file ends; how many bytes came."""
    done = 0
    while done < len(memory):
        moved = os.preadv(file, [memory[done:]], at + done)
        if not moved:
            break
        done += moved
    return done


def _block() -> memoryview:
    """Noise on pages of its own, as O_DIRECT needs it."""
    memory = mmap.mmap(-1, BLOCK_BYTES)
    memory.write(NOISE)
    return memoryview(memory)


def _stamp(memory: memoryview, stream: Stream, done: int) -> None:
    """Number every sector by its block: no two blocks are equal, of other files and of earlier passes neither."""
    sectors = -(-len(memory) // SECTOR_BYTES)
    words = memory.cast("Q")  # 8 bytes each
    words[:: SECTOR_BYTES // words.itemsize] = memoryview(array("Q", [stream.file << 48 | done] * sectors))
