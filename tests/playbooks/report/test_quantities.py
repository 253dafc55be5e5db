"""Tests of how figures are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.findings import Bound, Figure, Threshold
from playbooks.report.quantities import column, compact, shown, span


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0042, "s", "4.2 ms"),
        (43.21, "s", "43.2 s"),
        (92.44, "GB/s", "92.4 GB/s"),
        (0.0321, "GB/s", "32.1 MB/s"),
        (7.945e14, "FLOP/s", "794 TFLOP/s"),
        (8 * 2.0**30, "B", "8 GiB"),
        (8.0, "B", "8 B"),
        (8, "GPUs", "8 GPUs"),
        (3106.4, "samples/s", "3,106 samples/s"),
        (0.00708, "", "0.00708"),
        (0, "GB/s", "0 GB/s"),
        (-0.0042, "s", "-4.2 ms"),
        (math.nan, "GB/s", "NaN GB/s"),
        (math.inf, "s", "inf s"),
    ],
)
def test_compact_uses_the_unit_that_reads_best(value: float, unit: str, text: str) -> None:
    """Three digits and a prefix."""
    assert text == compact(value, unit)


def test_a_figure_just_below_its_threshold_is_not_rounded_onto_it() -> None:
    """89.998 of 90 must not read as 90 of 90, FAIL."""
    limit = Threshold(Bound.AT_LEAST, 90, "settings")

    assert shown(Figure("bandwidth", 89.998, "GB/s"), limit) == ("89.998 GB/s", "≥ 90 GB/s")
    assert shown(Figure("bandwidth", 90, "GB/s"), limit) == ("90 GB/s", "≥ 90 GB/s")


@given(
    value=st.floats(min_value=1e-6, max_value=1e12),
    nudge=st.sampled_from([1 - 1e-12, 1 - 1e-6, 1 - 1e-3, 1 + 1e-9, 2.0]),
    unit=st.sampled_from(["s", "B", "GB/s", "samples/s", ""]),
)
def test_different_figures_never_read_alike(value: float, nudge: float, unit: str) -> None:
    """However close a figure is to its threshold."""
    figure, limit = shown(Figure("figure", value * nudge, unit), Threshold(Bound.AT_MOST, value, "settings"))

    assert figure != limit.removeprefix("≤ ")


def test_span_of_equal_figures_is_one_figure_and_otherwise_has_one_unit() -> None:
    """`1.17 to 1.25 GB/s`."""
    speeds = [Figure("write", value, "B/s") for value in (1.25e9, 1.17e9)]

    assert span(speeds, None) == ("1.17 to 1.25 GB/s", "")
    assert span(speeds[:1], None) == ("1.25 GB/s", "")


def test_column_has_one_unit_and_as_many_decimals_everywhere() -> None:
    """So that the points stand below each other."""
    assert column([0.0012, 0.010, 4.27], "s") == ("ms", ["1.2", "10.0", "4,270.0"])
    assert column([2.0, None, 8.0], "") == ("", ["2", "", "8"])
    assert column([math.nan], "GB/s") == ("GB/s", ["NaN"])
    assert column([], "s") == ("s", [])
