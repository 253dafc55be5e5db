"""Tests of the plots."""

import math
import re
from dataclasses import replace

from playbooks.findings import Finding, Series, Verdict
from playbooks.report.plot import plots
from playbooks.report.run import Run
from tests.playbooks.report.runs import failing, passing


def _with(*series: Series) -> Run:
    return replace(passing(), findings=(Finding("a", ("train-0",), Verdict.INCONCLUSIVE, "", series=series),))


def test_curves_with_the_same_axes_share_a_plot() -> None:
    """Bus and algorithm bandwidth against message size; the loss has its own."""
    titles = [plot.title for plot in plots(passing())]

    assert titles == [
        "all-reduce: bus bandwidth and algorithm bandwidth by message size",
        "training-step: loss by step",
    ]


def test_threshold_is_drawn_where_it_is_of_the_curves_quantity() -> None:
    """The threshold of the loss fraction is none of the loss."""
    bandwidth, loss = plots(passing())

    assert "wanted ≥ 50 MB/s" in bandwidth.svg
    assert "wanted" not in loss.svg


def test_a_ceiling_is_drawn_in_where_one_is_known() -> None:
    """With its figure, inside the axes although no point comes near it."""
    curve = Series("bus bandwidth", "message size", "B", "bus bandwidth", "GB/s", ((8.0, 1.0), (2.0**30, 380.0)), 480.0)
    (plot,) = plots(_with(curve))

    assert "ceiling 480 GB/s" in plot.svg
    assert "ceiling" not in plots(_with(replace(curve, limit=None)))[0].svg


def test_message_sizes_stand_on_a_logarithmic_axis_with_their_units() -> None:
    """Equal factors are equally far apart: 16 B to 128 B as 128 B to 1 KiB."""
    svg = plots(passing())[0].svg
    places = [
        float(found[1])
        for size in ("16 B", "128 B", "1 KiB")
        if (found := re.search(rf'transform="translate\(([\d.]+) [\d.]+\)">{size}<', svg))
        or (found := re.search(rf'x="([\d.]+)"[^>]*>{size}<', svg))
    ]

    assert len(places) == 3
    assert math.isclose(places[1] - places[0], places[2] - places[1], rel_tol=0.01)


def test_colours_are_the_pages_own() -> None:
    """So that the plot is right in light and dark; no colour of matplotlib's is left."""
    for plot in plots(failing()):
        assert "var(--curve-1)" in plot.svg
        assert "var(--ink)" in plot.svg
        assert re.findall(r"#[0-9a-f]{6}\b", plot.svg) == []


def test_odd_curves_do_not_keep_the_report_from_being_made() -> None:
    """One point, none at all, NaN, infinity, sizes that have no logarithm, names with `$` and `<`."""
    points = ((8.0, math.nan), (1e9, math.inf), (1e10, 1.0))
    odd = [
        Series("one", "x", "B", "y", "GB/s", ((8.0, 1.0),)),
        Series("none", "none", "B", "y", "GB/s", ()),
        Series("holes", "holes", "B", "y", "GB/s", points),
        Series("zero", "zero", "B", "y", "", ((0.0, -1.0), (1e6, 1.0))),
        Series("$\\frac{$<b>", "$odd$ <script>", "", "$y", "", ((1.0, 1.0), (2.0, 2.0))),
    ]
    found = plots(_with(*odd))

    assert len(found) == 4
    assert "<script" not in found[-1].svg
    assert "$odd$ &lt;script&gt;" in found[-1].svg
