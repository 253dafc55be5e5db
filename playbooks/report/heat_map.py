"""Figures of pairs as a heat map: where on the page each cell lies and how it looks; heat_map.svg.j2 draws it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from playbooks.findings import Matrix
from playbooks.report import digest
from playbooks.report.quantities import column, compact
from playbooks.report.run import Run

STEPS = 8  # shades that an eye still tells apart
FEWEST_SHARE = 0.4  # of the median that the shades span at least: noise of a healthy fleet stays in one or two
MOST_CELLS = 40_000  # 200 nodes, each with each; a browser draws no more of them in good time
FIELD = 720  # side of the map in px, where its cells can be that small
SMALLEST, LARGEST = 5, 56  # of a cell, in whole px, so that its edges are sharp
NUMBERED = 30  # px of a cell that has room for its figure
LABEL = 15  # px that a line of labels needs
NAMED = 3  # of the worst pairs
LOW_IS_GOOD = ("s", "ms", "µs", "us", "ns")  # latencies; of anything else in pairs more is better

Pair = tuple[str, str]


class Cell(NamedTuple):
    """A pair that was measured. `shade` is 0 for the best and STEPS - 1 for the worst; None where it failed."""

    x: float
    y: float
    title: str
    text: str
    shade: int | None


class Label(NamedTuple):
    """A name beside a row and above a column, with where its middle lies."""

    text: str
    middle: float


class Shade(NamedTuple):
    """A step of the legend, and the figures that it stands for."""

    shade: int
    text: str


class HeatMap(NamedTuple):
    """A drawing; lengths in px. `margin` is what the labels take at the left, `top` what they take above."""

    title: str
    unit: str
    side: float
    margin: float
    top: float
    size: float
    cells: list[Cell]
    labels: list[Label]
    stem: str
    legend: list[Shade]
    told: list[str]


def heat_maps(run: Run) -> list[HeatMap]:
    """A map for each matrix of each finding, in the order in which they were measured."""
    return [
        _heat_map(group.check, matrix)
        for group in digest.groups(run)
        for finding in group.findings
        for matrix in finding.matrices
        if matrix.cells
    ]


def _heat_map(check: str, matrix: Matrix) -> HeatMap:
    found = mirrored(matrix)
    side = max(SMALLEST, min(LARGEST, round(FIELD / max(1, len(matrix.names)))))
    stem = _stem(matrix.names)
    labels = _labels([name.removeprefix(stem) for name in matrix.names], side)
    longest = max((len(label.text) for label in labels), default=0)
    drawn = found if len(found) <= MOST_CELLS else {}
    return HeatMap(
        title=f"{check}: {matrix.name} of each pair",
        unit=matrix.unit,
        side=side,
        margin=10 + 7 * longest,
        top=24 if longest * 7 < side * max(1, _every(side)) else 10 + 7 * longest,
        size=side * len(matrix.names),
        cells=_cells(matrix, drawn, side),
        labels=labels,
        stem=stem,
        legend=_legend(matrix),
        told=_told(matrix, drawn=bool(drawn)),
    )


def mirrored(matrix: Matrix) -> Mapping[Pair, float | None]:
    """Every cell, and its mirror image where that was not measured by itself: a node is a whole cross."""
    measured = {(row, column): value for row, column, value in matrix.cells}
    return {(column, row): value for (row, column), value in measured.items()} | measured


def span(values: Iterable[float]) -> tuple[float, float]:
    """The figures between which the shades run: what was measured, and never less than a share of the median."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    middle = median(known)
    least = abs(middle) * FEWEST_SHARE or 1.0
    low, high = min(known), max(known)
    return (min(low, high - least), high) if high - low < least else (low, high)


def _shade(value: float, unit: str, low: float, high: float) -> int | None:
    """None for NaN and the infinite, which are no measurement of anything that is well."""
    if not math.isfinite(value):
        return None
    share = (value - low) / (high - low)
    worse = share if unit in LOW_IS_GOOD else 1 - share
    return min(STEPS - 1, max(0, int(worse * STEPS)))


