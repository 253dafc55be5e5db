"""A trend in the space of a word: as points of a line for the page, as blocks for the terminal."""

import math
from collections.abc import Sequence
from statistics import median

WIDTH, HEIGHT = 72.0, 18.0  # px
EDGE = 3.0  # px that the last point's dot needs
LEAST_SHARE = 0.1  # of the median that the height stands for at least, so that noise looks like noise
MOST = 12  # runs
BLOCKS = "▁▂▃▄▅▆▇█"


def shares(values: Sequence[float]) -> list[float]:
    """Where each of the last values lies, from 0 at the bottom to 1; those that are no number are left out."""
    known = [value for value in values if math.isfinite(value)][-MOST:]
    if not known:
        return []
    low, high = min(known), max(known)
    missing = max(0.0, (abs(median(known)) * LEAST_SHARE or 1.0) - (high - low))
    return [(value - low + missing / 2) / (high - low + missing) for value in known]


def points(values: Sequence[float]) -> list[tuple[float, float]]:
    """The line for an SVG of this width and height, x and y in px."""
    found = shares(values)
    step = (WIDTH - 2 * EDGE) / max(1, len(found) - 1)
    return [
        (round(EDGE + number * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1))
        for number, share in enumerate(found)
    ]


def blocks(values: Sequence[float]) -> str:
    """The same as text."""
    return "".join(BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))] for share in shares(values))
