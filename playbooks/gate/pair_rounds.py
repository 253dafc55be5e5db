"""Finds the node that makes its fleet slow: rounds of pairs, each of them an all-reduce of its own."""

from collections.abc import Mapping, Sequence

from playbooks.checks.broken import broken
from playbooks.checks.check import Ask
from playbooks.checks.fabric import fault_isolation, in_node, pair
from playbooks.checks.fabric.failed_pairs import Place
from playbooks.checks.fabric.pair import Failed
from playbooks.findings import Finding
from playbooks.gate.asking import Asking, Program
from playbooks.gate.switches import Topology
from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair
from playbooks.isolation.normal import TOLERANCE
from playbooks.isolation.verdict import Isolated
from playbooks.nodes import Node
from playbooks.progress import Progress

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
        self._failed: dict[Place, Failed] = {}
        self._expected = pair.expected(ask)
        expected = self._expected.value if self._expected else None
        self._isolation = Isolation(list(self._nodes), topology.groups, expected, tolerance)

    def findings(self, found: Sequence[Finding]) -> tuple[Isolated | None, list[Finding]]:
        """What the rounds show, and as findings; None where the search itself broke, which is one finding then."""
        try:
            isolated = self.isolated(found)
            return isolated, fault_isolation.findings(
                tuple(self._nodes), isolated, self._topology.unknown, self._expected, self._failed
            )
        except Exception:  # noqa: BLE001 - what breaks here is an ERROR of its own, and the others' findings stand
            return None, [broken(fault_isolation.NAME, self._ask.nodes)]

    def isolated(self, found: Sequence[Finding]) -> Isolated:
        """Measure all rounds, at most four; `found` are the findings so far, for what nodes reach inside."""
        self._isolation.measured_inside(inside(found, self._nodes))
        while asked := self._isolation.next_round():
            results = self._measured(asked.pairs, f"round {asked.number}", f", {asked.purpose}")
            self._isolation.measured({each: _figure(result) for each, result in results.items()}, _broken(results))
        if pairs := self._isolation.rail_pairs():
            self._measure_rails(pairs)
        return self._isolation.verdict()

    def _measure_rails(self, pairs: Mapping[str, Pair]) -> None:
        """GB/s of each rail of the nodes to blame, with a sound node each; nothing where they have one rail."""
        rails = [
            self._measured(tuple(pairs.values()), f"rail {rail}", rail=rail) for rail in range(pair.rails(self._ask))
        ]
        ended = {node: why for results in rails for node, why in _broken(results).items()}
        whole = {node: each for node, each in pairs.items() if rails and not ended.keys() & each}
        figures = {node: tuple(_figure(results[each]) for results in rails) for node, each in whole.items()}
        self._isolation.measured_rails(figures, ended)

    def _measured(
        self, pairs: Sequence[Pair], step: str, purpose: str = "", rail: int | None = None
    ) -> dict[Pair, float | Failed]:
        """GB/s of disjoint pairs, all at once; why there is none, where a pair's collective failed."""
        name = f"{fault_isolation.NAME}, {step}{purpose}"
        nodes = [node for each in pairs for node in each]
        self._progress.started(name, self._ask.fleet, nodes, pair.COMMAND_SECONDS)
        asks, failed = self._ready(pairs)
        programs: dict[Node, Program] = {}
        for asked in asks.values():
            programs |= self._programs(asked, step, rail)
        outcomes = self._asking.run(name, programs, [asked.nodes for asked in asks.values()])
        self._progress.ended(name, self._ask.fleet)
        results = {each: failed[each] if each in failed else pair.read(asks[each], outcomes) for each in pairs}
        self._failed |= {Place(step, each): found for each, found in results.items() if isinstance(found, Failed)}
        return results

    def _ready(self, pairs: Sequence[Pair]) -> tuple[dict[Pair, Ask], dict[Pair, Failed]]:
        """What is asked of the pairs whose ranks have a port to meet at; why the others have none."""
        failed = {each: pair.lost(lost) for each in pairs if (lost := self._asking.lost & set(each))}
        asks = {each: self._ask_of(each) for each in pairs if each not in failed}
        ports = self._asking.free_ports([asked.nodes[0] for asked in asks.values()])
        ready: dict[Pair, Ask] = {}
        for each, asked in asks.items():
            port = ports[asked.nodes[0].name]
            if isinstance(port, int):
                ready[each] = asked._replace(port=port)
            else:
                failed[each] = pair.without_port(asked, port)
        return ready, failed

    def _ask_of(self, measured: Pair) -> Ask:
        return self._ask._replace(nodes=tuple(self._nodes[name] for name in measured), declared=len(measured))

    def _programs(self, asked: Ask, step: str, rail: int | None) -> dict[Node, Program]:
        job = step.replace(" ", "-")
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


def _figure(result: float | Failed) -> float | None:
    return None if isinstance(result, Failed) else result


def _broken(results: Mapping[Pair, float | Failed]) -> dict[str, str]:
    """Why nodes failed by themselves."""
    failed = [result for result in results.values() if isinstance(result, Failed)]
    return {node: failure.reason for each in failed for node, failure in each.broken.items()}
