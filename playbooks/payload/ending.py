"""How a program on a node ends: one line of JSON and status 0, or what is wrong on stderr and a status that says it."""

import importlib
import json
import sys
from enum import IntEnum
from types import ModuleType
from typing import NoReturn


class Status(IntEnum):
    """Exit statuses of their own; 1 is left to Python's tracebacks, 2 to argparse, 126 and above to the shell."""

    NO_TORCH = 10
    NO_BOTO3 = 11
    NO_CREDENTIALS = 12
    BUCKET_REFUSED = 13
    ADDRESS_REFUSED = 14
    PEER_MISSING = 15
    PEER_GONE = 16
    DISK_FULL = 17
    SCRATCH_REFUSED = 18
    NO_GPU = 19
    GPU_FAILED = 20
    NO_READING = 21
    LUSTRE_FULL = 22
    LUSTRE_REFUSED = 23
    DISK_FAILED = 24
    SCRATCH_SLOW = 25


PEER_STATUSES = frozenset({Status.PEER_MISSING, Status.PEER_GONE})  # the program ended because of another node


def fail(status: Status, message: str) -> NoReturn:
    """End the program with `status`, `message` on stderr."""
    print(message, file=sys.stderr, flush=True)
    sys.exit(status)


def require(module: str, status: Status) -> ModuleType:
    """Import what this Python may lack; without it the program ends with `status`."""
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:  # OSError: a shared library of torch cannot be loaded
        fail(status, f"{sys.executable} cannot import {module}: {error}")


def answer(facts: dict[str, object]) -> None:
    """Print the answer as one line, the last."""
    print(json.dumps(facts, allow_nan=False), flush=True)
