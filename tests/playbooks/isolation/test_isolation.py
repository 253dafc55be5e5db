import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.isolation.isolation import ROUNDS, Isolation
from playbooks.isolation.measurements import Pair
from playbooks.isolation.verdict import Kind
from tests.playbooks.isolation.fleets import driven, exact, isolated, named

FIGURES = st.none() | st.floats(0, 60)
ODD_AND_EVEN = (3, 4, 5, 6, 7, 8, 9, 16, 33)


@given(st.integers(0, 40), st.integers(0, 8), st.data())
def test_rounds_are_disjoint_pairs_of_the_fleet_and_at_most_four(count: int, groups: int, data: st.DataObject) -> None:
    """Whatever is measured."""
    nodes = named(count)
    known = {node: f"leaf-{data.draw(st.integers(0, groups))}" for node in nodes} if groups else {}
    isolation = Isolation(nodes, known)

    rounds = driven(isolation, lambda _: data.draw(FIGURES))

    assert [each.number for each in rounds] == list(range(1, len(rounds) + 1))
    assert len(rounds) <= ROUNDS
    for asked in rounds:
        ends = [node for pair in asked.pairs for node in pair]
        assert ends
        assert len(set(ends)) == len(ends)
        assert set(ends) <= set(nodes)


@given(st.integers(2, 40), st.data())
def test_the_verdict_accounts_for_every_node(count: int, data: st.DataObject) -> None:
    """A node is clean, or a suspect, or nobody is clean and the fleet says why; nothing clean is out of the ring."""
    verdict = isolated(named(count), lambda _: data.draw(FIGURES)).verdict()

    suspects = {node for each in verdict.accusations if each.kind is not Kind.LINK for node in each.nodes}
    assert not suspects & set(verdict.clean)
    assert verdict.fleet or suspects | set(verdict.clean) == set(named(count))
    assert set(verdict.ring) <= set(named(count)) - suspects
    assert all(each.reason for each in verdict.accusations)


@given(st.integers(3, 60), st.floats(0.001, 5000))
def test_nobody_is_blamed_in_a_healthy_fleet(count: int, gb_per_second: float) -> None:
    """However fast it is; and no pair is measured twice."""
    isolation = Isolation(named(count))
    rounds = driven(isolation, lambda _: gb_per_second)
    verdict = isolation.verdict()

    pairs = [pair for each in rounds for pair in each.pairs]
    assert len(set(pairs)) == len(pairs)
    assert verdict.accusations == ()
    assert verdict.clean == named(count)
    assert len(rounds) == (2 if count % 2 == 0 and count > 4 else 3)


