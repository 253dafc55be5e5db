"""Writes to the node's scratch folder in several streams, and reads back: is it the same, and how fast was it?"""

import argparse
import errno
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor

import mounts  # type: ignore[import-not-found]  # lies beside this file
import streams  # type: ignore[import-not-found]  # the same
from ending import Status, answer, fail  # type: ignore[import-not-found]  # the same

MIB = 1 << 20
SPARE_BYTES = 64 * MIB  # left free, so that the check does not fill a disk that others write to
STATUSES = {errno.ENOSPC: Status.DISK_FULL, errno.EDQUOT: Status.DISK_FULL, errno.EIO: Status.DISK_FAILED}


def status(error: OSError) -> Status:
    """What an error of the folder is: the disk is full, or broken, or may not be written to."""
    return STATUSES.get(error.errno or 0, Status.SCRATCH_REFUSED)


def shares(size_mib: int, most: int) -> "list[int]":
    """The bytes of each stream's file, whole MiB and alike to one: as many as there are blocks for, `most` at most."""
    count = min(most, -(-size_mib * MIB // streams.BLOCK_BYTES))
    return [(size_mib // count + (number < size_mib % count)) * MIB for number in range(count)]


def main(options: argparse.Namespace) -> "dict[str, object]":
    """Write, sync, read, compare."""
    folder, size, free = options.scratch, options.size_mib * MIB, shutil.disk_usage(options.scratch).free
    if free < size + SPARE_BYTES:
        fail(Status.DISK_FULL, f"{folder} has {free // MIB} MiB free; {(size + SPARE_BYTES) // MIB} MiB are needed")
    mount, files = mounts.mount_of(folder), streams.opened(folder, shares(options.size_mib, options.streams))
    written, by_stream = streams.timed(streams.write, files, options.seconds)
    found, _ = streams.timed(streams.read, files, options.seconds)
    with ThreadPoolExecutor(len(files)) as pool:
        wrong = sum(pool.map(streams.differing, files, by_stream))
    return {
        "hostname": socket.gethostname(),
        "folder": folder,
        "device": mount.device,
        "mounted_at": mount.folder,
        "file_system": mount.type,
        "bytes": size,
        "free_bytes": free,
        "streams": len(files),
        "direct": all(stream.direct for stream in files),
        "written": written._asdict(),
        "read": found._asdict(),
        "differing_bytes": wrong,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scratch", required=True, type=os.path.expanduser, help="folder to write to")
    arguments.add_argument("--size-mib", required=True, type=int, help="of all streams together")
    arguments.add_argument("--streams", required=True, type=int, help="at most")
    arguments.add_argument("--seconds", required=True, type=float, help="for writing at least, and again for reading")
    chosen = arguments.parse_args()
    try:
        answer(main(chosen))
    except OSError as error:
        fail(status(error), f"{chosen.scratch}: {error.strerror}")
