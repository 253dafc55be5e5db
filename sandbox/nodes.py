"""The sandbox's nodes: one SSH host each, started, looked for and ended."""

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sandbox import daemons
from sandbox.daemons import Daemon
from sandbox.folder import PRIVATE_FOLDER, SandboxFolder, write_atomically
from sandbox.processes import Member, command_role, end, find, node_role

READY_SECONDS = 30.0  # a node is up in 0.5 s on an idle core; many at once share the cores


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node as it is declared.

    Attributes:
        name: unique in the sandbox, such as `workers-0`.
        address: its own IPv4 address, the one that the EC2 API tells.
        port: where its SSH server listens.
        user: the only user that may log in, as on the fleet's image.
    """

    name: str
    address: str
    port: int
    user: str


class Launch(NamedTuple):
    """What all nodes of a sandbox are started with.

    Attributes:
        authorized_key: the public key, as OpenSSH writes it, that may log in.
        environment: variables that commands on the nodes find, such as `AWS_ENDPOINT_URL`.
        prefix: the command words that bring a node of this name into its own network; none where all share one.
    """

    authorized_key: Path
    environment: Mapping[str, str]
    prefix: Callable[[str], Sequence[str]] = lambda _: ()


def start(
    folder: SandboxFolder, specs: Sequence[NodeSpec], launch: Launch, ready_seconds: float = READY_SECONDS
) -> None:
    """Start these nodes, all at once; returns when every one of them accepts connections.

    What a killed node left running is ended first. A node that was there before keeps its host key and its home.

    Args:
        folder: the sandbox, locked by the caller.
        specs: the nodes; none of them may be running.
        launch: what they have in common.
        ready_seconds: how long they may take to come up.

    Raises:
        StartError: some did not come up; the others run.
    """
    stop(folder, [spec.name for spec in specs])
    for spec in specs:
        node = folder.node(spec.name)
        node.home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_atomically(node.address, spec.address.encode())
    daemons.start(folder, [_daemon(folder, spec, launch) for spec in specs], ready_seconds)


def _daemon(folder: SandboxFolder, spec: NodeSpec, launch: Launch) -> Daemon:
    node = folder.node(spec.name)
    arguments = {
        "--name": spec.name,
        "--address": spec.address,
        "--port": str(spec.port),
        "--user": spec.user,
        "--folder": str(node.path),
        "--authorized-key": str(launch.authorized_key.absolute()),
    }
    return Daemon(
        role=node_role(spec.name),
        module="sandbox.ssh_host",
        arguments=[
            *(f"{option}={value}" for option, value in arguments.items()),
            *(f"--environment={name}={value}" for name, value in launch.environment.items()),
        ],
        log=node.log,
        prefix=launch.prefix(spec.name),
    )


def addresses(folder: SandboxFolder) -> dict[str, str]:
    """The address of every node that has left something on disk, running or not, by name."""
    return {path.parent.name: path.read_text() for path in folder.nodes.glob("*/address")}


def running(folder: SandboxFolder) -> set[str]:
    """The names of the nodes whose process is alive."""
    return {member.node for member in find(folder) if member.role == node_role(member.node)}


def stop(folder: SandboxFolder, names: Collection[str]) -> list[Member]:
    """End these nodes and whatever still runs on them; returns the processes that would not end.

    What stays on disk is what a machine keeps when it is switched off: host key, console and home.
    """
    roles = {role for name in names for role in (node_role(name), command_role(name))}
    return end(folder, lambda member: member.role in roles)


def forget(folder: SandboxFolder, names: Iterable[str]) -> None:
    """Remove what stopped nodes have left on disk, host keys included."""
    for name in names:
        shutil.rmtree(folder.node(name).path)
