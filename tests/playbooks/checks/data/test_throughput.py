import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import answer
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.data import throughput
from playbooks.checks.data.throughput import Measure, Window
from playbooks.findings import Bound, Finding, Threshold, Verdict
from tests.playbooks.checks.asks import ask

VALUES = {f"gpu-{index}": 2.0 + index / 100 for index in range(8)}
WRITE = Measure("storage-speed", "scratch write", "Replace it.")
SAID = Threshold(Bound.AT_LEAST, 1.0, "smoke.storage.minimumWriteGbPerSecond of the settings")
KNOWN = Threshold(Bound.AT_LEAST, 3.0, "EC2's guide")


def found(
    changes: dict[str, float] | None = None, measure: Measure = WRITE, *, count: int = 8, stand_in: bool = False
) -> list[Finding]:
    """What is found of nodes of which most move about 2 GB/s."""
    values = dict(list({**VALUES, **(changes or {})}.items())[:count])
    return throughput.findings(ask(count=count)._replace(stand_in=stand_in), measure, values)


def test_nodes_that_are_alike_pass_each_with_its_figure() -> None:
    """Against the fleet's own median."""
    findings = found()

    assert {each.verdict for each in findings} == {Verdict.PASS}
    assert findings[0].threshold is not None
    assert "median of the fleet's 8" in findings[0].threshold.source


def test_a_slow_node_is_named_and_no_other() -> None:
    """With what to do."""
    slow = [each for each in found({"gpu-3": 1.3}) if each.verdict is not Verdict.PASS]

    assert [(each.verdict, each.nodes, each.action) for each in slow] == [(Verdict.FAIL, ("gpu-3",), "Replace it.")]
    assert slow[0].reason == "scratch write is slower than the fleet: 1.3 GB/s"


def test_a_quarter_less_is_within_what_shared_disks_do() -> None:
    """Also where all others are alike to a percent."""
    assert {each.verdict for each in found({"gpu-3": 1.55})} == {Verdict.PASS}


def test_what_is_no_measure_is_not_judged_and_says_so() -> None:
    """A few nodes, and the sandbox's, which share a disk; what they reached is told."""
    [few] = found({"gpu-1": 0.1}, count=2)
    [sandbox] = found(stand_in=True)

    assert (few.verdict, few.nodes) == (Verdict.SKIPPED, ("gpu-0", "gpu-1"))
    assert few.reason == "2 of the fleet say little of what is usual: it takes 5; scratch write was 0.1 to 2 GB/s"
    assert (sandbox.verdict, sandbox.nodes) == (Verdict.SKIPPED, tuple(VALUES))
    assert throughput.findings(ask(), WRITE, {}) == []


@pytest.mark.parametrize("known", [None, KNOWN])
@pytest.mark.parametrize("stand_in", [False, True])
def test_what_the_settings_say_decides_alone(known: Threshold | None, stand_in: bool) -> None:
    """Over what is known, over the median, and for a node by itself."""
    measure = WRITE._replace(said=SAID, known=known)
    findings = found({"gpu-3": 1.3, "gpu-4": 0.9}, measure, stand_in=stand_in)
    [alone] = found({"gpu-0": 0.5}, measure, count=1, stand_in=stand_in)

    assert [each.nodes for each in findings if each.verdict is Verdict.FAIL] == [("gpu-4",)]
    assert {each.threshold for each in findings} == {SAID}
    assert (alone.verdict, alone.reason) == (Verdict.FAIL, "scratch write is slower than it must be: 0.5 GB/s")


def test_a_fleet_that_is_slow_as_a_whole_fails_by_what_is_known() -> None:
    """Nodes that are alike say nothing of each other; a single one is judged too."""
    findings = found(measure=WRITE._replace(known=KNOWN))
    [alone] = found({"gpu-0": 3.5}, WRITE._replace(known=KNOWN), count=1)

    assert {(each.verdict, each.threshold) for each in findings} == {(Verdict.FAIL, KNOWN)}
    assert (alone.verdict, alone.reason) == (Verdict.PASS, "scratch write is as fast as it must be: 3.5 GB/s")


def test_the_fleet_is_the_stricter_where_it_reaches_more() -> None:
    """A node that is good enough by the guide and far behind the others is named."""
    low = Threshold(Bound.AT_LEAST, 0.5, "EC2's guide")
    slow = [each for each in found({"gpu-3": 1.0}, WRITE._replace(known=low)) if each.verdict is Verdict.FAIL]

    assert [each.nodes for each in slow] == [("gpu-3",)]
    assert "slower than the fleet" in slow[0].reason


WINDOW: dict[str, Any] = {"bytes": 8_000_000_000, "began": 1000.0, "ended": 1004.0}


def test_a_window_tells_its_throughput() -> None:
    """In GB/s of 1e9 bytes."""
    assert answer.parse(Window, json.dumps(WINDOW)).gb_per_second == pytest.approx(2.0)


@pytest.mark.parametrize(
    "changes",
    [{"ended": 1000.0}, {"ended": 999.0}, {"bytes": 0}, {"bytes": -1}, {"began": "1000,0"}, {"began": float("nan")}],
)
def test_a_window_that_cannot_be_is_none(changes: dict[str, Any]) -> None:
    """It took no time, or moved nothing, or its numbers are none."""
    with pytest.raises(UnreadableAnswerError):
        answer.parse(Window, json.dumps({**WINDOW, **changes}))


@given(st.floats(), st.floats(), st.integers())
def test_a_throughput_is_always_a_positive_number(began: float, ended: float, count: int) -> None:
    """Whatever a node says, or it is refused."""
    try:
        window = answer.parse(Window, json.dumps({"bytes": count, "began": began, "ended": ended}))
    except UnreadableAnswerError:
        return
    assert window.gb_per_second >= 0
