"""One node of the sandbox: an SSH server with a host key and a home of its own (`python -m sandbox.ssh_host`)."""

import argparse
import asyncio
import errno
import os
import pwd
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import asyncssh

from sandbox.console import HOST_KEY_TYPE, host_key
from sandbox.daemons import tell_ready
from sandbox.faults.node import NodeFault
from sandbox.faults.programs import Place
from sandbox.folder import NodeFolder, SandboxFolder
from sandbox.processes import FOLDER_VARIABLE, ROLE_VARIABLE, command_role, listener
from sandbox.ssh_commands import Commands

# Without ChaCha20, which asyncssh computes in Python packet by packet: 2 ms of a command's 6.
CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"]
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Node(NamedTuple):
    """What the server of a node works with."""

    name: str
    user: str
    authorized_key: asyncssh.SSHKey
    commands: Commands
    connections: set[asyncssh.SSHServerConnection]


class Login(asyncssh.SSHServer):
    """One connection: one user, by public key only, who may also go on to other hosts from here."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, so that it breaks when the node goes down."""
        self._connection = conn
        self._node.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """Forget it."""
        self._node.connections.discard(self._connection)

    def public_key_auth_supported(self) -> bool:
        """The one way in."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this user may come in with this key."""
        return username == self._node.user and key == self._node.authorized_key

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Let a client go on to any other host: a node can be a jump host."""
        return True


def command_environment(home: Path, user: str, given: list[str]) -> dict[str, str]:
    """What a command finds on the node, as on a host of its own: nothing of the environment of who started it.

    PATH begins with the Python that runs the toolkit, so that `python3` is one that has torch.
    """
    login = {
        "HOME": str(home),
        "USER": user,
        "LOGNAME": user,
        "SHELL": pwd.getpwuid(os.getuid()).pw_shell,
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}",
    }
    return login | dict(variable.split("=", 1) for variable in given)


async def serve(options: argparse.Namespace) -> None:
    """Be the node until SIGTERM comes; then break all connections, end all commands and return."""
    folder = NodeFolder(options.folder)
    keys = {False: host_key(folder, options.name), True: asyncssh.generate_private_key(HOST_KEY_TYPE)}
    identity = {FOLDER_VARIABLE: os.environ[FOLDER_VARIABLE], ROLE_VARIABLE: command_role(options.name)}
    environment = command_environment(folder.home, options.user, options.environment)
    place = Place(SandboxFolder(Path(os.environ[FOLDER_VARIABLE])), options.name)
    fault = NodeFault(place, lambda other: server.update(server_host_keys=[keys[other]]))
    await fault.forget()
    node = Node(
        name=options.name,
        user=options.user,
        authorized_key=_authorized_key(options.name, options.authorized_key),
        commands=Commands(folder.home, environment, identity, fault),
        connections=set(),
    )
    os.chdir(folder.home)  # relative SFTP paths begin here
    server = await _listen(node, options.address, options.port, keys[False])
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, fault.look)
    tell_ready(options.ready_descriptor, str(server.get_port()))
    await stopped.wait()
    server.close()
    for connection in list(node.connections):
        connection.abort()
    await node.commands.ended()


def _authorized_key(name: str, path: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_public_key(path)
    except (OSError, asyncssh.KeyImportError) as error:
        sys.exit(f"{name}: {path}: not a public key: {error}")


async def _listen(node: Node, address: str, port: int, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    try:
        return await asyncssh.listen(
            address,
            port,
            server_factory=lambda: Login(node),
            server_host_keys=[key],
            process_factory=node.commands.start,
            sftp_factory=True,
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            encryption_algs=CIPHERS,
            compression_algs=["none"],
            gss_host=None,
        )
    except OSError as error:
        taken = (
            f": {listener(address, port)} has it; another sandbox? Take that down, or write another network.cidr"
            if error.errno == errno.EADDRINUSE
            else ""
        )
        sys.exit(f"{node.name}: cannot listen: {error.strerror}{taken}")


def main() -> None:
    """Run the node that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--authorized-key", type=Path, required=True)
    parser.add_argument("--environment", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--ready-descriptor", type=int, required=True)
    for ignored in (signal.SIGINT, signal.SIGQUIT):  # by whatever a shell script starts with `&`, and its children's
        signal.signal(ignored, signal.SIG_DFL)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
