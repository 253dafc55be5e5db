"""How far clocks lie apart when each was read within bounds only: arithmetic on ranges, exact and never narrower."""

from collections.abc import Mapping, Sequence
from heapq import nlargest, nsmallest
from statistics import median
from typing import NamedTuple


class Range(NamedTuple):
    """Between which two numbers of seconds something lies for certain."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """What it is, give or take the uncertainty."""
        return (self.low + self.high) / 2

    @property
    def uncertainty(self) -> float:
        """How far the middle may be wrong."""
        return (self.high - self.low) / 2

    @property
    def most(self) -> float:
        """The furthest from zero that it may be."""
        return max(abs(self.low), abs(self.high))

    @property
    def least(self) -> float:
        """The nearest to zero that it may be."""
        return max(0.0, self.low, -self.high)


class Apart(NamedTuple):
    """Two clocks by their names, and how far the first is ahead of the second."""

    ahead: str
    behind: str
    seconds: Range


def about(value: float, uncertainty: float) -> Range:
    """A value, give or take its uncertainty."""
    return Range(value - uncertainty, value + uncertainty)


def median_of(ranges: Sequence[Range]) -> Range:
    """Where the median of all lies: it never falls where one of them rises."""
    return Range(median(each.low for each in ranges), median(each.high for each in ranges))


def from_median(ranges: Sequence[Range]) -> list[Range]:
    """Where each one's distance from the median of all lies, its own part in that median counted.

    A distance grows with the one and falls with every other, for the median rises at most as far as one of them does.
    So it is largest where the one is at the top of its range and the others are at their bottoms, and the reverse.
    """
    lows, highs = [each.low for each in ranges], [each.high for each in ranges]
    return [
        Range(
            each.low - median([*highs[:index], each.low, *highs[index + 1 :]]),
            each.high - median([*lows[:index], each.high, *lows[index + 1 :]]),
        )
        for index, each in enumerate(ranges)
    ]


def surely_furthest(ranges: Mapping[str, Range]) -> Apart:
    """Of at least two clocks those two that are the furthest apart even if they are as near as they may be."""
    ahead = nlargest(2, ranges, key=lambda name: ranges[name].low)
    behind = nsmallest(2, ranges, key=lambda name: ranges[name].high)
    return max(_pairs(ranges, ahead, behind), key=lambda pair: pair.seconds.low)


def possibly_furthest(ranges: Mapping[str, Range]) -> Apart:
    """Of at least two clocks those two that may be the furthest apart."""
    ahead = nlargest(2, ranges, key=lambda name: ranges[name].high)
    behind = nsmallest(2, ranges, key=lambda name: ranges[name].low)
    return max(_pairs(ranges, ahead, behind), key=lambda pair: pair.seconds.high)


def _pairs(ranges: Mapping[str, Range], ahead: Sequence[str], behind: Sequence[str]) -> list[Apart]:
    return [
        Apart(one, other, Range(ranges[one].low - ranges[other].high, ranges[one].high - ranges[other].low))
        for one in ahead
        for other in behind
        if one != other
    ]
