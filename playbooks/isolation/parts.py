"""What is measured inside a node: its GPUs with each other, and its rails one by one against a sound node."""

from collections.abc import Mapping, Sequence
from statistics import median_high

Inside = Mapping[str, float | None]
"""GB/s of the collective inside each node; None where it failed."""

Rails = Sequence[float | None]
"""GB/s of each rail of a node, in order, all measured with one sound node; None where a rail's collective failed."""


def usual(figures: Sequence[float | None]) -> float:
    """What most reach: the median of those that did not fail, the higher one of two; 0 where all failed."""
    return median_high([figure or 0.0 for figure in figures]) if figures else 0.0


def slow_inside(inside: Inside, tolerance: float) -> list[str]:
    """Nodes whose own collective failed or stayed below most others' by more than the tolerance."""
    bound = usual(list(inside.values())) * (1 - tolerance)
    return [node for node, figure in inside.items() if not figure or figure < bound]


def slow_rails(rails: Rails, tolerance: float) -> tuple[int, ...]:
    """Rails, counted from 0, that failed or stayed below the node's other rails by more than the tolerance.

    Empty where none stands out from most, or all failed: then it is not single rails.
    """
    bound = usual(rails) * (1 - tolerance)
    found = tuple(rail for rail, figure in enumerate(rails) if not figure or figure < bound)
    return found if len(found) < len(rails) else ()
