import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.collectives import Ceiling, Collective, bus_factor
from playbooks.checks.fabric import bandwidth
from playbooks.checks.fabric.bandwidth import Held, Measured, RanOn, Row
from playbooks.findings import Bound, Finding, Threshold, Verdict

MIB = 1 << 20
CURVE = Measured(Collective.ALL_REDUCE, 16, (Row(8, 3e-5, 0.0, 0.0), Row(64 * MIB, 6e-4, 112.0, 210.0)))
CEILING = Ceiling(480, complete=True, why=("inside one node 480",))
REACH = Threshold(Bound.AT_LEAST, 200, "measured")


def found(held: Held) -> Finding:
    """What is said of the curve."""
    return bandwidth.finding("all-reduce", CURVE, held, RanOn(("gpu-0",), (), {"ran on": "16 ranks"}))


def test_bandwidths_are_those_of_nccl_tests() -> None:
    """By hand: 8 ranks reduce 1 GB in 10 ms, so 100 GB/s, and 7/4 of that on the bus (PERFORMANCE.md)."""
    assert bandwidth.algorithm_bandwidth(1_000_000_000, 0.01) == pytest.approx(100)
    assert bandwidth.algorithm_bandwidth(1_000_000_000, 0.01) * bus_factor(Collective.ALL_REDUCE, 8) == pytest.approx(
        175
    )


@given(st.integers(1, 1 << 40), st.floats(1e-9, 1e6))
def test_bandwidth_grows_with_the_message_and_falls_with_time(size: int, seconds: float) -> None:
    """In proportion."""
    assert bandwidth.algorithm_bandwidth(2 * size, 2 * seconds) == pytest.approx(
        bandwidth.algorithm_bandwidth(size, seconds)
    )


def test_a_good_one_passes_with_its_ceiling_in_the_curve() -> None:
    """The ceiling is the bus bandwidth's; the algorithm's has another."""
    good = found(Held(REACH, CEILING, 64 * MIB))

    assert good.verdict is Verdict.PASS
    assert [(series.name, series.limit) for series in good.series] == [
        ("bus bandwidth", 480),
        ("algorithm bandwidth", None),
    ]
    assert good.evidence == {"ran on": "16 ranks", "ceiling": "inside one node 480"}
    assert {figure.name for figure in good.measurements} >= {"latency at 8 B", "largest message", "ranks"}


def test_a_slow_one_fails() -> None:
    """At the largest message."""
    assert found(Held(Threshold(Bound.AT_LEAST, 300, "measured"), CEILING, 64 * MIB)).verdict is Verdict.FAIL


def test_a_threshold_for_a_larger_message_fails_nothing() -> None:
    """It might have been reached with more memory; one for this size would fail."""
    much = Threshold(Bound.AT_LEAST, 300, "settings")
    for_larger = found(Held(much, CEILING, 128 * MIB, at_largest=True))

    assert for_larger.verdict is Verdict.INCONCLUSIVE
    assert for_larger.action.startswith("Free memory on the nodes, or lower smoke.allReduce.largestMessageMib")
    assert "64 MiB, the largest that there is memory for" in for_larger.reason
    assert found(Held(much, CEILING, 128 * MIB)).verdict is Verdict.FAIL


def test_nothing_to_judge_by_is_inconclusive_and_what_says_nothing_is_skipped() -> None:
    """Both with the figure."""
    open_ended = found(Held(None, CEILING, 64 * MIB, action="Compare."))
    skipped = found(Held(None, CEILING, 64 * MIB, not_judged="these are CPUs"))

    assert (open_ended.verdict, open_ended.action) == (Verdict.INCONCLUSIVE, "Compare.")
    assert skipped.verdict is Verdict.SKIPPED
    assert skipped.reason == "the bus bandwidth at messages of 64 MiB is not judged: these are CPUs"
    assert skipped.figure is not None
