"""Tells which file system a folder lies on, by the mounts of this node."""

import os
import re
from pathlib import Path
from typing import NamedTuple

OCTAL = re.compile(r"\\([0-7]{3})")  # how the kernel writes spaces and the like in names


class Mount(NamedTuple):
    """A file system: its device as the kernel names it, the folder where it is mounted, and its type."""

    device: str
    folder: str
    type: str


UNKNOWN = Mount("unknown", "/", "unknown")


def mount_of(folder: str) -> Mount:
    """The mount on which a folder lies, links followed."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    return found(mounts, os.path.realpath(folder))


def found(mounts: str, path: str) -> Mount:
    """The deepest mount above a path; of several at one folder the last, which hides the others.

    In a chroot the kernel shows no mount of the root, so that nothing is above.
    """
    rows = [Mount(*map(_plain, line.split(" ")[:3])) for line in mounts.splitlines()]
    above = [row for row in rows if f"{path}/".startswith(row.folder.rstrip("/") + "/")]
    if not above:
        return UNKNOWN
    deepest = max(len(row.folder) for row in above)
    return [row for row in above if len(row.folder) == deepest][-1]


def _plain(name: str) -> str:
    return OCTAL.sub(lambda match: chr(int(match[1], 8)), name)
