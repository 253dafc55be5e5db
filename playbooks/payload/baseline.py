"""Keeps what a program read on this machine, beside the programs, for a later run to compare with."""

import json
import socket
from pathlib import Path
from typing import Any

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
FOLDER = Path(__file__).parent


def keep(name: str, reading: object) -> None:
    """Keep a reading under this name."""
    _file(name).write_text(json.dumps(reading), encoding="utf-8")


def kept(name: str) -> Any:  # noqa: ANN401 - JSON
    """The reading that this machine kept; None where it did not."""
    file = _file(name)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _file(name: str) -> Path:
    """Of this machine alone: nodes may share the home folder that the programs lie in."""
    return FOLDER / f"{name}-{_machine()}.json"


def _machine() -> str:
    """Images and clones share a machine id; a boot id is drawn anew by every kernel (random(4))."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # a container may hide it
        return socket.gethostname()
