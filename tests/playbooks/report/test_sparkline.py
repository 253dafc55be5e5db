"""Tests of the trends."""

import math

from playbooks.report.sparkline import HEIGHT, MOST, WIDTH, blocks, points, shares


def test_a_trend_runs_from_bottom_to_top_and_has_the_last_runs_only() -> None:
    """Twelve of them."""
    assert blocks((1.0, 2.0, 3.0)) == "▁▅█"
    assert len(points([float(number) for number in range(100)])) == MOST
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points([5.0, -3.0, 1e300, 0.0]))


def test_noise_stays_near_the_middle() -> None:
    """One per cent is no cliff."""
    assert max(shares((100.0, 101.0, 100.5))) - min(shares((100.0, 101.0, 100.5))) < 0.11


def test_no_number_is_left_out() -> None:
    """A collective that answered NaN, and one that was never run."""
    assert len(shares((1.0, math.nan, 2.0, math.inf))) == 2
    assert points(()) == points((math.nan,)) == []
