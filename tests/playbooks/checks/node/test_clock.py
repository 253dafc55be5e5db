from collections.abc import Sequence
from dataclasses import replace

import pytest

from playbooks.checks.node import clock
from playbooks.findings import Finding, Verdict
from playbooks.remedy.blamed import blamed
from tests.playbooks.checks.asks import ask, verdicts
from tests.playbooks.checks.node.machines import examined
from tests.playbooks.report.runs import passing

KNOWN = 0.1  # seconds that an offset may be wrong, where a test names no other; the threshold is 1 s
GOOD = ("PASS", ("gpu-0",)), ("PASS", ("gpu-1",)), ("PASS", ("gpu-2",)), ("PASS", ("gpu-3",))


def judged(*offsets: float, uncertainty: float = KNOWN) -> list[Finding]:
    """What is found of gpu-0, gpu-1 and so on, whose clocks are so far from this machine's."""
    question = ask(count=len(offsets))
    machines = zip(examined(question, {}), offsets, strict=True)
    return clock.CHECK.judge(
        question, [machine._replace(clock_offset=(offset, uncertainty)) for machine, offset in machines]
    )


def accused(found: Sequence[Finding], count: int) -> list[str]:
    """The nodes that a report of these findings blames."""
    run = replace(passing(2), nodes=ask(count=count).nodes, findings=tuple(found))
    return [each.node.name for each in blamed(run)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 64])
def test_clocks_that_agree_pass_on_each_node(count: int) -> None:
    """However many nodes; each has its own finding, with its own facts."""
    found = judged(*(0.05 * (-1) ** index for index in range(count)))

    assert verdicts(found) == [("PASS", (f"gpu-{index}",)) for index in range(count)]
    assert all("offset from this machine's clock" in {each.name for each in one.measurements} for one in found)


@pytest.mark.parametrize("count", [2, 3, 4, 64])
@pytest.mark.parametrize("wrong", [-20.0, 20.0])
def test_a_wrong_clock_of_this_machine_blames_no_node(count: int, wrong: float) -> None:
    """The nodes agree: they pass, and one finding over them says what is likely wrong."""
    *nodes, over_all = judged(*[wrong] * count)
    way = "ahead of" if wrong > 0 else "behind"

    assert verdicts(nodes) == [("PASS", (f"gpu-{index}",)) for index in range(count)]
    assert (over_all.verdict, len(over_all.nodes)) == (Verdict.INCONCLUSIVE, count)
    assert over_all.reason == (
        f"all of these clocks are 20 s {way} this machine's, give or take 0.1 s: it is"
        " likely this machine's that is wrong, and no node's"
    )
    assert "this machine's clock" in over_all.action
    assert accused([*nodes, over_all], count) == []


def test_the_one_clock_that_is_skewed_is_named_and_no_other() -> None:
    """Of four, and of two whose other one agrees with this machine's."""
    of_four, of_two = judged(0.0, 5.0, 0.0, 0.0), judged(5.0, 0.0)

    assert verdicts(of_four) == [GOOD[0], ("FAIL", ("gpu-1",)), GOOD[2], GOOD[3]]
    assert of_four[1].reason == "the clock is 5 s ahead of the fleet's median, give or take 0.2 s"
    assert verdicts(of_two) == [("FAIL", ("gpu-0",)), GOOD[1]]
    assert (accused(of_four, 4), accused(of_two, 2)) == (["gpu-1"], ["gpu-0"])


def test_a_skewed_clock_is_named_where_this_machine_is_wrong_too() -> None:
    """The others agree with each other."""
    *nodes, over_others = judged(-50.0, -50.0, -45.0, -50.0)

    assert verdicts(nodes) == [GOOD[0], GOOD[1], ("FAIL", ("gpu-2",)), GOOD[3]]
    assert (over_others.verdict, over_others.nodes) == (Verdict.INCONCLUSIVE, ("gpu-0", "gpu-1", "gpu-3"))


def test_the_clock_of_the_only_node_may_be_right_where_the_two_differ() -> None:
    """Of two clocks nothing tells which is wrong: that blames no node."""
    (found,) = judged(-5.0)

    assert (found.verdict, found.nodes) == (Verdict.INCONCLUSIVE, ("gpu-0",))
    assert found.reason == (
        "the clock is 5 s behind this machine's, give or take 0.1 s: of two clocks nothing tells which is wrong"
    )
    assert accused([found], 1) == []


