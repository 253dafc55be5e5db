"""Tests of the heat maps."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from playbooks.findings import Finding, Matrix, Verdict
from playbooks.report.heat_map import MOST_CELLS, STEPS, HeatMap, heat_maps, mirrored
from playbooks.report.run import Run
from tests.playbooks.report.runs import gpu_fleet, passing

Cells = tuple[tuple[str, str, float | None], ...]


def _with(matrix: Matrix) -> Run:
    finding = Finding("pairs", matrix.names, Verdict.INCONCLUSIVE, "", matrices=(matrix,))
    return replace(passing(), findings=(finding,))


def _map(cells: Cells, unit: str = "GB/s", names: tuple[str, ...] = ("a-0", "a-1", "a-2")) -> HeatMap:
    (found,) = heat_maps(_with(Matrix("bus bandwidth", unit, names, cells)))
    return found


@pytest.mark.parametrize("size", [4, 16, 128])
def test_a_slow_node_is_the_darkest_cross_and_no_other_cell_is_as_dark(size: int) -> None:
    """At any size: each pair with node 2, and no pair without it."""
    (found,) = heat_maps(gpu_fleet(size))
    darkest = {cell.title.split(":")[0] for cell in found.cells if cell.shade in (STEPS - 1, STEPS - 2)}

    assert len(darkest) == 2 * (size - 1)
    assert all("train-2" in title.split(" and ") for title in darkest)


@pytest.mark.parametrize(("size", "numbered"), [(4, True), (16, True), (128, False)])
def test_cells_have_their_figures_where_there_is_room_and_always_in_their_title(size: int, numbered: bool) -> None:
    """And they lie inside the field, each at its own place."""
    (found,) = heat_maps(gpu_fleet(size))

    assert {bool(cell.text) for cell in found.cells if cell.shade is not None} == {numbered}
    assert all("GB/s" in cell.title or "failed" in cell.title for cell in found.cells)
    assert len({(cell.x, cell.y) for cell in found.cells}) == len(found.cells) == size * (size - 1)
    assert all(0 <= place <= found.size - found.side for cell in found.cells for place in (cell.x, cell.y))


def test_labels_do_not_stand_on_each_other() -> None:
    """Of 128 nodes, not every one has its name beside the map."""
    (found,) = heat_maps(gpu_fleet(128))
    middles = [label.middle for label in found.labels]

    assert min(after - before for before, after in pairwise(middles)) >= 11
    assert found.stem == "train-"


def test_noise_of_a_healthy_fleet_looks_like_noise() -> None:
    """Three per cent of standard deviation does not reach the dark half."""
    (found,) = heat_maps(gpu_fleet(16, sick=False))

    assert all(cell.shade is not None and cell.shade < STEPS / 2 for cell in found.cells)


def test_what_was_not_measured_is_blank_and_what_failed_is_marked_and_named() -> None:
    """NaN is no measurement of anything that is well."""
    found = _map((("a-0", "a-1", None), ("a-0", "a-2", math.nan)))

    assert [cell.shade for cell in found.cells] == [None] * 4
    assert found.told == ["Failed: a-0 and a-1; a-0 and a-2 (nan)."]


def test_the_other_direction_is_the_mirror_image_unless_it_was_measured() -> None:
    """A node is a whole cross."""
    matrix = Matrix("m", "GB/s", ("a", "b", "c"), (("a", "b", 1.0), ("b", "a", 2.0), ("a", "c", 3.0)))

    assert mirrored(matrix) == {("a", "b"): 1.0, ("b", "a"): 2.0, ("a", "c"): 3.0, ("c", "a"): 3.0}


def test_the_worst_are_told_in_words_by_unit() -> None:
    """The lowest bandwidth, and the longest latency."""
    cells: Cells = (("a-0", "a-1", 10.0), ("a-1", "a-2", 30.0), ("a-2", "a-0", 30.0))

    assert _map(cells).told[1].startswith("Lowest: a-0 and a-1 10 GB/s (33% of the median)")
    assert _map(cells, "µs").told[1].startswith("Slowest: a-1 and a-2 30 µs")
    assert [cell.shade for cell in _map(cells, "µs").cells if "a-0 and a-1" in cell.title] == [0]


def test_more_pairs_than_a_browser_draws_are_told_and_not_drawn() -> None:
    """Rather than a page that nobody can open."""
    names = tuple(f"a-{number}" for number in range(210))
    cells = tuple((left, right, 1.0) for left in names for right in names if left != right)
    found = _map(cells, names=names)

    assert len(cells) > MOST_CELLS
    assert found.cells == []
    assert found.told[0] == "43,890 pairs are too many to draw; report.json has them."


def test_a_matrix_of_nothing_is_no_map() -> None:
    """A round that was never run."""
    assert heat_maps(_with(Matrix("m", "GB/s", ("a", "b"), ()))) == []


@pytest.mark.parametrize("value", [0.0, -1.0, 1e300, 5e-324, math.inf])
def test_odd_figures_do_not_keep_the_report_from_being_made(value: float) -> None:
    """All alike, and one beside a usual one."""
    assert _map((("a-0", "a-1", value),)).cells
    assert _map((("a-0", "a-1", value), ("a-1", "a-2", 1.0))).cells
