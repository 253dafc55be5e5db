"""The rounds of pairs, over nodes whose answers are a real pair's with other times."""

from collections.abc import Collection, Mapping, Sequence

from playbooks.checks.fabric import in_node
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.gate import switches
from playbooks.gate.asking import Program
from playbooks.gate.pair_rounds import PairRounds, inside
from playbooks.isolation.verdict import Kind
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome, TransportError
from tests.playbooks.checks.asks import ask
from tests.playbooks.gate.listeners import Recording
from tests.playbooks.gate.pairs import NO_TORCH, Nodes, question, rounds


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


def test_rails_that_a_node_without_torch_ended_are_not_told() -> None:
    """The node is named by its pairs; that a rail's program could not start says nothing of the rail."""

    class NoRails(Nodes):
        def run(
            self, check: str, programs: Mapping[Node, Program], groups: Sequence[Collection[Node]]
        ) -> Mapping[str, Outcome]:
            found = super().run(check, programs, groups)
            return {**found, "gpu-2": NO_TORCH} if "rail 3" in check else found

    nodes = NoRails(slow="gpu-2")
    _, found = rounds(nodes, ask(count=8, instance_type="p5.48xlarge")).findings([])

    assert [(each.verdict, each.evidence.get("cause", "")) for each in found[:2]] == [
        (Verdict.ERROR, ""),
        (Verdict.FAIL, "node"),
    ]


def test_a_round_ends_without_a_verdict() -> None:
    """It begins and is over; the findings come when all are measured."""
    progress = Recording()
    PairRounds(Nodes(), question(2), switches.UNKNOWN, progress).isolated([])

    assert progress.told == [
        "fault-isolation, round 1, the links of the ring on gpu starts on 2, at most 120 s",
        "fault-isolation, round 1, the links of the ring on gpu ends",
    ]


def test_a_node_that_is_lost_is_not_asked_again() -> None:
    """Each further connection would wait for its deadline; its pairs have failed."""
    nodes = Nodes()
    nodes.lost = {"gpu-4"}

    assert rounds(nodes, question(8)).isolated([]).bad == {"gpu-4"}
    assert not any("gpu-4" in pair for each in nodes.rounds for pair in each)


def test_a_node_whose_sums_are_wrong_is_named() -> None:
    """A wrong sum is no bandwidth."""
    assert rounds(Nodes(wrong=["gpu-5"]), question(8)).isolated([]).bad == {"gpu-5"}


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
        def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str | TransportError]:
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
