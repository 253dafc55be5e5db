"""How a byte stream to a node is opened: directly, through the jump host, or through a proxy command."""

import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Protocol

import paramiko

from playbooks.nodes import Node
from playbooks.transport.connection import Connection, DroppedError, Peer, connect
from playbooks.transport.host_keys import parse_key
from playbooks.transport.outcome import HostKeyRefusedError, UnreachableError
from playbooks.transport.packets import SharedPackets
from playbooks.transport.wire import Wire
from stacks.settings import Access, JumpHost

SHOWN_BYTES = 1000  # of what a proxy command said last

# The kernel gives a connection up where the other end acknowledges nothing: 10 s idle and three probes, or 25 s.
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}
END_SECONDS = 0.3  # for a proxy command to end when its connection has, and again after each signal


class Route(Protocol):
    """A way to the nodes."""

    def open(self, node: Node, port: int, deadline: float) -> Wire:
        """A stream to the node's SSH port.

        Raises:
            DroppedError: this attempt failed and another may succeed.
            TransportError: none will.
        """

    def close(self) -> None:
        """Give back what the route holds for all nodes."""


def route(access: Access, identity: Sequence[paramiko.PKey]) -> Route:
    """The way that the settings ask for."""
    if access.jump:
        return ThroughJumpHost(access.jump, access.jump.user or access.user, identity)
    if access.proxy_command:
        return ThroughProxy(access.proxy_command, access.user)
    return Direct()


class Direct:
    """From inside the VPC or a VPN."""

    def open(self, node: Node, port: int, deadline: float) -> Wire:
        """A TCP connection to the node."""
        return _tcp(node.address, port, deadline)

    def close(self) -> None:
        """Hold nothing."""


class ThroughJumpHost:
    """One connection to the jump host, shared by all nodes; each node's stream is a forwarding of its own in it."""

    def __init__(self, jump: JumpHost, user: str, identity: Sequence[paramiko.PKey]) -> None:
        key = parse_key(jump.host_key)
        self._jump = jump
        self._identity = identity
        self._peer = Peer(f"the jump host {jump.address}", user, (key,) if key else (), "access.jump.hostKey")
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def open(self, node: Node, port: int, deadline: float) -> Wire:
        """A channel of the jump host's connection."""
        client = self._connected(deadline).client
        try:
            channel = client.open_channel(
                "direct-tcpip", (node.address, port), ("127.0.0.1", 0), timeout=max(0.0, deadline - time.monotonic())
            )
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise DroppedError(f"{self._peer.name} opens no way to {node.address}:{port}: {error}") from None
        return Wire(channel, deadline)

    def close(self) -> None:
        """End the connection to the jump host."""
        if self._connection:
            self._connection.close()

    def _connected(self, deadline: float) -> Connection:
        with self._lock:  # one thread connects, the others wait for it
            if self._connection is None or not self._connection.client.is_active():
                if not self._peer.keys:
                    raise HostKeyRefusedError("access.jump.hostKey is not `<key type> <key>`, as in a .pub file")
                wire = _tcp(self._jump.address, self._jump.port, deadline)
                self._connection = connect(wire, self._peer, self._identity, SharedPackets)
                wire.deadline = float("inf")  # the nodes' own deadlines hold from here
            return self._connection


class ThroughProxy:
    """A program's standard input and output, as OpenSSH's ProxyCommand: an SSM session, EC2 Instance Connect."""

    def __init__(self, command: str, user: str) -> None:
        self._command = command
        self._user = user

    def open(self, node: Node, port: int, deadline: float) -> Wire:
        """The program, started for this node."""
        values = {
            "h": node.address,
            "p": str(port),
            "r": self._user,
            "i": node.instance_id,
            "%": "%",
        }  # the settings take no other
        line = re.sub(r"%(.)", lambda found: shlex.quote(values[found[1]]), self._command)
        return ProxyWire(line, deadline)

    def close(self) -> None:
        """Hold nothing."""


class ProxyWire(Wire):
    """A stream through a program; what it writes on its standard error is kept for the error message."""

    def __init__(self, line: str, deadline: float) -> None:
        ours, its = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the program
        self._words = ""
        self._ending = threading.Lock()
        with its:
            self._program = subprocess.Popen(  # noqa: S602 - the settings' own command, values quoted
                line, shell=True, stdin=its.fileno(), stdout=its.fileno(), stderr=self._errors,
                start_new_session=True,  # a Ctrl-C at the terminal must not cut the way to what has to be ended
            )  # fmt: skip
        super().__init__(ours, deadline)

    def close(self) -> None:
        """End the program too, and whatever it has started in its process group."""
        super().close()
        with self._ending:  # paramiko's thread closes what has ended, and so does the worker
            if self._errors.closed:
                return
            ended = self._end()
            self._errors.seek(0)
            said = self._errors.read()[-SHOWN_BYTES:].decode(errors="backslashreplace").strip()
            self._words = ": ".join(filter(None, [ended, said]))
            self._errors.close()

    def last_words(self) -> str:
        """The end of what the program wrote on its standard error, and its exit status."""
        self.close()
        return self._words

    def _end(self) -> str:
        """End the program; how it ended, where it did so by itself."""
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign:
                os.killpg(self._program.pid, sign)
            try:
                status = self._program.wait(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return "" if sign else f"the proxy command ended with status {status}"
        return "the proxy command cannot be ended"


def _tcp(address: str, port: int, deadline: float) -> Wire:
    try:
        endpoint = socket.create_connection((address, port), timeout=max(0.1, deadline - time.monotonic()))
    except socket.gaierror as error:
        raise UnreachableError(f"{address} is not known by name: {error.strerror}") from None
    except OSError as error:
        raise DroppedError(f"{address}:{port}: {error.strerror or error}") from None
    endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        if hasattr(socket, option):  # macOS has not all of them
            endpoint.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return Wire(endpoint, deadline)
