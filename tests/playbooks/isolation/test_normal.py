from statistics import NormalDist

import pytest

from playbooks.isolation.measurements import Pair
from playbooks.isolation.normal import TOLERANCE, Normal, normal, tolerance_for


def figures(*found: float) -> dict[Pair, list[float]]:
    """One figure a pair, of nodes in a ring."""
    return {Pair.of(str(place), str((place + 1) % len(found))): [figure] for place, figure in enumerate(found)}


def scattered(noise: float) -> list[float]:
    """500 figures about 48 GB/s with this standard deviation, from the lowest to the highest and back."""
    ordered = NormalDist(48, 48 * noise)
    figures = [ordered.inv_cdf((place + 0.5) / 500) for place in range(500)]
    return figures[::2] + figures[::-2]


def test_a_bad_node_of_four_does_not_move_what_is_normal() -> None:
    """Half of the ring's figures are slow, but all other nodes reach 48 with somebody."""
    assert normal(4, figures(30, 30, 48, 48)) == Normal(48, TOLERANCE)


def test_what_failed_has_no_part_in_what_is_normal() -> None:
    """Even where it is most of the fleet."""
    assert normal(6, figures(0, 0, 0, 0, 48, 0)).gb_per_second == 48


def test_noise_is_read_from_the_better_half() -> None:
    """Slow pairs do not widen it."""
    found = normal(550, figures(*scattered(0.04), *[30] * 50))

    assert found.gb_per_second == pytest.approx(48, rel=0.01)
    assert found.noise == pytest.approx(0.04, rel=0.1)
    assert found.tolerance == TOLERANCE


def test_noise_widens_the_tolerance() -> None:
    """Or sound pairs by the dozen would be called slow."""
    found = normal(500, figures(*scattered(0.07)))

    assert TOLERANCE < found.tolerance < 0.21
    assert found.bound == pytest.approx(found.gb_per_second * (1 - found.tolerance))
    assert found.doubt > found.bound


def test_a_given_tolerance_holds_where_noise_asks_for_less() -> None:
    """What the caller knows of its machines."""
    assert normal(4, figures(48, 48, 48, 48), tolerance=0.5) == Normal(48, 0.5)


def test_the_tolerance_follows_the_noise_of_a_pair() -> None:
    """From half way to 70 % up to almost all."""
    assert tolerance_for(0.01) == TOLERANCE
    assert tolerance_for(0.1) == pytest.approx(0.3)
    assert tolerance_for(1.0) == 0.9


def test_a_few_fast_pairs_are_not_a_level() -> None:
    """A fleet of 40 in which two are faster is not slow."""
    assert normal(40, figures(*[48.0] * 39, 70.0)).can_blame


def test_two_levels_are_told_by_what_is_expected_alone() -> None:
    """The upper one must reach it."""
    found = figures(30, 30, 30, 30, 30, 30, 48, 48)

    assert not normal(8, found).can_blame
    assert not normal(8, found, expected=55).can_blame
    assert normal(8, found, expected=45) == Normal(
        48, TOLERANCE, fleet="most of the fleet is slow: 5 nodes reach about 30 GB/s at best, others 48"
    )


def test_two_figures_prove_no_noise() -> None:
    """A small fleet is not judged more mildly for one lucky pair."""
    assert normal(4, figures(48, 48, 54, 48)).tolerance == TOLERANCE
