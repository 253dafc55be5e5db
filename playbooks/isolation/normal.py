"""What a pair of sound nodes reaches in this fleet, and below what a pair is slow."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median, median_high

from playbooks.isolation.measurements import Figures

TOLERANCE = 0.15  # half way to the 70 % of normal at which a node must be found
NOISE_SPANS = 3.0  # a bound closer than three standard deviations would call sound pairs slow by the dozen
WIDEST = 0.9  # however much the figures scatter, a node at a tenth of normal is slow
FEW = 0.1  # the share of the nodes that must be faster than most, before most are called slow


@dataclass(frozen=True, slots=True)
class Normal:
    """By what the pairs are judged.

    Attributes:
        gb_per_second: what sound pairs reach, their median; 0 where no collective succeeded.
        tolerance: the share of it by which a pair may stay below.
        noise: standard deviation of sound pairs, as a share of it.
        fleet: what is wrong with the fleet as a whole, a sentence; empty where nothing is.
        can_blame: whether single nodes can be named; where not, `fleet` says why.
        can_clear: whether single nodes can be called fine; where not, `fleet` says why.
    """

    gb_per_second: float
    tolerance: float
    noise: float = 0.0
    fleet: str = ""
    can_blame: bool = True
    can_clear: bool = True

    @property
    def bound(self) -> float:
        """GB/s below which a pair is slow."""
        return self.gb_per_second * (1 - self.tolerance)

    @property
    def doubt(self) -> float:
        """GB/s below which a pair that is not slow has only just passed."""
        return self.gb_per_second * (1 - self.tolerance + self.noise)


def normal(nodes: int, figures: Figures, expected: float | None = None, tolerance: float = TOLERANCE) -> Normal:
    """The figure that most nodes reach with somebody, made precise by the median of the pairs near to it.

    A pair is as fast as its slower end, so a sound node beside a bad one still shows what it can with another: the best
    of each node is a sound node's far more often than a figure is.

    Args:
        nodes: how many there are.
        figures: of every pair measured.
        expected: GB/s that a pair should reach; None where nothing says it.
        tolerance: the share by which a pair may stay below, more where the fleet's own noise asks for it.
    """
    best = _best_of_each_node(figures)
    if not best:
        return _unjudged(0.0, tolerance, "no pair's collective succeeded" if figures else "no pair was measured")
    usual = median_high(best)
    if nodes == 2:  # noqa: PLR2004 - a pair alone
        return _pair_alone(usual, expected, tolerance)
    fast = [figure for figure in best if figure * (1 - tolerance) > usual]
    if len(fast) >= max(2, FEW * nodes):
        return _two_levels(usual, median(fast), len(best) - len(fast), expected, tolerance)
    found = _near(usual, figures, tolerance)
    if expected is not None and found.gb_per_second < expected:
        told = f"the fleet is slow as a whole: half of its pairs reach {found.gb_per_second:.3g} GB/s or less"
        return replace(found, fleet=f"{told}, expected are {expected:.3g}", can_clear=False)
    return found


def tolerance_for(noise: float) -> float:
    """The share by which a pair may stay below normal where figures of one pair have this standard deviation, a share.

    A fleet of a few nodes does not show its own noise; what the repetitions of its pairs show goes in here.
    """
    return min(max(TOLERANCE, NOISE_SPANS * noise), WIDEST)


def _best_of_each_node(figures: Figures) -> list[float]:
    """What each node reached with its best partner; nodes of which every collective failed are not among them."""
    best: dict[str, float] = {}
    for pair, found in figures.items():
        figure = max(found)
        for node in pair:
            if figure > best.get(node, 0.0):
                best[node] = figure
    return list(best.values())


def _pair_alone(figure: float, expected: float | None, tolerance: float) -> Normal:
    """Two nodes are held against what is expected, for there is no third."""
    if expected is None:
        told = f"the only pair reached {figure:.3g} GB/s, and there is no other to hold it against"
        return _unjudged(math.inf, tolerance, told)
    return Normal(expected, 0.0)


def _two_levels(usual: float, top: float, slow: int, expected: float | None, tolerance: float) -> Normal:
    """More than half are slow: an expected figure says which level is right, nothing else does."""
    told = f"most of the fleet is slow: {slow} nodes reach about {usual:.3g} GB/s at best, others {top:.3g}"
    if expected is not None and usual < expected <= top:
        return Normal(top, tolerance, fleet=told)
    return _unjudged(top, tolerance, told)


def _unjudged(reference: float, tolerance: float, why: str) -> Normal:
    return Normal(reference, tolerance, fleet=why, can_blame=False, can_clear=False)


def _near(usual: float, figures: Figures, tolerance: float) -> Normal:
    near = [each for found in figures.values() for each in found if abs(each - usual) <= tolerance * usual]
    reference = median(near)
    above = [each / reference - 1 for each in near if each >= reference]
    noise = _noise(above)
    sure = noise * max(0.0, 1 - math.sqrt(2 / len(above)))  # two standard errors less: few figures prove little noise
    return Normal(reference, max(tolerance, tolerance_for(sure)), noise)


def _noise(above: Sequence[float]) -> float:
    """Standard deviation from the better half alone, in which no slow pair has a part."""
    return math.sqrt(math.fsum(each * each for each in above) / len(above))
