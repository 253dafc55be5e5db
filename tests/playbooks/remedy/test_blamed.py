from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.findings import Figure, Finding, Verdict
from playbooks.remedy.blamed import BAD, blamed, mostly_blamed, recovered, replaceable
from tests.playbooks.remedy.found import ONE, fail, node, run

NODES = tuple(node(f"workers-{index}", f"i-{index}") for index in range(8))
NAMES = tuple(each.name for each in NODES)


def test_nodes_that_a_bad_finding_names_alone_are_blamed_with_all_that_says_so() -> None:
    """In the fleet's order; the first finding gives check and reason."""
    broken = Finding("storage", ("workers-1",), Verdict.ERROR, "the disk is full")
    found = blamed(run(NODES, fail("workers-5"), broken, fail("workers-1", check="gpus", reason="7 of 8")))

    assert [(each.node.name, each.check, each.reason) for each in found] == [
        ("workers-1", "storage", "the disk is full"),
        ("workers-5", "reachable", "no answer"),
    ]
    assert [finding.check for finding in found[0].findings] == ["storage", "gpus"]


def test_a_pair_or_a_fleet_blames_nobody() -> None:
    """Something is wrong among them; which it is, nobody knows."""
    assert blamed(run(NODES, fail("workers-0", "workers-1"), fail(*NAMES))) == ()


def test_several_that_a_fail_proves_each_are_blamed_each() -> None:
    """Such as nodes behind a bad switch: evidence under every name, and at most half of the fleet."""
    proven = replace(fail("workers-1", "workers-2"), evidence={"workers-1": "40 GB/s", "workers-2": "41 GB/s"})
    unproven = replace(proven, evidence={"workers-1": "40 GB/s"})
    unread = replace(proven, verdict=Verdict.ERROR)

    assert [each.node.name for each in blamed(run(NODES, proven))] == ["workers-1", "workers-2"]
    assert blamed(run(NODES, unproven)) == blamed(run(NODES, unread)) == ()
    assert blamed(run(NODES[:3], proven)) == ()


@pytest.mark.parametrize("check", ["dcgm", "gemm", "host-facts", "reachable"])
def test_an_error_is_ground_to_replace_only_where_it_is_the_machines_own(check: str) -> None:
    """A check that is broken, or an image without torch, would be the same on the next machine."""
    of_check = Finding(check, ("workers-1",), Verdict.ERROR, "the check itself is broken; report it")
    of_machine = replace(of_check, reason="it does not answer any more", of_machine=True)
    both = blamed(run(NODES, of_check, fail("workers-1", check="ecc")))

    assert replaceable(blamed(run(NODES, of_check))) == ()
    assert [each.reason for each in replaceable(blamed(run(NODES, of_check, of_machine)))] == [of_machine.reason]
    assert [each.check for each in both] == [check]
    assert [each.check for each in replaceable(both)] == ["ecc"]


def test_a_node_that_is_not_there_or_not_declared_is_nobody_to_replace() -> None:
    """The settings or `aidc up` put that right."""
    assert blamed(run(NODES, fail("workers-9", check="declared"), fail("gone-0", check="declared"))) == ()


FINDINGS = st.builds(
    lambda verdict, names: Finding("c", tuple(names), verdict, "r", Figure("f", verdict is Verdict.PASS, ""), ONE),
    st.sampled_from(Verdict),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
)


@given(st.lists(FINDINGS))
def test_nobody_is_blamed_without_a_bad_finding_of_its_own(findings: list[Finding]) -> None:
    """And whoever has one is; nothing here has evidence."""
    alone = {each.nodes[0] for each in findings if len(each.nodes) == 1 and each.verdict in BAD}

    assert {each.node.name for each in blamed(run(NODES, *findings))} == alone


@pytest.mark.parametrize(
    ("nodes", "bad", "fleets"),
    [(8, 5, ("workers",)), (8, 4, ()), (8, 1, ()), (2, 2, ("workers",)), (2, 1, ()), (1, 1, ())],
)
def test_most_of_a_fleet_fails_for_one_cause_that_is_none_of_the_machines(
    nodes: int, bad: int, fleets: tuple[str, ...]
) -> None:
    """More than half, and more than one: one of two can be replaced, and so can the only one."""
    seen = run(NODES[:nodes], *(fail(name) for name in NAMES[:bad]))

    assert mostly_blamed(seen, blamed(seen)) == fleets


def test_a_cordoned_node_with_which_nothing_is_wrong_is_told_with_the_way_back() -> None:
    """One that still fails, alone or among others, is not."""
    marked = tuple(node(f"workers-{index}", unhealthy="gpus") for index in range(4))
    (line,) = recovered(run((*marked, node("workers-4")), fail("workers-1"), fail("workers-2", "workers-3")))

    assert line.startswith("workers-0 is cordoned for gpus")
    assert "`aidc smoke dev --uncordon workers-0`" in line


@pytest.mark.parametrize(
    ("check", "verdict", "told"),
    [
        ("dcgm", Verdict.SKIPPED, 0),
        ("dcgm", Verdict.INCONCLUSIVE, 0),
        ("dcgm", Verdict.PASS, 1),
        ("storage", Verdict.SKIPPED, 1),
    ],
)
def test_a_node_is_not_well_where_the_check_that_blamed_it_did_not_decide(
    check: str, verdict: Verdict, told: int
) -> None:
    """Another check that was skipped says nothing of it."""
    now = Finding(check, ("workers-0",), verdict, "r", Figure("f", 1, ""), ONE)

    assert len(list(recovered(run((node("workers-0", unhealthy="dcgm"),), now)))) == told
