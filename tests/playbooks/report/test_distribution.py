"""Tests of the figures of parts over the fleet."""

import math
import random
from dataclasses import replace

import pytest

from playbooks.findings import Bound, Figure, Finding, Samples, Threshold, Verdict, judge
from playbooks.report.distribution import HEIGHT, WIDTH, Strip, distributions, threshold_of
from playbooks.report.run import Run
from tests.playbooks.report.runs import GEMM, gemm, gpu_fleet, passing


def _strip(*values: float, figure: Figure | None = None) -> Strip:
    samples = Samples("speed", "GB/s", tuple(f"GPU {number}" for number in range(len(values))), values)
    finding = Finding("a", ("train-0",), Verdict.INCONCLUSIVE, "", figure, samples=(samples,))
    ((strip,),) = [each.strips for each in distributions(replace(passing(), findings=(finding,)))]
    return strip


def _gemm(run: Run) -> Strip:
    return distributions(run)[0].strips[0]


@pytest.mark.parametrize("size", [4, 16, 128])
def test_every_gpu_of_the_fleet_is_a_dot_inside_the_strip(size: int) -> None:
    """With its node, its name and its figure."""
    strip = _gemm(gpu_fleet(size))

    assert len(strip.dots) == 8 * size
    assert all(0 < dot.x < WIDTH and 0 < dot.y < HEIGHT for dot in strip.dots)
    assert len({dot.title.split(":")[0] for dot in strip.dots}) == 8 * size


def test_the_gpu_that_misses_the_threshold_is_marked_and_named() -> None:
    """And it alone; the threshold is drawn between it and the others."""
    strip = _gemm(gpu_fleet(16))
    (slow,) = [dot for dot in strip.dots if dot.look]

    assert slow.look == "miss"
    assert strip.told[2].startswith("Apart from the rest: train-1 GPU 3 5")
    assert strip.told[1] == "Short of what is wanted: 1."
    assert strip.limits[0].text == "wanted ≥ 715 TFLOP/s"
    assert slow.x < strip.limits[0].x < min(dot.x for dot in strip.dots if not dot.look)


def test_a_healthy_fleet_has_nothing_apart() -> None:
    """Of 1,024 GPUs, with the usual spread."""
    strips = distributions(gpu_fleet(128, sick=False))[0].strips

    assert [(len(strip.told), {dot.look for dot in strip.dots}) for strip in strips] == [(1, {""}), (1, {""})]


def test_without_a_threshold_what_is_far_out_is_marked_all_the_same() -> None:
    """As Tukey does; what differs by a thousandth does not."""
    assert "GPU 5 50 GB/s" in _strip(100.0, 101.0, 99.0, 100.5, 99.5, 50.0).told[1]
    assert len(_strip(100.0, 100.0, 100.0, 100.0, 100.1).told) == 1


def test_a_threshold_is_of_the_samples_whose_figure_it_is() -> None:
    """The slowest GPU's TFLOP/s are judged; what memory reaches is not."""
    run = gpu_fleet(4)
    finding = next(each for each in run.findings if each.check == "gemm")

    assert [threshold_of(finding, samples) for samples in finding.samples] == [GEMM, None]
    assert "wanted" not in "".join(mark.text for mark in distributions(run)[0].strips[1].limits)


def test_a_figure_that_must_stay_below_is_judged_from_above() -> None:
    """Temperatures."""
    limit, samples = Threshold(Bound.AT_MOST, 85.0, "test"), Samples("heat", "°C", ("GPU 0", "GPU 1"), (60.0, 90.0))
    figure = Figure("heat of the hottest", 90.0, "°C")
    finding = Finding("a", ("train-0",), judge(figure, limit), "", figure, limit, samples=(samples,))
    strip = _gemm(replace(passing(), findings=(finding,)))

    assert sorted(dot.look for dot in strip.dots) == ["", "miss"]


@pytest.mark.parametrize(
    "values", [(1.0,), (0.0, 0.0), (math.nan,), (math.nan, 1.0), (math.inf, 1.0), (-5.0, 1e300), ()]
)
def test_odd_figures_do_not_keep_the_report_from_being_made(values: tuple[float, ...]) -> None:
    """What is no number has no dot, and is named."""
    strip = _strip(*values)
    finite = [value for value in values if math.isfinite(value)]

    assert len(strip.dots) == len(finite)
    assert all(math.isfinite(dot.x) and math.isfinite(dot.y) for dot in strip.dots)
    assert any("No number" in line for line in strip.told) == (len(finite) < len(values))


def test_several_fleets_are_drawn_apart() -> None:
    """H100s and A100s have nothing to be compared for."""
    run = gpu_fleet(2)
    other = tuple(replace(node, name=f"eval-{node.index}", fleet="eval") for node in run.nodes)
    more = tuple(gemm(node, random.Random(1)) for node in other)  # noqa: S311 - figures, not secrets
    found = distributions(replace(run, nodes=(*run.nodes, *other), findings=(*run.findings, *more)))

    assert [each.title for each in found] == ["gemm on train", "gemm on eval"]
