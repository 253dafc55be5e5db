import pytest

from playbooks.checks.node import clock
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import examined


def judged(offset: float, uncertainty: float) -> Finding:
    """What is found of a node whose clock is so far off; the threshold is 1 s."""
    question = ask(count=1)
    [machine] = examined(question, {})
    [found] = clock.CHECK.judge(question, [machine._replace(clock_offset=(offset, uncertainty))])
    return found


@pytest.mark.parametrize(
    ("offset", "uncertainty", "verdict", "judged_by"),
    [
        (0.0, 0.4, Verdict.PASS, "clock offset, at most"),
        (0.59, 0.4, Verdict.PASS, "clock offset, at most"),
        (-0.59, 0.4, Verdict.PASS, "clock offset, at most"),
        (0.61, 0.4, Verdict.INCONCLUSIVE, "clock offset, at most"),  # it may be 1.01
        (1.39, 0.4, Verdict.INCONCLUSIVE, "clock offset, at most"),  # or 0.99
        (1.41, 0.4, Verdict.FAIL, "clock offset, at least"),
        (-1.41, 0.4, Verdict.FAIL, "clock offset, at least"),
        (0.0, 1.4, Verdict.INCONCLUSIVE, "clock offset, at most"),
        (60.0, 1.4, Verdict.FAIL, "clock offset, at least"),
    ],
)
def test_the_clock_is_judged_with_its_uncertainty(
    offset: float, uncertainty: float, verdict: Verdict, judged_by: str
) -> None:
    """PASS and FAIL hold wherever in its range the offset really is."""
    found = judged(offset, uncertainty)

    assert found.verdict is verdict
    assert found.figure is not None
    assert found.figure.name == judged_by
    assert bool(found.action) == (verdict is not Verdict.PASS)


def test_a_wrong_clock_says_which_way() -> None:
    """Ahead or behind, by how much, and how well that is known."""
    assert judged(-20, 0.4).reason == "the clock is 20 s behind this machine's, give or take 0.4 s"
    assert judged(20, 0.4).reason == "the clock is 20 s ahead of this machine's, give or take 0.4 s"


def test_a_clock_that_ssh_cannot_tell_is_never_good() -> None:
    """The message says that it cannot be told from here."""
    found = judged(0.75, 0.85)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "the clock is 0.75 s off, give or take 0.85 s: over SSH from here 1 s cannot be told"


def test_a_node_without_its_scratch_folder_tells_no_free_space() -> None:
    """The clock is judged all the same."""
    question = ask(count=1)
    [machine] = examined(question, {})
    less = machine._replace(facts=machine.facts.model_copy(update={"scratch_free_mib": None}))
    [whole], [found] = (clock.CHECK.judge(question, [each]) for each in (machine, less))

    assert found.verdict is whole.verdict
    assert {each.name for each in whole.measurements} - {each.name for each in found.measurements} == {"scratch free"}
