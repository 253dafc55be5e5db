"""Which processes belong to a sandbox, read from the process table: what is in no table cannot be stale."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from sandbox.folder import SandboxFolder

FOLDER_VARIABLE = "AIDC_SANDBOX"
ROLE_VARIABLE = "AIDC_SANDBOX_ROLE"

MOTO = "moto"
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, not bound
POLL_SECONDS = 0.01
SCANS = 5  # a process that is being ended may start another one meanwhile


def node_role(name: str) -> str:
    """The role of the process that is a node."""
    return f"node:{name}"


def command_role(name: str) -> str:
    """The role of everything that runs on a node."""
    return f"command:{name}"


def identity(folder: SandboxFolder, role: str) -> dict[str, str]:
    """The environment variables by which a process of the sandbox is known; its children inherit them."""
    return {FOLDER_VARIABLE: str(folder.path), ROLE_VARIABLE: role}


@dataclass(frozen=True, slots=True)
class Member:
    """A living process of a sandbox.

    Attributes:
        role: `moto`, `node:<name>` or `command:<name>`.
        process: known by pid and start time, so that a pid in new hands is never mistaken for it.
    """

    role: str
    process: psutil.Process

    @property
    def node(self) -> str:
        """The name of the node that it is or runs on; empty for the moto server."""
        return self.role.partition(":")[2]

    def __str__(self) -> str:
        """As a person would look for it in a list of processes."""
        return f"{self.role} (process {self.process.pid})"


def find(folder: SandboxFolder) -> list[Member]:
    """Every living process of this user that carries the sandbox's identity, without the caller and its ancestors."""
    mine = psutil.Process()
    spared = {mine.pid, *(ancestor.pid for ancestor in mine.parents())}
    return [
        found
        for process in psutil.process_iter()
        if process.pid not in spared and (found := member(process, folder)) is not None
    ]


def member(process: psutil.Process, folder: SandboxFolder) -> Member | None:
    """A process as a member of the sandbox; None where it is none, or has ended."""
    try:
        if process.uids().effective != os.geteuid() or process.status() == psutil.STATUS_ZOMBIE:
            return None
        environment = process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None  # gone meanwhile, or hidden from this user and so not its own
    if environment.get(FOLDER_VARIABLE) != str(folder.path):
        return None
    return Member(environment.get(ROLE_VARIABLE, ""), process)


def end(
    folder: SandboxFolder, chosen: Callable[[Member], bool] = lambda _: True, grace_seconds: float = 3.0
) -> list[Member]:
    """Ask the chosen processes to end, then kill them; returns those that live on in spite of it.

    Args:
        folder: whose processes.
        chosen: which of them; all where nothing is said.
        grace_seconds: how long a process may take to end by itself, and again to die once killed.
    """

    def alive() -> list[Member]:
        return [member for member in find(folder) if chosen(member)]

    _signal(alive(), psutil.Process.terminate, grace_seconds)
    for _ in range(SCANS):
        if not (left := alive()):
            return []
        _signal(left, psutil.Process.kill, grace_seconds)
    return alive()


def _signal(members: list[Member], send: Callable[[psutil.Process], None], patience_seconds: float) -> None:
    for member in members:
        try:
            send(member.process)
        except psutil.NoSuchProcess:
            continue  # ended by itself
    deadline = time.monotonic() + patience_seconds
    while any(_lives(member) for member in members) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _lives(member: Member) -> bool:
    """Whether it still does something; a zombie does not, however long its parent leaves it in the process table."""
    try:
        return member.process.is_running() and member.process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listener(address: str, port: int) -> str:
    """Who listens there, as far as this user may see."""
    for connection in psutil.net_connections("tcp4"):
        if connection.status != psutil.CONN_LISTEN or not connection.laddr or connection.pid is None:
            continue
        if connection.laddr.port == port and connection.laddr.ip in {address, ANY_ADDRESS}:
            return f"process {connection.pid}, `{_command_line(connection.pid)}`,"
    return "a process of another user"


def _command_line(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return "?"
