"""What a figure must reach by what the rest of the fleet reaches: its median, and how far its nodes lie from it.

Both are medians, so that less than half of a fleet cannot move the line by being bad, however bad it is.
"""

import math
from collections.abc import Mapping
from statistics import median

from playbooks.findings import Bound, Threshold

# Of fewer, one healthy node far out is no rarity: at 5 % of normal noise 1 % of the nodes of healthy fleets of three
# would be blamed (simulated, 60,000 nodes).
FEWEST = 5
# Median absolute deviations, each 0.67 standard deviations of normal noise. At 3 % of noise (the same simulation, one
# node at 70 %): 4 blames 0.04 % of the good nodes of 64, 5 the same, 8 none; of sixteen 4 and 5 miss no slow node, 8
# misses 1 %; of five 4 misses 1 %, 5 misses 4 %, 8 misses 20 %. At 5 % of noise 4 blames 0.5 % of the good, 5 0.2 %.
DEVIATIONS = 5
# Healthy GPUs of one fleet differ by 5 % and more; the scripts that flag stragglers in public take 10 %.
FRACTION = 0.1
# However far the others lie apart, less than half of what is usual is bad: five deviations may be more than the median
# itself, and a line below zero would let everything pass.
MOST_FRACTION = 0.5


def of_fleet(
    values: Mapping[str, float], bound: Bound = Bound.AT_LEAST, fraction: float = FRACTION
) -> Threshold | None:
    """What each of these figures must reach, or stay below; None where fewer than `FEWEST` are there to compare.

    Args:
        values: one figure a node, or a part of a node such as a GPU, all in one unit, none NaN or infinite.
        bound: on which side of the threshold a good one lies.
        fraction: of the median; nearer to it than this none is blamed, however alike the others are.

    Raises:
        ValueError: a figure is no finite number, which says nothing of the others: judge that one by itself.
    """
    if strange := [name for name, value in values.items() if not math.isfinite(value)]:
        raise ValueError(f"no finite figures of {', '.join(strange)}: leave them out and judge them by themselves")
    if len(values) < FEWEST:
        return None
    middle = median(values.values())
    deviation = median(abs(value - middle) for value in values.values())
    scattered, part = DEVIATIONS * deviation, fraction
    if bound is Bound.AT_LEAST and scattered > MOST_FRACTION * abs(middle):
        scattered, part = 0.0, MOST_FRACTION
    apart = max(scattered, part * abs(middle))
    way, side = (-1, "below") if bound is Bound.AT_LEAST else (1, "above")
    why = f"{DEVIATIONS} median deviations" if apart > part * abs(middle) else f"{100 * part:g} %"
    return Threshold(bound, middle + way * apart, f"{why} {side} {middle:.4g}, the median of the fleet's {len(values)}")


def too_few(values: Mapping[str, float]) -> str:
    """Why there is no threshold, for a reason that a report shows; empty where there is one."""
    count = len(values)
    return f"{count} of the fleet say little of what is usual: it takes {FEWEST}" if count < FEWEST else ""
