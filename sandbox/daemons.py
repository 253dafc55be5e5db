"""Starting the processes of a sandbox: each outlives the command that starts it, and says when it is ready."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import StartError
from sandbox.folder import SandboxFolder
from sandbox.processes import end, identity

KEPT_VARIABLES = ("PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR")  # not AWS's: a node has no share in its user's rights
LOG_LINES = 10


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process to start.

    Attributes:
        role: what it is in the sandbox.
        module: the program, run as `python -m <module>`. It is given `--ready-descriptor N`, and writes one line
            there once it serves.
        arguments: its further arguments.
        log: where its stdout and stderr go; begun anew.
        prefix: the words to put before the command.
    """

    role: str
    module: str
    arguments: Sequence[str]
    log: Path
    prefix: Sequence[str] = ()


def start(folder: SandboxFolder, daemons: Sequence[Daemon], timeout_seconds: float) -> dict[str, str]:
    """Start all of them at once; returns by role the line with which each said that it is ready.

    Raises:
        StartError: some died, or were not ready in time and were ended; the others run. The message shows the last
            lines that each of them logged.
    """
    said = _wait({daemon.role: _launch(folder, daemon) for daemon in daemons}, timeout_seconds)
    failed = [daemon for daemon in daemons if not said[daemon.role].endswith("\n")]
    if failed:
        roles = {daemon.role for daemon in failed}
        end(folder, lambda member: member.role in roles)
        raise StartError("\n".join(_failure(daemon, timeout_seconds) for daemon in failed))
    return {role: line.strip() for role, line in said.items()}


def _launch(folder: SandboxFolder, daemon: Daemon) -> int:
    """Start one; returns where its ready line is to be read."""
    ours, its = os.pipe()
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    program = [sys.executable, "-P", "-m", daemon.module, "--ready-descriptor", str(its), *daemon.arguments]
    try:
        with daemon.log.open("wb") as log:
            subprocess.run(  # noqa: S603 - our own program, started by the Python that runs this one
                # setsid (util-linux) forks and ends at once: the daemon is nobody's child, and no Ctrl-C reaches it.
                ["setsid", "--fork", *daemon.prefix, *program],  # noqa: S607 - found on PATH wherever it is
                env=environment | identity(folder, daemon.role),
                cwd=folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(its,),
                check=True,
            )
    finally:
        os.close(its)
    return ours


def _wait(pipes: dict[str, int], timeout_seconds: float) -> dict[str, str]:
    """What each has written until it wrote a whole line, closed its pipe by dying, or the time was over."""
    said = dict.fromkeys(pipes, "")
    deadline = time.monotonic() + timeout_seconds
    with selectors.DefaultSelector() as selector:
        for role, pipe in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, role)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                content = os.read(key.fd, 4096).decode()
                said[key.data] += content
                if not content or content.endswith("\n"):
                    selector.unregister(key.fd)
    for pipe in pipes.values():
        os.close(pipe)
    return said


def _failure(daemon: Daemon, timeout_seconds: float) -> str:
    lines = daemon.log.read_text(errors="backslashreplace").splitlines()[-LOG_LINES:]
    shown = "".join(f"\n    {line}" for line in lines) or " nothing"
    return f"{daemon.role}: did not come up (it has {timeout_seconds:g} s); {daemon.log} says:{shown}"


def tell_ready(descriptor: int, line: str) -> None:
    """Say, from within a daemon, that it serves now."""
    with os.fdopen(descriptor, "w") as pipe:
        pipe.write(f"{line}\n")
