"""The rounds of pairs, over nodes whose answers are a real pair's with other times."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from playbooks.checks.check import Ask
from playbooks.checks.fabric import in_node
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.gate import switches
from playbooks.gate.asking import Asking, Program
from playbooks.gate.pair_rounds import PairRounds, inside
from playbooks.isolation.verdict import Kind
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome, UnreachableError
from tests.playbooks.checks.asks import ask, completed, printed
from tests.playbooks.gate.listeners import Silent

SLOW_TIMES = 10.0


class Nodes(Asking):
    """Nodes of which one is slow, one does not answer and one adds up wrong, as it is said."""

    def __init__(self, slow: str = "", gone: str = "", wrong: str = "") -> None:
        self.slow, self.gone, self.wrong = slow, gone, wrong
        self.lost: set[str] = set()
        self.rounds: list[list[tuple[str, ...]]] = []

    def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str]:
        """None on the node that is gone."""
        return {node.name: "no connection" if node.name == self.gone else 29400 for node in nodes}

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
        return outcomes

    def _answer(self, rank: int, node: Node, group: Collection[Node]) -> Outcome:
        names = [each.name for each in group]
        if self.gone in names:
            return UnreachableError("no connection")
        told: dict[str, Any] = json.loads(printed(f"pair.{rank}.stdout"))
        for row in told["ranks"][0]["rows"]:
            row["seconds"] *= SLOW_TIMES if self.slow in names else 1.0
            row["wrong"] = 1 if node.name == self.wrong else 0
        return completed(json.dumps(told))


def rounds(nodes: Nodes, question: Ask) -> PairRounds:
    """The search over all nodes of a question."""
    return PairRounds(nodes, question, switches.UNKNOWN, Silent())


def question(count: int) -> Ask:
    """A question to a sandbox's fleet."""
    return ask(count=count)._replace(stand_in=True)


def test_the_slow_node_is_named_and_left_out_of_the_ring() -> None:
    """In pairs that no node is in twice in one round."""
    nodes = Nodes(slow="gpu-2")
    found = rounds(nodes, question(8)).isolated([])

    assert found.bad == {"gpu-2"}
    assert "gpu-2" not in found.ring
    assert len(found.ring) == 7
    assert len(nodes.rounds) <= 4
    for each in nodes.rounds:
        names = [name for pair in each for name in pair]
        assert len(names) == len(set(names))


def test_a_node_that_cannot_be_reached_fails_its_pairs() -> None:
    """Whether it would be the first of a pair, where the ranks meet, or the second."""
    assert rounds(Nodes(gone="gpu-0"), question(8)).isolated([]).bad == {"gpu-0"}
    assert rounds(Nodes(gone="gpu-7"), question(8)).isolated([]).bad == {"gpu-7"}


def test_a_node_that_is_lost_is_not_asked_again() -> None:
    """Each further connection would wait for its deadline; its pairs have failed."""
    nodes = Nodes()
    nodes.lost = {"gpu-4"}

    assert rounds(nodes, question(8)).isolated([]).bad == {"gpu-4"}
    assert not any("gpu-4" in pair for each in nodes.rounds for pair in each)


def test_a_node_whose_sums_are_wrong_is_named() -> None:
    """A wrong sum is no bandwidth."""
    assert rounds(Nodes(wrong="gpu-5"), question(8)).isolated([]).bad == {"gpu-5"}


def test_a_fleet_without_a_slow_node_blames_nobody() -> None:
    """And all of it is clean."""
    found = rounds(Nodes(slow="nobody"), question(8)).isolated([])

    assert found.accusations == ()
    assert len(found.clean) == 8


def test_a_fleet_that_is_slow_as_a_whole_is_not_clean() -> None:
    """By what pairs of its type reach in public, for its own pairs are all alike."""
    smoke = {"allReduce": {"largestMessageMib": 1024}}
    question = ask(smoke, count=4, instance_type="p5.48xlarge")
    isolated, [found] = rounds(Nodes(slow="nobody"), question).findings([])

    assert isolated is not None
    assert isolated.clean == ()
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("the fleet is slow as a whole: half of its pairs reach 0.")
    assert found.reason.endswith("expected are 370")


def test_a_search_that_breaks_is_an_error_of_its_own() -> None:
    """What was found before it stands."""

    class Broken(Nodes):
        def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str]:
            raise KeyError(nodes[0].name)

    isolated, [found] = rounds(Broken(), question(4)).findings([])

    assert isolated is None
    assert (found.check, found.verdict) == ("fault-isolation", Verdict.ERROR)
    assert "KeyError: 'gpu-0'" in found.evidence["traceback"]


def test_rails_are_measured_apart_where_a_node_has_several() -> None:
    """On the node to blame with a sound one: when all of its rails are slow, it is the node."""
    nodes = Nodes(slow="gpu-2")
    found = rounds(nodes, ask(count=8, instance_type="p5.48xlarge")).isolated([])

    assert [len(each) for each in nodes.rounds[-8:]] == [1] * 8
    assert all("gpu-2" in pair for each in nodes.rounds[-8:] for pair in each)
    assert [each.kind for each in found.accusations] == [Kind.NODE]


def test_what_nodes_reach_inside_is_taken_from_the_findings() -> None:
    """Only the bandwidths of single nodes that take part."""

    def finding(name: str, unit: str) -> Finding:
        threshold = Threshold(Bound.AT_LEAST, 1, "a test")
        return Finding(in_node.NAME, (name,), Verdict.PASS, "", Figure("bus bandwidth", 480, unit), threshold)

    nodes = {node.name: node for node in ask(count=2).nodes}
    found = [finding("gpu-0", "GB/s"), finding("gpu-1", ""), finding("other-0", "GB/s")]

    assert inside(found, nodes) == {"gpu-0": 480}