@pytest.mark.parametrize("others", [(), (0.0, 0.0), (0.0,) * 62])
def test_two_nodes_that_are_too_far_apart_are_found_though_each_is_near_to_the_median(
    others: tuple[float, ...],
) -> None:
    """Both are named together, for nothing tells which is wrong."""
    *nodes, pair = judged(0.9, -0.9, *others, uncertainty=0.04)

    assert {each.verdict for each in nodes} == {Verdict.PASS}
    assert (pair.verdict, pair.nodes) == (Verdict.FAIL, ("gpu-0", "gpu-1"))
    assert pair.reason == (
        "gpu-0's clock is 1.8 s ahead of gpu-1's, give or take 0.08 s: which of them is wrong cannot be told"
    )
    assert "gpu-1: -0.900 s, give or take 0.04 s" in pair.evidence["offsets from this machine's clock"]
    assert accused([*nodes, pair], 2 + len(others)) == []


@pytest.mark.parametrize("offsets", [(-45.0, -50.0), (0.0, 0.0, 5.0, 5.0), (0.0, 5.0, 10.0)])
def test_nobody_is_blamed_where_no_more_than_half_of_the_clocks_agree(offsets: tuple[float, ...]) -> None:
    """Two nodes that differ from each other and from this machine; halves of a fleet; all of it."""
    *nodes, over_all = judged(*offsets)

    assert {each.verdict for each in nodes} <= {Verdict.INCONCLUSIVE, Verdict.PASS}
    assert (over_all.verdict, len(over_all.nodes)) == (Verdict.FAIL, len(offsets))
    assert accused([*nodes, over_all], len(offsets)) == []


@pytest.mark.parametrize(
    ("offset", "uncertainty", "verdict", "judged_by"),
    [
        (0.0, 0.4, Verdict.PASS, "clock offset, at most"),
        (0.19, 0.4, Verdict.PASS, "clock offset, at most"),
        (-0.19, 0.4, Verdict.PASS, "clock offset, at most"),
        (0.21, 0.4, Verdict.INCONCLUSIVE, "clock offset, at most"),  # it may be 1.01, for the median is as uncertain
        (1.79, 0.4, Verdict.INCONCLUSIVE, "clock offset, at most"),  # or 0.99
        (1.81, 0.4, Verdict.FAIL, "clock offset, at least"),
        (-1.81, 0.4, Verdict.FAIL, "clock offset, at least"),
        (0.0, 0.6, Verdict.INCONCLUSIVE, "clock offset, at most"),
        (60.0, 1.4, Verdict.FAIL, "clock offset, at least"),
    ],
)
def test_the_clock_is_judged_with_its_uncertainty(
    offset: float, uncertainty: float, verdict: Verdict, judged_by: str
) -> None:
    """PASS and FAIL hold wherever in their ranges the offset and the median really are."""
    found, *_ = judged(offset, 0.0, 0.0, 0.0, uncertainty=uncertainty)

    assert found.verdict is verdict
    assert found.figure is not None
    assert found.figure.name == judged_by
    assert bool(found.action) == (verdict is not Verdict.PASS)


def test_a_clock_that_ssh_cannot_tell_is_never_good() -> None:
    """The message says that it cannot be told from here; of two that may be too far apart, too."""
    alone, *_ = judged(0.75, 0.0, 0.0, uncertainty=0.3)
    *nodes, pair = judged(0.3, 0.0, -0.3, uncertainty=0.3)

    assert alone.verdict is Verdict.INCONCLUSIVE
    assert alone.reason == "the clock is 0.75 s off, give or take 0.6 s: over SSH from here 1 s cannot be told"
    assert {each.verdict for each in nodes} == {Verdict.PASS}
    assert (pair.verdict, pair.nodes) == (Verdict.INCONCLUSIVE, ("gpu-0", "gpu-2"))
    assert pair.reason == "the clocks are 0.6 s apart, give or take 0.6 s: over SSH from here 1 s cannot be told"


def test_a_node_without_its_scratch_folder_tells_no_free_space() -> None:
    """The clock is judged all the same."""
    question = ask(count=1)
    [machine] = examined(question, {})
    less = machine._replace(facts=machine.facts.model_copy(update={"scratch_free_mib": None}))
    [whole], [found] = (clock.CHECK.judge(question, [each]) for each in (machine, less))

    assert found.verdict is whole.verdict
    assert {each.name for each in whole.measurements} - {each.name for each in found.measurements} == {"scratch free"}
