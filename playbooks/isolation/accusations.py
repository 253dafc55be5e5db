"""From how nodes and links stand to who is to blame."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from playbooks.isolation import sentences
from playbooks.isolation.measurements import Figures, Pair
from playbooks.isolation.normal import Normal
from playbooks.isolation.parts import Inside, Rails, slow_inside, slow_rails
from playbooks.isolation.standing import Standing
from playbooks.isolation.verdict import Accusation, Kind

GROUP_NODES = 3  # two bad nodes may share a switch group by chance; that all of three or more do is the group's doing
FICKLE_PARTNERS = 3  # a node that is slow with as many and yet good with another is no chain of slow links


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was measured, and by what it is judged; the tolerance is that of figures inside nodes and of rails.

    `broken` says of the nodes that failed by themselves why.
    """

    figures: Figures
    normal: Normal
    standing: Standing
    groups: Mapping[str, str]
    inside: Inside
    rails: Mapping[str, Rails]
    broken: Mapping[str, str]
    tolerance: float


def accusations(evidence: Evidence) -> Iterator[Accusation]:
    """Every cause, the surest first; each slow pair is explained once."""
    yield from (Accusation(Kind.BROKEN, (node,), reason) for node, reason in evidence.broken.items())
    if not evidence.normal.can_blame:
        yield from _all_untold(evidence)
        return
    groups = _groups(evidence)
    in_groups = {node for each in groups for node in each.nodes}
    yield from groups
    bad = sorted(evidence.standing.bad - in_groups, key=list(evidence.standing.good).index)
    yield from (_node(node, evidence) for node in bad)
    yield from _links(evidence)
    for node in _unproven(evidence):
        if node not in in_groups:
            reason = sentences.of_untold(node, evidence.standing, evidence.figures)
            yield Accusation(Kind.UNTOLD, (node,), reason)


def _unproven(evidence: Evidence) -> list[str]:
    return [node for node in evidence.standing.unproven() if node not in evidence.broken]


def _all_untold(evidence: Evidence) -> Iterator[Accusation]:
    nodes = tuple(_unproven(evidence))
    if nodes:
        yield Accusation(Kind.UNTOLD, nodes, evidence.normal.fleet)
    inside = slow_inside(evidence.inside, evidence.tolerance)
    yield from (Accusation(Kind.NODE, (node,), sentences.of_inside(node, evidence.inside)) for node in inside)


def _groups(evidence: Evidence) -> list[Accusation]:
    """Switch groups of which every node was slow, with a sound node or more, and good with nobody."""
    standing = evidence.standing
    members: dict[str, list[str]] = {}
    for node in standing.good:
        if node in evidence.groups:
            members.setdefault(evidence.groups[node], []).append(node)
    return [
        Accusation(Kind.GROUP, tuple(nodes), sentences.of_group(group, nodes, standing, evidence.figures), group=group)
        for group, nodes in members.items()
        if len(nodes) >= GROUP_NODES and all(standing.witnesses(node) and not standing.good[node] for node in nodes)
    ]


def _node(node: str, evidence: Evidence) -> Accusation:
    """A node that is slow with sound nodes, or by itself; and which of its rails, where they were measured."""
    inside = node in slow_inside(evidence.inside, evidence.tolerance)
    slow_with_others = bool(evidence.standing.witnesses(node))
    told = [sentences.of_inside(node, evidence.inside)] if inside else []
    told += [sentences.of_node(node, evidence.standing, evidence.figures)] if slow_with_others else []
    rails = evidence.rails.get(node)
    if rails is None:
        return Accusation(Kind.NODE, (node,), "; ".join(told))
    slow = slow_rails(rails, evidence.tolerance)
    told.append(sentences.of_rails(slow, rails) if slow else sentences.of_equal_rails(rails))
    return Accusation(Kind.RAIL if slow else Kind.NODE, (node,), "; ".join(told), slow)


def _links(evidence: Evidence) -> Iterator[Accusation]:
    """Slow or changing pairs that no bad node explains: first the nodes that come and go, then what is left."""
    standing, figures = evidence.standing, evidence.figures
    changed = [pair for pair in standing.changed if not standing.bad & set(pair)]
    between_sound = [pair for pair in standing.unexplained() if all(map(standing.is_sound, pair))]
    left = list(dict.fromkeys((*between_sound, *changed)))
    while node := _fickle(left, changed):
        slow = [pair.other(node) for pair in left if node in pair]
        left = [pair for pair in left if node not in pair]
        yield Accusation(Kind.INTERMITTENT, (node,), sentences.of_fickle_node(node, slow, standing, figures))
    for pair in left:
        if pair in changed:
            yield Accusation(Kind.INTERMITTENT, pair, sentences.of_change(pair, figures))
        elif _is_sure(pair, evidence):
            yield Accusation(Kind.LINK, pair, sentences.of_link(pair, standing, figures))
        else:
            yield Accusation(Kind.UNTOLD, pair, sentences.of_near_bound(pair, evidence.normal.bound, figures))


def _is_sure(pair: Pair, evidence: Evidence) -> bool:
    """Slow each time; a figure that stands alone must be further off than noise brings one pair of hundreds."""
    normal, found = evidence.normal, evidence.figures[pair]
    alone = normal.noise * normal.gb_per_second if len(found) == 1 else 0.0
    return max(found) < normal.bound - alone


def _fickle(pairs: Sequence[Pair], changed: Sequence[Pair]) -> str:
    """The node with most trouble, where that is no chain of steady slow links; empty where there is none."""
    troubles = Counter(node for pair in pairs for node in pair)
    for node, count in troubles.most_common():
        comes_and_goes = any(node in pair for pair in changed)
        if count >= FICKLE_PARTNERS or (count > 1 and comes_and_goes):
            return node
    return ""
