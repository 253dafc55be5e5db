"""Finds the node that makes its fleet slow: rounds of pairs, each of them an all-reduce of its own."""

from collections.abc import Mapping, Sequence

from playbooks.checks import answer
from playbooks.checks.broken import broken
from playbooks.checks.check import Ask
from playbooks.checks.fabric import fault_isolation, in_node, pair
from playbooks.findings import Finding
from playbooks.gate.asking import Asking, Program
from playbooks.gate.switches import Topology
from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair
from playbooks.isolation.normal import TOLERANCE
from playbooks.isolation.verdict import Isolated
from playbooks.nodes import Node
from playbooks.progress import Progress
from playbooks.transport.outcome import Completed, Outcome

# Pairs of a sandbox share the processors of one machine: their figures differ by more than two times, and mean nothing
# but that a node's network is as good as gone.
STAND_IN_TOLERANCE = 0.8


class PairRounds:
    """The search in one fleet.

    Args:
        asking: the way to the nodes.
        ask: what is asked of the fleet; the port is not looked at.
        topology: which nodes share a switch, as far as it is known.
        progress: who is told.
    """

    def __init__(self, asking: Asking, ask: Ask, topology: Topology, progress: Progress) -> None:
        self._asking, self._ask, self._topology, self._progress = asking, ask, topology, progress
        self._nodes = {node.name: node for node in ask.nodes}
        tolerance = STAND_IN_TOLERANCE if ask.stand_in else TOLERANCE
        self._expected = pair.expected(ask)
        expected = self._expected.value if self._expected else None
        self._isolation = Isolation(list(self._nodes), topology.groups, expected, tolerance)

    def findings(self, found: Sequence[Finding]) -> tuple[Isolated | None, list[Finding]]:
        """What the rounds show, and as findings; None where the search itself broke, which is one finding then."""
        try:
            isolated = self.isolated(found)
            return isolated, fault_isolation.findings(
                tuple(self._nodes), isolated, self._topology.unknown, self._expected
            )
        except Exception:  # noqa: BLE001 - what breaks here is an ERROR of its own, and the others' findings stand
            return None, [broken(fault_isolation.NAME, self._ask.nodes)]

    def isolated(self, found: Sequence[Finding]) -> Isolated:
        """Measure all rounds, at most four; `found` are the findings so far, for what nodes reach inside."""
        self._isolation.measured_inside(inside(found, self._nodes))
        while asked := self._isolation.next_round():
            self._isolation.measured(self._measured(asked.pairs, f"round {asked.number}, {asked.purpose}"))
        if pairs := self._isolation.rail_pairs():
            self._isolation.measured_rails(self._each_rail(pairs))
        return self._isolation.verdict()

    def _each_rail(self, pairs: Mapping[str, Pair]) -> dict[str, tuple[float | None, ...]]:
        """GB/s of each rail of the nodes to blame, with a sound node each; nothing where they have one rail."""
        rails = range(pair.rails(self._ask))
        figures = [self._measured(tuple(pairs.values()), f"rail {rail}", rail) for rail in rails]
        return {node: tuple(of_rail[pairs[node]] for of_rail in figures) for node in pairs} if figures else {}

    def _measured(self, pairs: Sequence[Pair], what: str, rail: int | None = None) -> dict[Pair, float | None]:
        """GB/s of disjoint pairs, all at once; None where a pair's collective failed."""
        name = f"{fault_isolation.NAME}, {what}"
        nodes = [node for each in pairs for node in each]
        self._progress.started(name, self._ask.fleet, nodes, pair.COMMAND_SECONDS)
        asks = {each: self._ask_of(each) for each in pairs if not self._asking.lost & set(each)}
        ports = self._asking.free_ports([asked.nodes[0] for asked in asks.values()])
        programs: dict[Node, Program] = {}
        for asked in asks.values():
            port = ports[asked.nodes[0].name]
            if isinstance(port, int):
                programs |= self._programs(asked._replace(port=port), what, rail)
        groups = [asked.nodes for asked in asks.values() if asked.nodes[0] in programs]
        outcomes = self._asking.run(name, programs, groups)
        self._progress.finished(name, self._ask.fleet, [])
        return {each: _figure([outcomes.get(node) for node in each]) for each in pairs}

    def _ask_of(self, measured: Pair) -> Ask:
        return self._ask._replace(nodes=tuple(self._nodes[name] for name in measured), declared=len(measured))

    def _programs(self, asked: Ask, what: str, rail: int | None) -> dict[Node, Program]:
        job = "-".join(what.replace(",", "").split()[:2])
        return {
            node: Program(pair.PAYLOAD, pair.pair_bandwidth(asked, node, rail), pair.COMMAND_SECONDS, job)
            for node in asked.nodes
        }


def inside(found: Sequence[Finding], nodes: Mapping[str, Node]) -> dict[str, float]:
    """GB/s of the collective inside each node, by node name, as the check of it found them."""
    return {
        finding.nodes[0]: finding.figure.value
        for finding in found
        if finding.check == in_node.NAME and finding.figure and finding.figure.unit == "GB/s"
        if len(finding.nodes) == 1 and finding.nodes[0] in nodes
    }


def _figure(outcomes: Sequence[Outcome | None]) -> float | None:
    """What both ends of a pair tell; None where one of them failed, or holds a wrong sum."""
    figures = []
    for outcome in outcomes:
        if not isinstance(outcome, Completed) or outcome.exit_status != 0:
            return None
        try:
            told = pair.parse(outcome.stdout.text)
        except answer.UnreadableAnswerError:
            return None  # what cannot be read is a failure of the pair, and is shown as one
        if told.wrong:
            return None
        figures.append(told.gb_per_second)
    return min(figures)
