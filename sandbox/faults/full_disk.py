"""A full disk: commands of the node see their home folder on a file system of one block, in a mount namespace.

The namespace ends with the command's last process, so that nothing is ever left to be taken back.
"""

import os
from pathlib import Path

# 4 KiB are one block of a tmpfs; what the transport has put on the node stays where it was.
MOUNTING = """\
mkdir -p "$1/.aidc" "$2" && mount -t tmpfs -o size=4k,mode=700 full "$2" && mkdir "$2/.aidc" \
&& mount --bind "$1/.aidc" "$2/.aidc" && mount --rbind "$2" "$1" && cd "$1" && shift 2 && exec "$@"
"""


def words(home: Path, aside: Path) -> list[str]:
    """What to put before a command; `aside` is a folder for the file system, on which nothing else stands."""
    return [*unshare(), "/bin/sh", "-c", MOUNTING, "aidc", str(home), str(aside)]


def unshare() -> list[str]:
    """Root may mount in a namespace of its own, others only where they play root in one of their users too."""
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