def _cells(matrix: Matrix, found: Mapping[Pair, float | None], side: float) -> list[Cell]:
    places = {name: number * side for number, name in enumerate(matrix.names)}
    low, high = _span(matrix)
    _, texts = column(list(found.values()), matrix.unit)
    return [
        Cell(
            x=places[right],
            y=places[left],
            title=f"{left} and {right}: {_figure(value, matrix.unit)}",
            text=text if side >= NUMBERED else "",
            shade=None if value is None else _shade(value, matrix.unit, low, high),
        )
        for ((left, right), value), text in zip(found.items(), texts, strict=True)
        if left in places and right in places
    ]


def _span(matrix: Matrix) -> tuple[float, float]:
    values = [value for _, _, value in matrix.cells if value is not None]
    if matrix.unit not in LOW_IS_GOOD:
        return span(values)
    low, high = span(-value for value in values)
    return -high, -low


def _figure(value: float | None, unit: str) -> str:
    return "failed" if value is None else compact(value, unit)


def _stem(names: Sequence[str]) -> str:
    """What all names begin with, up to their last dash: it stands beside the map once."""
    stems = {"".join(name.rpartition("-")[:2]) for name in names}
    return stems.pop() if len(stems) == 1 and len(names) > 1 else ""


def _every(side: float) -> int:
    return math.ceil(LABEL / side)


def _labels(names: Sequence[str], side: float) -> list[Label]:
    """As many names as have room."""
    every = _every(side)
    return [Label(name, (number + 0.5) * side) for number, name in enumerate(names) if number % every == 0]


def _legend(matrix: Matrix) -> list[Shade]:
    """What each shade stands for, the best first: every figure up to its worse edge."""
    low, high = _span(matrix)
    best, step, sign = (low, high - low, "≤") if matrix.unit in LOW_IS_GOOD else (high, low - high, "≥")
    edges = (best + step * (number + 1) / STEPS for number in range(STEPS))
    return [Shade(number, f"{sign} {compact(edge, matrix.unit)}") for number, edge in enumerate(edges)]


def _told(matrix: Matrix, *, drawn: bool) -> list[str]:
    """What the map shows in words, for those who cannot hover: the median, the worst pairs, and those that failed."""
    latency, (found, failed) = matrix.unit in LOW_IS_GOOD, _pairs(matrix)
    told = [] if drawn else [f"{len(matrix.cells):,} pairs are too many to draw; report.json has them."]
    if found:
        middle = median(found.values())
        worst = sorted(found, key=lambda pair: found[pair], reverse=latency)[:NAMED]
        named = (f"{left} and {right} {_against(found[left, right], middle, matrix.unit)}" for left, right in worst)
        told.append(f"Median of {digest.several(len(found), 'pair')} {compact(middle, matrix.unit)}.")
        told.append(f"{'Slowest' if latency else 'Lowest'}: {'; '.join(named)}.")
    if failed:
        more = f"; and {len(failed) - NAMED:,} more" if len(failed) > NAMED else ""
        told.append(f"Failed: {'; '.join(failed[:NAMED])}{more}.")
    return told


def _pairs(matrix: Matrix) -> tuple[dict[Pair, float], list[str]]:
    """The worse figure of each pair's directions, in the order of the names; and the pairs that have none."""
    order = {name: number for number, name in enumerate(matrix.names)}
    worse = max if matrix.unit in LOW_IS_GOOD else min
    found: dict[Pair, float] = {}
    failed: dict[str, None] = {}
    for row, column_name, value in matrix.cells:
        left, right = sorted((row, column_name), key=lambda name: order.get(name, len(order)))
        if value is None or not math.isfinite(value):
            failed[f"{left} and {right}{'' if value is None else f' ({value})'}"] = None
        else:
            found[left, right] = worse(value, found.get((left, right), value))
    return found, list(failed)


def _against(value: float, middle: float, unit: str) -> str:
    share = f" ({value / middle:.0%} of the median)" if middle else ""
    return f"{compact(value, unit)}{share}"
