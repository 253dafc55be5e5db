"""What a check is: a program for the nodes, what to pass to it, and a judgement of what came back."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome
from stacks.settings import Smoke


class Scope(StrEnum):
    """Whether each node runs a check for itself, or all nodes of a fleet run it together."""

    NODE = "node"
    FLEET = "fleet"


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
    """

    run: str
    fleet: str
    nodes: tuple[Node, ...]
    smoke: Smoke
    bucket: str | None
    region: str
    port: int
    declared: int


class Check(NamedTuple):
    """One thing that is asked of the machines.

    Attributes:
        name: as it stands in reports, such as `all-reduce`.
        title: what it proves, in a few words.
        scope: who runs it.
        payload: the program, a file of `playbooks/payload/`; it answers with one line of JSON, its last.
        command_seconds: how long the program may take.
        arguments: the program's arguments on one node of those asked.
        judge: findings from how the program ended on each node, by node name; every node is in it.
        skip: why the check does not apply; empty where it does.
    """

    name: str
    title: str
    scope: Scope
    payload: str
    command_seconds: float
    arguments: Callable[[Ask, Node], list[str]]
    judge: Callable[[Ask, Mapping[str, Outcome]], list[Finding]]
    skip: Callable[[Ask], str] = lambda _: ""
