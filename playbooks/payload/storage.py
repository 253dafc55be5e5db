"""Writes to the node's scratch folder, syncs, and reads back what was written: is it the same, and how fast?"""

import argparse
import errno
import hashlib
import os
import random
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator

from ending import Status, answer, fail  # type: ignore[import-not-found]  # lies beside this file

MIB = 1 << 20
BLOCK_BYTES = 4 * MIB
SPARE_BYTES = 64 * MIB  # left free, so that the check does not fill a disk that others write to


def blocks(size: int) -> Iterator[bytes]:
    """Blocks of noise, together `size` bytes; each begins with its own number, so no two are equal."""
    noise = random.Random(0).getrandbits(8 * BLOCK_BYTES).to_bytes(BLOCK_BYTES, "big")  # noqa: S311 - not a secret
    for number, start in enumerate(range(0, size, BLOCK_BYTES)):
        yield (number.to_bytes(8, "big") + noise[8:])[: size - start]


def differing(expected: bytes, found: bytes) -> int:
    """How many bytes are not as expected, missing ones included."""
    if expected == found:
        return 0
    return len(expected) - sum(a == b for a, b in zip(expected, found))  # noqa: B905 - Python 3.9


def write(file: int, size: int) -> tuple[float, str]:
    """Seconds to write and sync `size` bytes, and their SHA-256."""
    seconds, digest = 0.0, hashlib.sha256()
    for block in blocks(size):
        digest.update(block)
        begun, rest = time.perf_counter(), memoryview(block)
        while rest:
            rest = rest[os.write(file, rest) :]
        seconds += time.perf_counter() - begun
    begun = time.perf_counter()
    os.fsync(file)
    return seconds + time.perf_counter() - begun, digest.hexdigest()


def read(file: int, size: int) -> tuple[float, str, int]:
    """Seconds to read the file back, the SHA-256 of what came, and how many bytes differ from what was written."""
    seconds, digest, wrong = 0.0, hashlib.sha256(), 0
    os.lseek(file, 0, os.SEEK_SET)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)  # so that the disk is read and not the page cache
    for expected in blocks(size):
        begun, found = time.perf_counter(), b""
        while len(found) < len(expected):
            part = os.read(file, len(expected) - len(found))
            if not part:
                break
            found += part
        seconds += time.perf_counter() - begun
        digest.update(found)
        wrong += differing(expected, found)
    return seconds, digest.hexdigest(), wrong


def main(folder: str, size: int) -> dict[str, object]:
    """Write, sync, read back; the file is gone afterwards, whatever happens."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        fail(Status.DISK_FULL, f"{folder} has {free // MIB} MiB free; {(size + SPARE_BYTES) // MIB} MiB are needed")
    with tempfile.TemporaryFile(dir=folder, buffering=0) as scratch:
        write_seconds, written = write(scratch.fileno(), size)
        read_seconds, found, wrong = read(scratch.fileno(), size)
    return {
        "hostname": socket.gethostname(),
        "folder": folder,
        "bytes": size,
        "free_bytes": free,
        "write_seconds": write_seconds,
        "read_seconds": read_seconds,
        "sha256_written": written,
        "sha256_read": found,
        "differing_bytes": wrong,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scratch", required=True, type=os.path.expanduser, help="folder to write to")
    arguments.add_argument("--size-mib", required=True, type=int)
    chosen = arguments.parse_args()
    try:
        answer(main(chosen.scratch, chosen.size_mib * MIB))
    except OSError as error:
        status = Status.DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Status.SCRATCH_REFUSED
        fail(status, f"{chosen.scratch}: {error.strerror}")
