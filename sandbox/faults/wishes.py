"""Reads `NODE=KIND`: which node is to have which fault, with all mistakes told at once."""

from collections.abc import Mapping, Sequence

from sandbox.errors import FaultError
from sandbox.faults import Kind
from stacks.mistakes import instead, legible

KINDS = tuple(kind.value for kind in Kind)


def parse(wishes: Sequence[str], nodes: Sequence[str]) -> Mapping[str, Kind]:
    """The fault of each node, by the node's name; one node has one.

    Args:
        wishes: `NODE=KIND` each.
        nodes: the names of the nodes that there are.

    Raises:
        FaultError: a node or a kind is not known, or a node is wished two faults.
    """
    faults: dict[str, Kind] = {}
    mistakes: list[str] = []
    for wish in wishes:
        node, equals, kind = wish.partition("=")
        wrong = _mistakes(node, kind, nodes) if equals else ["write NODE=KIND, such as workers-3=slow."]
        if not wrong and faults.setdefault(node, Kind(kind)) != kind:
            wrong = [f"{node} has {faults[node]} already, and a second fault would hide the first: take another node."]
        mistakes += [f"--inject {legible(wish)}: {mistake}" for mistake in wrong]
    if mistakes:
        raise FaultError("\n".join(mistakes))
    return faults


def _mistakes(node: str, kind: str, nodes: Sequence[str]) -> list[str]:
    found = []
    if node not in nodes:
        found.append(f"there is no node {legible(node)}. {instead(node, nodes)}")
    if kind not in KINDS:
        found.append(f"there is no fault {legible(kind)}. {instead(kind, KINDS)}")
    return found
