"""How fast a node writes to a shared file system and reads from it: many streams at once, past its own caches."""

import argparse
import errno
import shutil
import socket

import streams  # type: ignore[import-not-found]  # lies beside this file
from ending import Status, answer, fail  # type: ignore[import-not-found]  # the same

MIB = 1 << 20
SPARE = 2  # times what is written must be free


def main(options: argparse.Namespace) -> "dict[str, object]":
    """Write, sync, read."""
    size, free = options.size_mib * MIB, shutil.disk_usage(options.folder).free
    needed = SPARE * size * options.streams
    if free < needed:
        fail(Status.LUSTRE_FULL, f"{options.folder} has {free // MIB} MiB free; {needed // MIB} MiB are needed")
    files = streams.opened(options.folder, [size] * options.streams)
    written, _ = streams.timed(streams.write, files, options.seconds)
    found, _ = streams.timed(streams.read, files, options.seconds)
    return {
        "hostname": socket.gethostname(),
        "folder": options.folder,
        "streams": options.streams,
        "direct": all(stream.direct for stream in files),
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
