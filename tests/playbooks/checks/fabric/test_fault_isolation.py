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


def test_two_nodes_are_held_against_what_is_expected() -> None:
    """For there is no other pair; a slow one still does not say which end it is."""
    nodes = ("gpu-0", "gpu-1")
    expected = Threshold(Bound.AT_LEAST, 370.0, "a test")

    def found(reached: float) -> list[Finding]:
        search = Isolation(nodes, expected_gb_per_second=expected.value)
        while asked := search.next_round():
            search.measured(dict.fromkeys(asked.pairs, reached))
        return fault_isolation.findings(nodes, search.verdict(), expected=expected)

    assert [(each.verdict, each.threshold) for each in found(435.0)] == [(Verdict.PASS, expected)]
    assert {each.verdict for each in found(300.0)} == {Verdict.INCONCLUSIVE}


def finding(verdict: Verdict, *nodes: str, check: str = "all-reduce", unit: str = "GB/s") -> Finding:
    """What a collective says of some nodes."""
    threshold = Threshold(Bound.AT_LEAST, 1, "a test")
    figure = Figure("bandwidth", 2 if verdict is Verdict.PASS else 0, unit)
    if verdict is Verdict.INCONCLUSIVE:
        return Finding(check, nodes, verdict, "", figure)
    return Finding(check, nodes, verdict, "", figure, threshold)


def test_pairs_are_needed_where_a_collective_is_slow_or_nothing_judges_it() -> None:
    """All of its nodes are named by that, whatever else is said of some."""
    wrong_elements = finding(Verdict.FAIL, "gpu-3", unit="")

    assert fault_isolation.needed([finding(Verdict.FAIL, *NODES)])
    assert fault_isolation.needed([wrong_elements, finding(Verdict.FAIL, *NODES)])
    assert fault_isolation.needed([finding(Verdict.INCONCLUSIVE, *NODES)])
    assert not fault_isolation.needed([finding(Verdict.PASS, *NODES)])
    assert not fault_isolation.needed([wrong_elements])
    assert not fault_isolation.needed([])


def test_pairs_are_needed_where_a_collective_breaks_and_names_no_node() -> None:
    """A node that failed by itself is known already."""
    assert fault_isolation.needed([finding(Verdict.ERROR, *NODES)])
    assert not fault_isolation.needed([finding(Verdict.ERROR, "gpu-3"), finding(Verdict.ERROR, *NODES)])


def test_what_other_checks_say_of_several_nodes_needs_no_pairs() -> None:
    """Two nodes with another kernel are named."""
    assert not fault_isolation.needed([finding(Verdict.FAIL, "gpu-1", "gpu-2", check="versions", unit="")])
