"""How fast a node writes to a shared file system and reads from it: many streams at once, past its own caches."""

import argparse
import errno
import mmap
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ending import Status, answer, fail  # type: ignore[import-not-found]  # lies beside this file

MIB = 1 << 20
BLOCK_BYTES = 4 * MIB
SPARE = 2  # times what is written must be free


class Window(NamedTuple):
    """What was moved, from when to when, in UNIX seconds of this node."""

    bytes: int
    began: float
    ended: float


def opened(folder: str, name: str) -> "tuple[int, bool]":
    """A new file, and whether it is read and written past the page cache."""
    path = Path(folder) / name
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR
    try:
        return os.open(path, flags | os.O_DIRECT, 0o600), True
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no O_DIRECT
            raise
        path.unlink(missing_ok=True)
        return os.open(path, flags, 0o600), False


@contextmanager
def block() -> "Iterator[mmap.mmap]":
    """Noise on a page of its own, as O_DIRECT needs it; zeros would be compressed."""
    with closing(mmap.mmap(-1, BLOCK_BYTES)) as memory:
        memory.write(os.urandom(BLOCK_BYTES))
        yield memory


def write(file: int, size: int, until: float) -> int:
    """Write the file over and over, in its order, until a time of `time.monotonic()`; how many bytes were written."""
    done = 0
    with block() as memory:
        while time.monotonic() < until or done < size:  # once at least, so that reading finds a whole file
            done += os.pwritev(file, [memory], done % size)
    os.fsync(file)
    return done


def read(file: int, size: int, until: float) -> int:
    """The same for reading; what the node itself still holds of the file is dropped first."""
    done = 0
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    with block() as memory:
        while time.monotonic() < until:
            done += os.preadv(file, [memory], done % size)
    return done


def timed(move: "Callable[[int, int, float], int]", files: "list[int]", size: int, seconds: float) -> Window:
    """Move bytes in all files at once, for about so many seconds."""
    began, until = time.time(), time.monotonic() + seconds
    with ThreadPoolExecutor(len(files)) as pool:
        moved = sum(pool.map(lambda file: move(file, size, until), files))
    return Window(moved, began, time.time())


def main(options: argparse.Namespace) -> "dict[str, object]":
    """Write, sync, read."""
    size, free = options.size_mib * MIB, shutil.disk_usage(options.folder).free
    needed = SPARE * size * options.streams
    if free < needed:
        fail(Status.LUSTRE_FULL, f"{options.folder} has {free // MIB} MiB free; {needed // MIB} MiB are needed")
    with tempfile.TemporaryDirectory(prefix=".aidc-smoke-", dir=options.folder) as folder:
        opens = [opened(folder, str(number)) for number in range(options.streams)]
    files = [file for file, _ in opens]  # their names are gone already: nothing is left, however this ends
    written = timed(write, files, size, options.seconds)
    found = timed(read, files, size, options.seconds)
    return {
        "hostname": socket.gethostname(),
        "folder": options.folder,
        "streams": options.streams,
        "direct": all(direct for _, direct in opens),
        "written": written._asdict(),
        "read": found._asdict(),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", required=True, help="folder of the file system that is written to")
    arguments.add_argument("--size-mib", required=True, type=int, help="of each stream's file, a multiple of 4")
    arguments.add_argument("--streams", required=True, type=int)
    arguments.add_argument("--seconds", required=True, type=float, help="for writing, and again for reading")
    chosen = arguments.parse_args()
    try:
        answer(main(chosen))
    except OSError as error:
        status = Status.LUSTRE_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Status.LUSTRE_REFUSED
        fail(status, f"{chosen.folder}: {error.strerror}")
