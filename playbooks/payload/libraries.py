"""Folders of shared libraries that images leave to a login's profile, which a command over SSH does not read."""

import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "LD_LIBRARY_PATH"
# The EFA installer's plugin for NCCL, one built by hand, and libfabric. The plugin's name that NCCL looks for is a
# symbolic link in 1.15.0 to 1.16.3, which ldconfig does not cache (aws-ofi-nccl#993).
NETWORK = (
    "/opt/amazon/ofi-nccl/lib",
    "/opt/amazon/ofi-nccl/lib/x86_64-linux-gnu",
    "/opt/amazon/ofi-nccl/lib/aarch64-linux-gnu",
    "/opt/aws-ofi-nccl/lib",
    "/opt/amazon/efa/lib",
)


def unknown(folders: Sequence[str]) -> list[str]:
    """Those that exist and that the loader is not told of yet."""
    known = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [folder for folder in folders if folder not in known and Path(folder).is_dir()]


def path(first: Sequence[str] = (), last: Sequence[str] = ()) -> str:
    """The loader's path with folders before and after what it has."""
    return os.pathsep.join(filter(None, [*first, os.environ.get(VARIABLE), *last]))


def add(folders: Sequence[str]) -> list[str]:
    """Tell the loader of the processes that are started from here on; the folders that it had not been told of."""
    added = unknown(folders)
    if added:
        os.environ[VARIABLE] = path(last=added)
    return added
