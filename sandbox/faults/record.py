"""The file that says which nodes are to be broken: it counts only while the command that wrote it holds it.

However that command ends, the kernel lets go of the file, and every node is well again within a moment.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sandbox.faults import Kind
from sandbox.folder import SandboxFolder, write_atomically


@contextmanager
def held(folder: SandboxFolder, faults: Mapping[str, Kind]) -> Iterator[None]:
    """Hold the record of these faults, by node name, while the block runs; the caller holds the sandbox."""
    write_atomically(folder.faults, json.dumps(faults).encode())
    descriptor = os.open(folder.faults, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
        folder.faults.unlink()


def wished(folder: SandboxFolder, node: str) -> Kind | None:
    """The fault that a node is to have at this moment; None where nobody holds the record, or it is of others."""
    try:
        descriptor = os.open(folder.faults, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        kind = json.loads(os.read(descriptor, 1 << 20)).get(node)
        return None if kind is None else Kind(kind)
    else:
        return None  # left by a command that was killed
    finally:
        os.close(descriptor)
