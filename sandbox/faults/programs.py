"""The processes that run on one node, and whether they talk to the others."""

import os
from contextlib import suppress
from typing import NamedTuple

import psutil

from sandbox import nodes
from sandbox.folder import SandboxFolder
from sandbox.processes import command_role, member

JOINED_CONNECTIONS = 2  # one is only the way to where the ranks meet


class Place(NamedTuple):
    """The node that a fault befalls: the sandbox, and the node's name in it."""

    folder: SandboxFolder
    name: str


class Programs:
    """What the commands of a node have started, looked for many times a second at little cost."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._role = command_role(place.name)
        self._seen: dict[int, bool] = {}

    def pids(self) -> list[int]:
        """All that live now."""
        self._seen = {pid: seen for pid in psutil.pids() if (seen := self._is_ours(pid)) is not None}
        return [pid for pid, ours in self._seen.items() if ours]

    def _is_ours(self, pid: int) -> bool | None:
        """Whether a process is one of them; None where that is not known yet."""
        if pid in self._seen:
            return self._seen[pid]
        try:
            found = member(psutil.Process(pid), self._place.folder)
        except psutil.NoSuchProcess:
            return None
        if found is not None and found.role != self._role:
            return None  # a process of the sandbox that may be about to become a command
        return found is not None

    def joined(self) -> list[int]:
        """Those that talk to programs of other nodes, as the ranks of a collective do."""
        addresses = nodes.addresses(self._place.folder)
        own = addresses.pop(self._place.name)
        return [pid for pid in self.pids() if _connections(pid, own, set(addresses.values())) >= JOINED_CONNECTIONS]


def send(number: int, pids: list[int]) -> None:
    """Send a signal to these processes, as far as they still live."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _connections(pid: int, own: str, others: set[str]) -> int:
    """How many connections a process has with other nodes; on loopback those that come to it are from 127.0.0.1."""
    try:
        found = psutil.Process(pid).net_connections("tcp4")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    ends = [(each.laddr.ip, each.raddr.ip) for each in found if each.status == psutil.CONN_ESTABLISHED]
    return sum(far in others or (near == own and far == "127.0.0.1") for near, far in ends)
