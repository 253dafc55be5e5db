"""What a check is: a program for the nodes, what to pass to it, and a judgement of what came back."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome
from stacks.settings import Lustre, Settings, Smoke


class Scope(StrEnum):
    """Whether each node runs a check for itself, or all nodes of a fleet run it together."""

    NODE = "node"
    SHARED = "shared"  # each for itself on what several fleets may share, so that one fleet runs after the other
    FLEET = "fleet"


class Mount(NamedTuple):
    """A Lustre file system of the settings: its name, the folder where nodes mount it, and what it is."""

    name: str
    folder: str
    made_as: Lustre


def mounted(settings: Settings, fleet: str) -> Mount | None:
    """The Lustre file system that the nodes of a fleet mount; None where they mount none."""
    wanted = settings.fleets[fleet].lustre
    return None if wanted is None else Mount(wanted.name, wanted.folder, settings.lustre[wanted.name])


class Ask(NamedTuple):
    """What a check is asked about.

    Attributes:
        run: unique to this run of the smoke gate; names folders and objects that the checks make.
        fleet: the fleet's name.
        nodes: the nodes that take part, in the fleet's order; at least one.
        smoke: the settings of the smoke gate.
        bucket: the real name of the bucket `smoke.storage.bucket`, None where they name none or it is not there.
        region: the environment's AWS region.
        port: a TCP port, free on the first node, where the ranks of a collective meet.
        declared: how many nodes the settings declare for the fleet; fewer may take part.
        stand_in: whether the nodes are a sandbox's: processes of one machine, without the hardware of their type.
        local_disks: folder at which the fleet's local disks are mounted, striped; None where the settings name none.
        lustre: the file system that the nodes mount; None where the settings name none.
        in_cluster: whether they are a Kubernetes cluster's nodes, whose images leave to pods what pods can bring.
    """

    run: str
    fleet: str
    nodes: tuple[Node, ...]
    smoke: Smoke
    bucket: str | None
    region: str
    port: int
    declared: int
    stand_in: bool = False
    local_disks: str | None = None
    lustre: Mount | None = None
    in_cluster: bool = False

    @property
    def scratch(self) -> str:
        """The folder that is written to: the settings', or the fleet's local disks; a sandbox's nodes have none."""
        local = None if self.stand_in else self.local_disks
        return self.smoke.storage.scratch or local or "~"


class Check(NamedTuple):
    """One thing that is asked of the machines.

    Attributes:
        name: as it stands in reports, such as `all-reduce`.
        title: what it proves, in a few words.
        scope: who runs it.
        payload: the program, a file of `playbooks/payload/`; it answers with one line of JSON, its last.
        command_seconds: how long the program may take; a function of what is asked where the settings decide it.
        judge: findings from how the program ended on each node, by node name; every node is in it.
        arguments: the program's arguments on one node of those asked; none where nothing is said.
        skip: why the check does not apply; empty where it does.
    """

    name: str
    title: str
    scope: Scope
    payload: str
    command_seconds: float | Callable[[Ask], float]
    judge: Callable[[Ask, Mapping[str, Outcome]], list[Finding]]
    arguments: Callable[[Ask, Node], list[str]] = lambda _ask, _node: []
    skip: Callable[[Ask], str] = lambda _: ""

    def seconds(self, ask: Ask) -> float:
        """How long the program may take in this run."""
        return self.command_seconds(ask) if callable(self.command_seconds) else self.command_seconds