@given(st.integers(4, 60), st.data())
def test_a_pair_is_measured_again_only_where_it_was_slow(count: int, data: st.DataObject) -> None:
    """Rounds are spent on what is not known yet."""
    slow = data.draw(st.sets(st.sampled_from(named(count)), max_size=count // 4))
    isolation = Isolation(named(count))
    rounds = driven(isolation, exact(dict.fromkeys(slow, 30.0)))

    pairs = [pair for each in rounds for pair in each.pairs]
    assert all(set(pair) & slow for pair in pairs if pairs.count(pair) > 1)


@pytest.mark.parametrize("count", ODD_AND_EVEN)
def test_each_single_bad_node_is_named_and_nobody_else(count: int) -> None:
    """At every place in the ring, slow or failing, in fleets of odd and even size."""
    for node in named(count):
        for figure in (33.0, 0.5, None):
            verdict = isolated(named(count), exact({node: figure})).verdict()

            assert [(each.kind, each.nodes) for each in verdict.accusations] == [(Kind.NODE, (node,))]
            assert set(verdict.clean) == set(named(count)) - {node}


@pytest.mark.parametrize("count", ODD_AND_EVEN)
def test_each_slow_link_of_the_ring_is_told_from_its_ends(count: int) -> None:
    """It was slow each time, and the ring of the last collective goes around it."""
    ring = named(count)
    for link in (Pair.of(one, other) for one, other in pairwise((*ring, ring[0]))):
        verdict = isolated(ring, exact(links={link: 33.0})).verdict()

        assert [(each.kind, each.nodes) for each in verdict.accusations] == [(Kind.LINK, link)]
        assert set(verdict.clean) == set(ring)
        neighbours = [Pair.of(one, other) for one, other in pairwise((*verdict.ring, verdict.ring[0]))]
        assert link not in neighbours


@pytest.mark.parametrize("count", [8, 9, 12])
def test_each_two_bad_nodes_are_named(count: int) -> None:
    """Beside each other or apart, each with its own speed."""
    for one, other in combinations(named(count), 2):
        verdict = isolated(named(count), exact({one: 33.0, other: 25.0})).verdict()

        assert verdict.bad == {one, other}
        assert len(verdict.accusations) == 2


def test_a_rack_of_neighbours_is_named_node_by_node() -> None:
    """Those in its middle meet only bad ones in the ring, and sound ones in the rounds after."""
    rack = named(128)[40:48]
    verdict = isolated(named(128), exact(dict.fromkeys(rack, 20.0))).verdict()

    assert verdict.bad == set(rack)
    assert len(verdict.clean) == 120


def test_two_links_beside_each_other_do_not_blame_the_node_between() -> None:
    """After the ring it looks bad; the sound node that it then meets clears it."""
    links = {Pair("train-3", "train-4"), Pair("train-4", "train-5")}
    verdict = isolated(named(16), exact(links=dict.fromkeys(links, 33.0))).verdict()

    assert verdict.links == links
    assert verdict.bad == set()


def test_a_bad_switch_group_is_named_once() -> None:
    """All of its nodes are slow with all others; its nodes are not eight bad nodes."""
    nodes = named(64)
    groups = {node: f"leaf-{index // 8}" for index, node in enumerate(nodes)}
    isolation = Isolation(nodes, groups)
    driven(isolation, exact(dict.fromkeys(nodes[16:24], 30.0)))
    (accusation,) = isolation.verdict().accusations

    assert (accusation.kind, accusation.group) == (Kind.GROUP, "leaf-2")
    assert set(accusation.nodes) == set(nodes[16:24])
    assert accusation.reason == (
        "all 8 nodes of switch group leaf-2 are slow: 30 GB/s with nodes of other groups, "
        "which reach 48 GB/s with others"
    )


def test_one_bad_node_of_a_switch_group_is_a_bad_node() -> None:
    """The group's others are good."""
    nodes = named(64)
    isolation = Isolation(nodes, {node: f"leaf-{index // 8}" for index, node in enumerate(nodes)})
    driven(isolation, exact({nodes[17]: 30.0}))

    assert [each.kind for each in isolation.verdict().accusations] == [Kind.NODE]


def test_a_slow_pair_alone_cannot_be_told() -> None:
    """Two nodes have no third that would tell."""
    isolation = Isolation(named(2), expected_gb_per_second=40.0)
    driven(isolation, lambda _: 31.0)
    verdict = isolation.verdict()

    assert [(each.kind, each.nodes) for each in verdict.accusations] == [
        (Kind.UNTOLD, ("train-0",)),
        (Kind.UNTOLD, ("train-1",)),
    ]
    assert verdict.clean == ()


def test_the_pass_inside_the_nodes_tells_which_of_two() -> None:
    """What is slow by itself is bad; of the other nothing is known."""
    isolation = Isolation(named(2), expected_gb_per_second=40.0)
    isolation.measured_inside({"train-0": 460.0, "train-1": 320.0})
    driven(isolation, lambda _: 31.0)
    verdict = isolation.verdict()

    assert verdict.bad == {"train-1"}
    assert verdict.accusations[0].reason.startswith(
        "train-1 reached 320 GB/s over its own GPUs, where the fleet's median is 460"
    )
    assert [each.nodes for each in verdict.of(Kind.UNTOLD)] == [("train-0",)]


def test_a_node_slow_inside_alone_is_named_with_its_figure() -> None:
    """Its pairs are good, for the network is slower than its own GPUs; whatever the pairs' noise allows."""
    isolation = Isolation(named(16))
    isolation.measured_inside({node: 380.0 if node == "train-5" else 460.0 for node in named(16)})
    scattered = iter([46.0, 50.0] * 40)
    driven(isolation, lambda _: next(scattered))
    verdict = isolation.verdict()

    assert [each.nodes for each in verdict.of(Kind.NODE)] == [("train-5",)]
    assert verdict.accusations[0].reason == (
        "train-5 reached 380 GB/s over its own GPUs, where the fleet's median is 460"
    )


def test_a_pair_alone_is_clean_where_it_reaches_what_is_expected() -> None:
    """And where nothing is expected it is not judged."""
    isolation = Isolation(named(2), expected_gb_per_second=40.0)
    driven(isolation, lambda _: 41.0)

    assert isolation.verdict().clean == named(2)
    unjudged = isolated(named(2), lambda _: 41.0).verdict()
    assert unjudged.clean == ()
    assert unjudged.fleet == "the only pair reached 41 GB/s, and there is no other to hold it against"


def test_where_most_are_slow_nobody_is_blamed() -> None:
    """Neither the slow, for they are the rule, nor the fast."""
    verdict = isolated(named(16), exact(dict.fromkeys(named(16)[:11], 30.0))).verdict()

    assert verdict.bad == set()
    assert verdict.clean == ()
    assert verdict.fleet == "most of the fleet is slow: 11 nodes reach about 30 GB/s at best, others 48"
    assert [(each.kind, set(each.nodes)) for each in verdict.accusations] == [(Kind.UNTOLD, set(named(16)[:11]))]


def test_where_most_are_slow_an_expected_figure_tells_which() -> None:
    """Those that reach it are right."""
    isolation = Isolation(named(16), expected_gb_per_second=45.0)
    driven(isolation, exact(dict.fromkeys(named(16)[:9], 30.0)))
    verdict = isolation.verdict()

    assert verdict.bad | {node for each in verdict.of(Kind.UNTOLD) for node in each.nodes} == set(named(16)[:9])
    assert verdict.clean == named(16)[9:]
    assert verdict.fleet.startswith("most of the fleet is slow")


def test_a_fleet_that_is_slow_as_a_whole_is_not_called_fine() -> None:
    """Nobody stands out, and nobody is clean."""
    isolation = Isolation(named(16), expected_gb_per_second=45.0)
    driven(isolation, lambda _: 30.0)
    verdict = isolation.verdict()

    assert verdict.accusations == ()
    assert verdict.clean == ()
    assert verdict.fleet == ("the fleet is slow as a whole: half of its pairs reach 30 GB/s or less, expected are 45")


def test_where_every_collective_fails_nobody_is_blamed() -> None:
    """It is not one node's doing."""
    verdict = isolated(named(6), lambda _: None).verdict()

    assert verdict.fleet == "no pair's collective succeeded"
    assert [each.kind for each in verdict.accusations] == [Kind.UNTOLD]
    assert verdict.ring == ()


def test_a_node_that_comes_and_goes_is_listed_apart() -> None:
    """Slow with two, good with two, and once good with a partner with which it had been slow."""
    answers = iter([30.0, 48.0, 48.0, 30.0])
    verdict = isolated(named(16), lambda pair: next(answers) if "train-5" in pair else 48.0).verdict()
    (accusation,) = verdict.accusations

    assert (accusation.kind, accusation.nodes) == (Kind.INTERMITTENT, ("train-5",))
    assert accusation.reason.endswith("and 48 GB/s with others: it comes and goes")
    assert verdict.bad == set()
    assert "train-5" not in verdict.ring


def test_a_pair_that_was_slow_once_is_listed_apart() -> None:
    """Both ends are good with others, and with each other the next time."""
    answers = iter([30.0, 48.0])
    link = Pair("train-4", "train-5")
    verdict = isolated(named(16), lambda pair: next(answers) if pair == link else 48.0).verdict()

    assert [(each.kind, each.nodes) for each in verdict.accusations] == [(Kind.INTERMITTENT, link)]
    assert verdict.accusations[0].reason == (
        "train-4 and train-5 reached 30 GB/s and 48 GB/s with each other: it comes and goes"
    )


def test_rails_apart_tell_a_rail_from_a_node() -> None:
    """The nodes to blame are measured with a sound node each."""
    isolation = isolated(named(16), exact({"train-3": 30.0, "train-9": 25.0}))
    pairs = isolation.rail_pairs()
    assert list(pairs) == ["train-3", "train-9"]
    assert len({node for pair in pairs.values() for node in pair}) == 4

    isolation.measured_rails({"train-3": [6.0] * 5 + [3.5] + [6.1] * 2, "train-9": [3.1] * 8})
    rail, node = isolation.verdict().accusations

    assert (rail.kind, rail.rails) == (Kind.RAIL, (5,))
    assert rail.reason.endswith("; rail 5 reached 3.5 GB/s, where its other rails reach 6 to 6.1 GB/s")
    assert (node.kind, node.rails) == (Kind.NODE, ())
    assert node.reason.endswith("; none of its 8 rails stands out, at 3.1 GB/s")


def test_a_node_is_blamed_in_one_sentence_with_the_figures() -> None:
    """Its partners, and what they reach with others."""
    figures = {Pair("train-3", "train-4"): 31.0, Pair("train-2", "train-3"): 30.0}
    verdict = isolated(named(16), lambda pair: figures.get(pair, 29.0 if "train-3" in pair else 48.0)).verdict()

    assert verdict.accusations[0].reason == (
        "train-3 reached 30 GB/s with train-2, 31 GB/s with train-4 and 29 GB/s with train-11, "
        "which reach 48 GB/s with others"
    )


def test_every_figure_is_kept_in_the_order_of_the_rounds() -> None:
    """For the matrix of the report."""
    isolation = Isolation(named(6))
    rounds = driven(isolation, exact({"train-1": None}))
    kept = isolation.verdict().measurements

    assert [(each.round, each.pair) for each in kept] == [(each.number, pair) for each in rounds for pair in each.pairs]
    assert all((each.gb_per_second is None) == ("train-1" in each.pair) for each in kept)


def test_a_round_stays_until_it_is_measured() -> None:
    """So that a caller may ask again."""
    isolation = Isolation(named(6))

    assert isolation.next_round() == isolation.next_round()


def test_what_was_not_asked_for_is_refused() -> None:
    """Other pairs, no bandwidth, strangers, a node named twice."""
    isolation = Isolation(named(4))
    with pytest.raises(ValueError, match="not the pairs of the round"):
        isolation.measured({Pair("train-0", "train-1"): 48.0})
    asked = isolation.next_round()
    assert asked is not None
    for figure in (math.nan, math.inf, -1.0):
        with pytest.raises(ValueError, match="no bandwidth"):
            isolation.measured(dict.fromkeys(asked.pairs, figure))
    with pytest.raises(ValueError, match="not nodes of this fleet: train-9"):
        isolation.measured_inside({"train-9": 460.0})
    with pytest.raises(ValueError, match="not nodes of this fleet: train-9"):
        isolation.measured_rails({"train-9": [6.0]})
    with pytest.raises(ValueError, match="named twice"):
        Isolation(["train-0", "train-0"])
    assert isolation.verdict().measurements == ()


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_nothing_to_measure_without_a_pair(count: int) -> None:
    """And nobody is called clean."""
    isolation = Isolation(named(count))

    assert isolation.next_round() is None
    assert isolation.verdict().clean == ()
    assert isolation.verdict().fleet == "no pair was measured"


def test_a_broken_node_says_nothing_of_its_partners_and_is_left_out() -> None:
    """Who met broken ones alone meets sound ones after the ring."""
    isolation = Isolation(named(8))
    broken = {"train-1": "no torch", "train-3": "no torch"}
    while asked := isolation.next_round():
        isolation.measured({pair: None if broken.keys() & pair else 48.0 for pair in asked.pairs}, broken)
    found = isolation.verdict()

    assert [(each.kind, each.nodes, each.reason) for each in found.accusations] == [
        (Kind.BROKEN, ("train-1",), "no torch"),
        (Kind.BROKEN, ("train-3",), "no torch"),
    ]
    assert found.bad == broken.keys()
    assert set(found.clean) == set(found.ring) == set(named(8)) - broken.keys()


def test_a_broken_node_of_another_fleet_is_refused() -> None:
    """Like a figure of one."""
    isolation = Isolation(named(2))
    asked = isolation.next_round()
    assert asked is not None

    with pytest.raises(ValueError, match="not nodes of this fleet: other-0"):
        isolation.measured(dict.fromkeys(asked.pairs, 48.0), {"other-0": "no torch"})
