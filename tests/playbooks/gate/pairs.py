"""Nodes whose answers are a real pair's with other times, or whose programs end as a test says."""

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from playbooks.checks.check import Ask
from playbooks.gate import switches
from playbooks.gate.asking import Asking, Program
from playbooks.gate.pair_rounds import PairRounds
from playbooks.nodes import Node
from playbooks.payload.ending import Status
from playbooks.transport.outcome import Outcome, TransportError, UnreachableError
from tests.playbooks.checks.asks import ask, completed, printed
from tests.playbooks.gate.listeners import Silent

SLOW_TIMES = 10.0
NOBODY: Mapping[str, Any] = MappingProxyType({})
PEER_GONE = completed(stderr="a peer is gone: Connection closed by peer", exit_status=Status.PEER_GONE)
NO_TORCH = completed(stderr="python3 cannot import torch: No module named 'torch'", exit_status=Status.NO_TORCH)
UNREACHABLE = UnreachableError("no connection")


class Nodes(Asking):
    """Nodes of which some are slow, sum wrong, tell no port, or end as it is said, and their partners with them."""

    def __init__(
        self,
        slow: str = "",
        wrong: Collection[str] = (),
        no_port: Mapping[str, str | TransportError] = NOBODY,
        ends: Mapping[str, Outcome] = NOBODY,
        partners: Outcome = PEER_GONE,
    ) -> None:
        self.slow, self.wrong, self.no_port, self.ends, self.partners = slow, wrong, no_port, ends, partners
        self.lost: set[str] = set()
        self.rounds: list[list[tuple[str, ...]]] = []

    def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str | TransportError]:
        """The same on all nodes that tell one."""
        told = {node.name: self.no_port.get(node.name, 29400) for node in nodes}
        self.lost |= {name for name, port in told.items() if isinstance(port, TransportError)}
        return told

    def run(
        self, check: str, programs: Mapping[Node, Program], groups: Sequence[Collection[Node]]
    ) -> Mapping[str, Outcome]:
        """The captured answer of each node's rank, slower or wrong where the pair holds such a node."""
        assert set(programs) == {node for group in groups for node in group}, check
        self.rounds.append([tuple(node.name for node in group) for group in groups])
        outcomes: dict[str, Outcome] = {}
        for group in groups:
            for rank, node in enumerate(group):
                outcomes[node.name] = self._answer(rank, node, group)
        self.lost |= {name for name, outcome in outcomes.items() if isinstance(outcome, UnreachableError)}
        return outcomes

    def _answer(self, rank: int, node: Node, group: Collection[Node]) -> Outcome:
        names = [each.name for each in group]
        if self.ends.keys() & names:
            return self.ends.get(node.name, self.partners)
        told: dict[str, Any] = json.loads(printed(f"pair.{rank}.stdout"))
        for row in told["ranks"][0]["rows"]:
            row["seconds"] *= SLOW_TIMES if self.slow in names else 1.0
            row["wrong"] = 3 if node.name in self.wrong else 0
        return completed(json.dumps(told))


def rounds(nodes: Nodes, question: Ask) -> PairRounds:
    """The search over all nodes of a question."""
    return PairRounds(nodes, question, switches.UNKNOWN, Silent())


def question(count: int) -> Ask:
    """A question to a sandbox's fleet."""
    return ask(count=count)._replace(stand_in=True)
