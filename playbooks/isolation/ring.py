"""The ring through all nodes, and its links as rounds of disjoint pairs: two rounds, and one link more if odd."""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from playbooks.isolation.measurements import Pair

SMALL = 4  # nodes: with the two diagonals of its ring every pair of such a fleet is measured


def spread(nodes: Sequence[str], groups: Mapping[str, str]) -> tuple[str, ...]:
    """The nodes in an order in which neighbours lie in different switch groups, as far as the groups allow it.

    The order is by chance, the same each time, so that a group meets many others. Nodes without a group count as groups
    of their own; where no two are known to share one, the order stays.
    """
    left = Counter(groups.get(node, node) for node in nodes)
    if len(left) == len(nodes):
        return tuple(nodes)
    waiting = list(nodes)
    random.Random(0).shuffle(waiting)  # noqa: S311 - an order, no secret
    ring: list[str] = []
    last = ""
    while waiting:
        node = _next(waiting, left, groups, last)
        waiting.remove(node)
        ring.append(node)
        last = groups.get(node, node)
        left[last] -= 1
    return tuple(ring)


def _next(waiting: Sequence[str], left: Counter[str], groups: Mapping[str, str], last: str) -> str:
    """A node of another group than the last one's; of the largest, where it would else be left with itself."""
    largest, count = left.most_common(1)[0]
    if largest != last and 2 * count > len(waiting):
        return next(node for node in waiting if groups.get(node, node) == largest)
    return next((node for node in waiting if groups.get(node, node) != last), waiting[0])


def matchings(ring: Sequence[str]) -> list[tuple[Pair, ...]]:
    """The links of the ring as at most two rounds; of an odd ring the closing link is left over."""
    starts = (range(0, len(ring) - 1, 2), range(1, len(ring) - len(ring) % 2, 2))
    rounds = [tuple(Pair.of(ring[place], ring[(place + 1) % len(ring)]) for place in each) for each in starts]
    return list(dict.fromkeys(each for each in rounds if each))


def left_over(ring: Sequence[str]) -> tuple[Pair, ...]:
    """What is measured after those two rounds in every fleet: the closing link of an odd ring, a square's diagonals."""
    if len(ring) == SMALL:
        return Pair.of(ring[0], ring[2]), Pair.of(ring[1], ring[3])
    return (Pair.of(ring[-1], ring[0]),) if len(ring) % 2 and len(ring) > 1 else ()


def around(ring: Sequence[str], links: Collection[Pair]) -> tuple[str, ...]:
    """The ring in an order in which no neighbours are one of these links; a node with no such place is left out."""
    placed: list[str] = []
    waiting: list[str] = []
    for node in ring:
        if placed and Pair.of(placed[-1], node) in links:
            waiting.append(node)
        else:
            placed.append(node)
    while len(placed) > 1 and Pair.of(placed[-1], placed[0]) in links:
        waiting.append(placed.pop())
    for node in waiting:
        place = next((place for place in range(1, len(placed)) if _fits(node, placed, place, links)), None)
        if place is not None:
            placed.insert(place, node)
    return tuple(placed)


def _fits(node: str, ring: Sequence[str], place: int, links: Collection[Pair]) -> bool:
    return Pair.of(ring[place - 1], node) not in links and Pair.of(node, ring[place]) not in links
