"""Rounds after the ring: suspects meet sound nodes that they have not met, and slow links are measured again."""

from collections.abc import Iterator, Sequence

from playbooks.isolation.measurements import Figures, Pair
from playbooks.isolation.standing import WITNESSES, Standing


class Matching:
    """Disjoint pairs, taken one after the other."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.taken: set[str] = set()

    def take(self, pair: Pair) -> bool:
        """Add a pair, unless one of its ends is taken already."""
        free = self.taken.isdisjoint(pair)
        if free:
            self.pairs.append(pair)
            self.taken.update(pair)
        return free


def cross_pairs(ring: Sequence[str], standing: Standing, figures: Figures, left_over: Sequence[Pair]) -> list[Pair]:
    """The pairs of the next round; none where nothing is left to ask.

    Args:
        ring: all nodes in the order of the ring.
        standing: what is known by now.
        figures: of every pair measured by now.
        left_over: pairs that are to be measured in every fleet.
    """
    suspects = standing.suspects()
    matching = Matching()
    for pair in (*_due(left_over, figures, suspects), *_again(standing, figures)):
        matching.take(pair)
    places = {node: place for place, node in enumerate(ring)}
    for node in (*suspects, *_ends_to_clear(standing, figures)):
        _meet(node, _partners(places[node], ring, standing), matching, figures)
    _among_themselves(suspects, matching, figures)
    return matching.pairs


def _due(left_over: Sequence[Pair], figures: Figures, suspects: Sequence[str]) -> Iterator[Pair]:
    """A link between two suspects would tell nothing; each meets a sound node first."""
    return (pair for pair in left_over if pair not in figures and not set(pair) <= set(suspects))


def _again(standing: Standing, figures: Figures) -> Iterator[Pair]:
    """Pairs measured once whose figure noise may have made: slow between two sound nodes, or only just good."""
    slow = (pair for pair in standing.unexplained() if all(map(standing.is_sound, pair)))
    return (pair for pair in (*slow, *standing.doubtful) if len(figures[pair]) == 1)


def _ends_to_clear(standing: Standing, figures: Figures) -> Iterator[str]:
    """Ends of a link that was slow again or has changed, until each was good with two others."""
    for pair in dict.fromkeys((*standing.unexplained(), *standing.changed)):
        if len(figures[pair]) > 1:
            yield from (node for node in pair if 0 < len(standing.good[node]) < WITNESSES)


def _partners(place: int, ring: Sequence[str], standing: Standing) -> Iterator[str]:
    """Sound nodes to meet, from the far side of the ring on: neighbours share more than the nodes across it.

    Those come first that were slow with nobody.
    """
    half = place + len(ring) // 2
    doubted: list[str] = []
    for step in range(len(ring)):
        node = ring[(half + step) % len(ring)]
        if standing.is_sound(node) and node not in standing.bad:
            if not standing.slow[node]:
                yield node
            else:
                doubted.append(node)
    yield from doubted


def _meet(node: str, partners: Iterator[str], matching: Matching, figures: Figures) -> None:
    """Pair a node with the first that is free and that it has not met, unless it has its pair already."""
    if node in matching.taken:
        return
    for partner in partners:
        if partner != node and Pair.of(node, partner) not in figures and matching.take(Pair.of(node, partner)):
            return


def _among_themselves(suspects: Sequence[str], matching: Matching, figures: Figures) -> None:
    """Where sound nodes are too few: a pair of suspects that is good clears two at once."""
    for node in suspects:
        _meet(node, iter(suspects), matching, figures)
