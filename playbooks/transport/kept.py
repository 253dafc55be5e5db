"""Connections between two commands: kept open by node, so that a run of many commands logs in to each node once.

A gate asks a node a dozen times and more. Each log-in costs sshd 16 to 23 ms of CPU (measured by benchmarks/hosts.py),
and through a proxy command a session of Systems Manager or of an EC2 Instance Connect Endpoint, which take seconds and
of which an account may have few.
"""

import threading
from collections.abc import Iterable

import paramiko

from playbooks.nodes import Node
from playbooks.transport.connection import Connection

PROBE_SECONDS = 5.0  # for a connection that was idle to open a session; after that a new one is made


class KeptConnections:
    """Those that nobody uses at this moment, one a node at most.

    Args:
        most: how many are kept; a connection too many is closed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[str, Connection] = {}
        self._changing = threading.Lock()

    def take(self, node: Node) -> Connection | None:
        """The node's connection, proven by the session that it has just opened; None where there is none."""
        with self._changing:
            connection = self._idle.pop(node.instance_id, None)
        if connection is None:
            return None
        try:
            connection.session = connection.client.open_session(timeout=PROBE_SECONDS)
        except (paramiko.SSHException, EOFError, OSError):  # it broke while it was idle: the caller connects anew
            connection.close()
            return None
        return connection

    def keep(self, node: Node, connection: Connection) -> bool:
        """Keep a connection on which nothing runs; False where it is not wanted and stays the caller's."""
        if not (self._has_room(node) and connection.client.is_active()):
            return False
        connection.rest()
        connection.wire.deadline = float("inf")
        with self._changing:
            if len(self._idle) >= self._most:  # others were faster, or it is the end
                return False
            self._idle[node.instance_id] = connection
            return True

    def _has_room(self, node: Node) -> bool:
        with self._changing:
            return len(self._idle) < self._most and node.instance_id not in self._idle

    def count(self, nodes: Iterable[Node]) -> int:
        """On how many of these nodes there is one."""
        with self._changing:
            return sum(node.instance_id in self._idle for node in nodes)

    def close(self) -> None:
        """End them all, and keep none from now on: a worker that was interrupted may come later."""
        with self._changing:
            idle, self._idle, self._most = list(self._idle.values()), {}, 0
        for connection in idle:
            connection.close()
