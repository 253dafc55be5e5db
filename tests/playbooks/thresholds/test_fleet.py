import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.findings import Bound
from playbooks.thresholds import fleet

GOOD = (100.0, 101.0, 99.0, 100.5, 99.5, 100.0, 98.0, 102.0)
FIGURES = st.lists(st.floats(1e-3, 1e6), min_size=fleet.FEWEST, max_size=40)


def named(values: "tuple[float, ...] | list[float]") -> dict[str, float]:
    """As a check hands them over."""
    return {f"gpu-{index}": value for index, value in enumerate(values)}


def blamed(values: "tuple[float, ...] | list[float]", bound: Bound = Bound.AT_LEAST) -> list[int]:
    """The places of those that the fleet's own threshold does not let pass."""
    threshold = fleet.of_fleet(named(values), bound)
    assert threshold is not None
    return [index for index, value in enumerate(values) if not threshold.holds(value)]


def test_a_healthy_fleet_blames_nobody() -> None:
    """However alike its nodes are."""
    assert blamed(GOOD) == []
    assert blamed((100.0,) * 5) == []


@pytest.mark.parametrize("slow", [(3,), (0, 7), (1, 2, 5)])
def test_slow_nodes_are_named_while_they_are_fewer_than_half(slow: tuple[int, ...]) -> None:
    """And how slow they are moves the line by little."""
    for value in (70.0, 1.0, 0.0):
        assert blamed([value if index in slow else good for index, good in enumerate(GOOD)]) == list(slow)


def test_a_figure_that_must_stay_low_is_judged_from_above() -> None:
    """Such as seconds; a node that is quicker than the others is no fault."""
    assert blamed((*GOOD, 150.0, 20.0), Bound.AT_MOST) == [8]


def test_the_source_says_how_the_line_was_drawn() -> None:
    """By the fraction where the nodes are alike, by their deviation where they are not."""
    alike, apart = fleet.of_fleet(named(GOOD)), fleet.of_fleet(named((100.0, 90.0, 110.0, 95.0, 105.0)))

    assert alike is not None
    assert (alike.value, alike.source) == (90.0, "10 % below 100, the median of the fleet's 8")
    assert apart is not None
    assert (apart.value, apart.source) == (75.0, "5 median deviations below 100, the median of the fleet's 5")


def test_however_far_a_fleet_lies_apart_the_line_stands_above_nothing() -> None:
    """Less than half of what is usual is bad; from above there is no such floor."""
    scattered = (10.0, 8.0, 6.0, 4.0, 2.0)
    line = fleet.of_fleet(named(scattered))

    assert blamed(scattered) == [4]
    assert line is not None
    assert line.source == "50 % below 6, the median of the fleet's 5"
    assert blamed(scattered, Bound.AT_MOST) == []


def test_too_few_give_no_threshold_and_the_reason_says_so() -> None:
    """Four figures are no fleet to compare with."""
    assert fleet.of_fleet(named(GOOD[:4])) is None
    assert fleet.too_few(named(GOOD[:4])) == "4 of the fleet say little of what is usual: it takes 5"
    assert fleet.too_few(named(GOOD)) == ""


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_none_is_refused(value: float) -> None:
    """A median over it would mean nothing."""
    with pytest.raises(ValueError, match="no finite figures of gpu-8"):
        fleet.of_fleet(named((*GOOD, value)))


@given(FIGURES, st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_the_line_knows_no_order_and_no_unit(values: list[float], chance: random.Random, unit: float) -> None:
    """Shuffled, or in another unit, the same nodes are blamed."""
    first = fleet.of_fleet(named(values))
    shuffled = fleet.of_fleet(named(chance.sample(values, len(values))))
    scaled = fleet.of_fleet(named([value * unit for value in values]))

    assert first == shuffled
    assert first is not None
    assert scaled is not None
    assert scaled.value == pytest.approx(first.value * unit, rel=1e-6, abs=1e-6 * unit)


@given(FIGURES)
def test_half_at_least_always_pass(values: list[float]) -> None:
    """The median never fails by itself, nor do those on its good side."""
    assert len(blamed(values)) <= len(values) / 2
    assert len(blamed(values, Bound.AT_MOST)) < len(values) / 2


@pytest.mark.parametrize("size", [16, 64, 1000])
def test_on_noisy_fleets_the_slow_are_found_and_hardly_anyone_else(size: int) -> None:
    """3 % of normal noise, a node in fifty at 70 %: of 20,000 nodes all slow ones, and at most 0.1 % of the good."""
    chance, wrong, missed = random.Random(7), 0, 0  # noqa: S311 - noise, no secret
    for _ in range(20_000 // size):
        slow = set(range(0, size, 50))
        figures = [(70 if index in slow else 100) * chance.gauss(1, 0.03) for index in range(size)]
        found = set(blamed(figures))
        wrong, missed = wrong + len(found - slow), missed + len(slow - found)

    assert missed == 0
    assert wrong <= 20
