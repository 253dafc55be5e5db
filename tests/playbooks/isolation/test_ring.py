from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from playbooks.isolation.measurements import Pair
from playbooks.isolation.ring import around, left_over, matchings, spread
from tests.playbooks.isolation.fleets import named


def links(ring: tuple[str, ...]) -> list[Pair]:
    """Each node with its neighbour."""
    return [Pair.of(one, other) for one, other in pairwise((*ring, ring[0]))]


@given(st.integers(5, 60))
def test_two_rounds_and_what_is_left_over_are_the_ring(count: int) -> None:
    """Every link once."""
    ring = named(count)
    measured = [pair for each in matchings(ring) for pair in each] + list(left_over(ring))

    assert sorted(measured) == sorted(links(ring))
    assert len(matchings(ring)) == 2


def test_small_fleets_have_every_pair_measured() -> None:
    """Up to four nodes."""
    for count, pairs in ((0, 0), (1, 0), (2, 1), (3, 3), (4, 6)):
        ring = named(count)
        measured = [pair for each in matchings(ring) for pair in each] + list(left_over(ring))

        assert len(set(measured)) == len(measured) == pairs


def test_without_groups_the_order_stays() -> None:
    """Also where each node has a group of its own."""
    assert spread(named(7), {}) == named(7)
    assert spread(named(7), {node: node for node in named(7)}) == named(7)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60))
def test_neighbours_lie_in_different_groups_where_no_group_is_too_large(leaves: list[int]) -> None:
    """Every node is there once, and the same order comes again."""
    nodes = named(len(leaves))
    groups = {node: f"leaf-{leaf}" for node, leaf in zip(nodes, leaves, strict=True)}
    ring = spread(nodes, groups)

    assert sorted(ring) == sorted(nodes)
    assert ring == spread(nodes, groups)
    if 2 * max(map(leaves.count, leaves)) <= len(leaves):
        assert all(groups[one] != groups[other] for one, other in pairwise(ring))


def test_nodes_without_a_group_are_groups_of_their_own() -> None:
    """They separate those that share one."""
    ring = spread(named(4), {"train-0": "leaf-0", "train-1": "leaf-0"})

    assert Pair("train-0", "train-1") not in [Pair.of(one, other) for one, other in pairwise(ring)]


@given(st.integers(4, 30), st.data())
def test_the_last_ring_goes_around_bad_links(count: int, data: st.DataObject) -> None:
    """A node stays out only where it has no place."""
    bad = set(data.draw(st.lists(st.sampled_from(links(named(count))), max_size=3)))
    ring = around(named(count), bad)

    assert not bad & set(links(ring))
    assert len(ring) >= count - len(bad)
    assert len(ring) == count or count < 8


def test_a_ring_of_three_has_no_way_around() -> None:
    """One end of the link stays out."""
    assert around(named(3), {Pair("train-0", "train-1")}) == ("train-0", "train-2")
