from itertools import permutations
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.node.clock_ranges import (
    Range,
    about,
    from_median,
    median_of,
    possibly_furthest,
    surely_furthest,
)

SOME_SECONDS = st.floats(-100, 100)
CLOCKS = st.lists(st.tuples(SOME_SECONDS, st.floats(0, 10), st.floats(-1, 1)), min_size=2, max_size=7)
NEARLY = 1e-9


def ranges_and_truth(clocks: list[tuple[float, float, float]]) -> tuple[list[Range], list[float]]:
    """What is known of each clock, and what it really shows: somewhere in its range."""
    ranges = [about(value, uncertainty) for value, uncertainty, _ in clocks]
    return ranges, [value + uncertainty * where for value, uncertainty, where in clocks]


def test_a_range_says_how_near_and_how_far_from_zero_it_may_be() -> None:
    """On either side of it, and around it."""
    ahead, behind, around = about(5.0, 2.0), about(-5.0, 2.0), about(0.5, 2.0)

    assert [(each.least, each.most) for each in (ahead, behind, around)] == [(3.0, 7.0), (3.0, 7.0), (0.0, 2.5)]
    assert (ahead.middle, ahead.uncertainty) == (5.0, 2.0)


@given(CLOCKS)
def test_the_true_distance_from_the_true_median_lies_in_its_range(clocks: list[tuple[float, float, float]]) -> None:
    """Wherever in its range each clock is: the median's own uncertainty counts."""
    ranges, truth = ranges_and_truth(clocks)
    middle, known = median(truth), median_of(ranges)

    assert known.low - NEARLY <= middle <= known.high + NEARLY
    for clock, distance in zip(truth, from_median(ranges), strict=True):
        assert distance.low - NEARLY <= clock - middle <= distance.high + NEARLY


def test_a_distance_is_no_wider_than_it_must_be() -> None:
    """One is at the top and the other two at the bottom of what they may be: then it is as far as that."""
    assert from_median([about(0.0, 0.1)] * 3) == [Range(-0.2, 0.2)] * 3
    assert from_median([about(5.0, 0.0), about(0.0, 0.5), about(0.0, 0.5)])[0] == Range(4.5, 5.5)


@given(CLOCKS)
def test_the_furthest_two_are_those_of_all_pairs(clocks: list[tuple[float, float, float]]) -> None:
    """Those that are surely apart, and those that may be."""
    ranges = {str(index): known for index, known in enumerate(ranges_and_truth(clocks)[0])}
    pairs = [(one, other) for one, other in permutations(ranges.values(), 2)]

    assert surely_furthest(ranges).seconds.low == max(one.low - other.high for one, other in pairs)
    assert possibly_furthest(ranges).seconds.high == max(one.high - other.low for one, other in pairs)


def test_the_one_that_is_ahead_is_named_first() -> None:
    """With the range of how far."""
    ranges = {"left": about(-1.0, 0.1), "middle": about(0.0, 0.1), "right": about(1.0, 0.1)}

    assert surely_furthest(ranges) == ("right", "left", Range(1.8, 2.2))
    assert possibly_furthest(ranges) == ("right", "left", Range(1.8, 2.2))
