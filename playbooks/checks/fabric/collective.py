"""What the collectives share: how a node is told of its peers, and which of its ranks have answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from playbooks.checks import answer
from playbooks.checks.check import Ask
from playbooks.findings import Figure, Finding
from playbooks.nodes import Node


class RankAnswer(answer.Answer):
    """What one rank says of itself; `rank` counts over all nodes."""

    rank: int
    device: str


class NodeAnswer(answer.Answer):
    """What all programs built on `payload/ranks.py` answer beside their ranks' figures.

    `transport` is what moved the bytes between nodes, in NCCL's own lines, and `network_cards` how many it names.
    `libraries_added` are folders that the image has and leaves off the loader's path.
    """

    hostname: str
    torch: str
    nccl: str | None
    backend: str
    world: int
    libraries_added: tuple[str, ...]
    transport: tuple[str, ...]
    network_cards: int | None


class WithRanks(Protocol):
    """An answer of one node with a row for each of its ranks."""

    @property
    def world(self) -> int:
        """How many ranks there are on all nodes."""

    @property
    def ranks(self) -> Sequence[RankAnswer]:
        """The ranks of this node."""


def arguments(ask: Ask, node: Node) -> list[str]:
    """The addresses of all nodes, which of them this is, and where they meet."""
    addresses = ",".join(each.address for each in ask.nodes)
    return ["--addresses", addresses, "--node", str(ask.nodes.index(node)), "--port", str(ask.port)]


def of_declared(ask: Ask, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, which say so where fewer nodes took part than the settings declare."""
    if len(ask.nodes) >= ask.declared:
        return list(findings)
    part = f"{len(ask.nodes)} of {ask.declared} declared nodes"
    return [replace(finding, reason=f"{finding.reason} (on {part})") for finding in findings]


def missing_ranks(answers: Mapping[str, WithRanks]) -> str:
    """What is wrong with the ranks of all nodes together; empty where each answered once."""
    worlds = {found.world for found in answers.values()}
    if len(worlds) != 1:
        return f"the nodes do not agree on the number of ranks: {sorted(worlds)}"
    [world] = worlds
    ranks = sorted(row.rank for found in answers.values() for row in found.ranks)
    if ranks != list(range(world)):
        return f"of {world} ranks these answered: {', '.join(map(str, ranks)) or 'none'}"
    return ""


def software(found: NodeAnswer, ranks: Sequence[RankAnswer]) -> dict[str, str]:
    """What the collective ran on and over, as evidence."""
    devices = ", ".join(sorted({rank.device for rank in ranks}))
    nccl = f", NCCL {found.nccl}" if found.nccl else ""
    ran_on = f"{found.world} ranks, {found.backend}, torch {found.torch}{nccl}, {devices}"
    added = {"added to LD_LIBRARY_PATH": ":".join(found.libraries_added)} if found.libraries_added else {}
    return {"ran on": ran_on, "transport": "\n".join(found.transport), **added}


def network_cards(found: NodeAnswer) -> tuple[Figure, ...]:
    """How many network cards the transport says that it uses on a node; nothing where it does not."""
    return () if found.network_cards is None else (Figure("network cards in use", found.network_cards, ""),)
