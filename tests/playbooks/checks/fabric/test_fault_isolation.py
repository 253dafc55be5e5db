"""Verdicts of the pair rounds as findings."""

from collections.abc import Callable

from playbooks.checks.fabric import fault_isolation
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair
from playbooks.isolation.verdict import Isolated

NODES = tuple(f"gpu-{index}" for index in range(8))


def isolated(reaches: Callable[[Pair], float | None], nodes: tuple[str, ...] = NODES) -> Isolated:
    """What all rounds of pairs show."""
    search = Isolation(nodes)
    while asked := search.next_round():
        search.measured({pair: reaches(pair) for pair in asked.pairs})
    return search.verdict()


def findings(reaches: Callable[[Pair], float | None], nodes: tuple[str, ...] = NODES) -> list[Finding]:
    """The same in findings."""
    return fault_isolation.findings(nodes, isolated(reaches, nodes))


def test_a_slow_node_fails_and_the_others_pass() -> None:
    """With its worst pair, against what sound pairs reach."""
    bad, sound = findings(lambda pair: 30.0 if "gpu-3" in pair else 48.0)

    assert (bad.verdict, bad.nodes) == (Verdict.FAIL, ("gpu-3",))
    assert bad.figure == Figure("lowest bus bandwidth of its pairs", 30.0, "GB/s")
    assert bad.threshold is not None
    assert bad.threshold.source.startswith("what sound pairs of this fleet reach, 48 GB/s")
    assert "gpu-3" in bad.reason
    assert (sound.verdict, sound.nodes) == (Verdict.PASS, tuple(name for name in NODES if name != "gpu-3"))


def test_a_node_whose_collectives_fail_is_named() -> None:
    """What failed counts as nothing moved."""
    bad = findings(lambda pair: None if "gpu-3" in pair else 48.0)[0]

    assert (bad.verdict, bad.nodes) == (Verdict.FAIL, ("gpu-3",))
    assert "failed" in bad.evidence["pairs"]


def test_a_fleet_in_which_nothing_is_slow_passes() -> None:
    """One finding over all nodes."""
    (sound,) = findings(lambda _: 48.0)

    assert (sound.verdict, sound.nodes) == (Verdict.PASS, NODES)


def test_every_pair_is_in_the_heat_map() -> None:
    """Once, with its last figure."""
    found = isolated(lambda pair: 30.0 if "gpu-3" in pair else 48.0)
    (heat_map,) = fault_isolation.findings(NODES, found)[-1].matrices

    assert heat_map.names == NODES
    assert {(first, second) for first, second, _ in heat_map.cells} == {each.pair for each in found.measurements}
    assert {value for first, second, value in heat_map.cells if "gpu-3" in (first, second)} == {30.0}


def test_of_two_nodes_neither_is_blamed() -> None:
    """A slow pair alone does not say which end it is; it is never a PASS."""
    found = findings(lambda _: 1.0, ("gpu-0", "gpu-1"))

    assert {finding.verdict for finding in found} <= {Verdict.PASS, Verdict.INCONCLUSIVE}
    assert all(finding.verdict is not Verdict.FAIL for finding in found)


def finding(verdict: Verdict, *nodes: str) -> Finding:
    """What a collective says of some nodes."""
    threshold = Threshold(Bound.AT_LEAST, 1, "a test")
    figure = Figure("bandwidth", 2 if verdict is Verdict.PASS else 0, "GB/s")
    return Finding("all-reduce", nodes, verdict, "", figure, threshold)


def test_pairs_are_needed_where_no_node_is_named() -> None:
    """A slow collective names all of its nodes; a node that failed by itself is known already."""
    assert fault_isolation.needed([finding(Verdict.FAIL, *NODES)])
    assert not fault_isolation.needed([finding(Verdict.PASS, *NODES)])
    assert not fault_isolation.needed([finding(Verdict.ERROR, "gpu-3"), finding(Verdict.ERROR, *NODES)])
    assert not fault_isolation.needed([])
