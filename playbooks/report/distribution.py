"""Figures of parts, such as each GPU, spread over the fleet: a dot for each, a box around the middle half."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median, quantiles
from typing import NamedTuple

from playbooks.findings import Finding, Samples, Threshold
from playbooks.report import digest
from playbooks.report.quantities import compact, wanted
from playbooks.report.run import Run

WIDTH, HEIGHT, MARGIN = 960, 86, 14  # of a strip, px; the margin keeps dots at the ends whole
RADIUS = 3.2
FAR_OUT = 3.0  # times the distance between the quartiles: "far out" of Tukey, Exploratory Data Analysis (1977)
LEAST_SPREAD = 0.005  # of the median: figures that differ by less are the same to whoever buys the machine
NAMED = 6
TICKS = 6
FEWEST_FOR_QUARTILES = 4


class Sample(NamedTuple):
    """One part of one node, and whether its figure is good enough; None where nothing says so."""

    node: str
    part: str
    value: float
    holds: bool | None

    @property
    def name(self) -> str:
        """Node and part."""
        return f"{self.node} {self.part}"


class Dot(NamedTuple):
    """A sample on the strip; `look` is its class."""

    x: float
    y: float
    title: str
    look: str


class Mark(NamedTuple):
    """Something at one place of the axis, in words."""

    x: float
    text: str


class Strip(NamedTuple):
    """One figure over the fleet. `box` is where the middle half lies, with the median between; None for a few."""

    name: str
    dots: list[Dot]
    box: tuple[float, float, float] | None
    limits: list[Mark]
    ticks: list[Mark]
    told: list[str]


class Distribution(NamedTuple):
    """All figures of parts that one check took."""

    title: str
    strips: list[Strip]


def distributions(run: Run) -> list[Distribution]:
    """A drawing for each check that took figures of parts, in the order of the run."""
    gathered: dict[tuple[str, str], dict[tuple[str, str], list[tuple[Finding, Samples]]]] = {}
    for group in digest.groups(run):
        for finding in group.findings:
            for samples in finding.samples:
                figures = gathered.setdefault((group.check, group.fleet), {})
                figures.setdefault((samples.name, samples.unit), []).append((finding, samples))
    several = len({fleet for _, fleet in gathered}) > 1
    return [
        Distribution(
            f"{check}{f' on {fleet}' if several else ''}", [_strip(*key, found) for key, found in each.items()]
        )
        for (check, fleet), each in gathered.items()
    ]


def threshold_of(finding: Finding, samples: Samples) -> Threshold | None:
    """What each part had to reach: the finding's threshold, where it is of this figure, such as of its worst part."""
    figure = finding.figure
    if figure is None or figure.unit != samples.unit or not figure.name.startswith(samples.name):
        return None
    return finding.threshold


def _strip(name: str, unit: str, found: Sequence[tuple[Finding, Samples]]) -> Strip:
    samples = [
        Sample(digest.hostlist(finding.nodes), part, value, limit.holds(value) if limit else None)
        for finding, taken in found
        for limit in [threshold_of(finding, taken)]
        for part, value in zip(taken.parts, taken.values, strict=True)
    ]
    thresholds = list(dict.fromkeys(filter(None, (threshold_of(*each) for each in found))))
    finite = [each for each in samples if math.isfinite(each.value)]
    axis = _Axis([each.value for each in finite] + [limit.value for limit in thresholds])
    odd = outliers(finite)
    return Strip(
        name=name,
        dots=_dots(finite, odd, unit, axis),
        box=_box([each.value for each in finite], axis),
        limits=[Mark(axis.place(each.value), f"wanted {wanted(each, unit)}") for each in thresholds],
        ticks=[Mark(axis.place(value), compact(value, unit)) for value in axis.ticks()],
        told=_told(samples, odd, unit),
    )


def outliers(samples: Sequence[Sample]) -> list[Sample]:
    """Those that miss their threshold, and those far out on either side; the farthest from the median first."""
    if not samples:
        return []
    values = [each.value for each in samples]
    middle = median(values)
    low, _, high = _quartiles(values)
    reach = FAR_OUT * max(high - low, LEAST_SPREAD * abs(middle))
    odd = [each for each in samples if each.holds is False or not low - reach <= each.value <= high + reach]
    return sorted(odd, key=lambda each: abs(each.value - middle), reverse=True)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < FEWEST_FOR_QUARTILES:
        return min(values), median(values), max(values)
    first, second, third = quantiles(values, method="inclusive")
    return first, second, third


def _box(values: Sequence[float], axis: "_Axis") -> tuple[float, float, float] | None:
    if len(values) < FEWEST_FOR_QUARTILES:
        return None
    first, second, third = _quartiles(values)
    return axis.place(first), axis.place(second), axis.place(third)


class _Axis:
    """From figures to px; figures that all are one stand in the middle."""

    def __init__(self, values: Iterable[float]) -> None:
        known = list(values) or [0.0]
        low, high = min(known), max(known)
        least = abs(median(known)) * 0.02 or 1.0
        pad = max(0.0, least - (high - low)) / 2
        self._low, self._high = low - pad, high + pad

    def place(self, value: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - self._low) / (self._high - self._low)

    def ticks(self) -> list[float]:
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - half a second that only a run with figures pays

        found = MaxNLocator(TICKS).tick_values(self._low, self._high)
        return [float(value) for value in found if self._low <= value <= self._high]


def _dots(samples: Sequence[Sample], odd: Sequence[Sample], unit: str, axis: _Axis) -> list[Dot]:
    """Dots that would lie on each other are stacked upwards; where the stack would leave the strip they overlap."""
    columns: defaultdict[int, list[Sample]] = defaultdict(list)
    for each in sorted(samples, key=lambda each: (each in odd, each.node, each.part)):
        columns[round(axis.place(each.value) / (2 * RADIUS))].append(each)
    step = min(2 * RADIUS, (HEIGHT - 2 * RADIUS) / max(map(len, columns.values()), default=1))
    return [
        Dot(
            axis.place(each.value),
            HEIGHT - RADIUS - number * step,
            f"{each.name}: {compact(each.value, unit)}",
            "miss" if each.holds is False else "odd" if each in odd else "",
        )
        for stack in columns.values()
        for number, each in enumerate(stack)
    ]


def _told(samples: Sequence[Sample], odd: Sequence[Sample], unit: str) -> list[str]:
    """The strip in words, for those who cannot hover."""
    finite = [each.value for each in samples if math.isfinite(each.value)]
    told = [f"{len(finite):,} measured, median {compact(median(finite), unit)}."] if finite else []
    if misses := sum(each.holds is False for each in samples):
        told.append(f"Short of what is wanted: {misses:,}.")
    if odd:
        named = "; ".join(f"{each.name} {compact(each.value, unit)}" for each in odd[:NAMED])
        more = f"; and {len(odd) - NAMED:,} more" if len(odd) > NAMED else ""
        told.append(f"Apart from the rest: {named}{more}.")
    if unread := [each.name for each in samples if not math.isfinite(each.value)]:
        told.append(f"No number: {', '.join(unread[:NAMED])}{' and more' if len(unread) > NAMED else ''}.")
    return told
