"""Pairs of nodes that gave no figure: which node failed by itself, which sums wrong, and what each of them says."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from playbooks import thresholds
from playbooks.checks import blame
from playbooks.checks.answer import Failure
from playbooks.checks.fabric.pair import Failed
from playbooks.findings import Figure, Finding, Verdict
from playbooks.isolation.measurements import Pair

_OF_NODE = "Replace the node (`aidc smoke` with --replace says how): what it trains would be wrong too."
_OF_PAIR = "Run the smoke gate again; where it stays so, one of both corrupts what it sums: use neither until you know."


class Place(NamedTuple):
    """Which exchange it was: `round 2` or `rail 5`, and the pair."""

    step: str
    pair: Pair

    def line(self, said: str) -> str:
        """What is said of it, as a line of evidence."""
        return f"{self.step}: {self.pair.first} with {self.pair.second}: {said}"


FailedPairs = Mapping[Place, Failed]


def line(place: Place, failed: FailedPairs) -> str:
    """That it failed, and what each node says of it, where that is known."""
    said = failed[place].said if place in failed else {}
    return place.line("".join(["failed", *(f"; {node}: {words}" for node, words in said.items())]))


def broken(check: str, failed: FailedPairs) -> list[Finding]:
    """An ERROR of each node that failed by itself, as in any check; only what is the machine's own replaces it."""
    failures: dict[str, Failure] = {}
    for each in failed.values():
        for node, failure in each.broken.items():
            known = failures.get(node)
            if known is None or (failure.of_machine and not known.of_machine):
                failures[node] = failure
    return blame.each(check, failures)


def wrong_sums(check: str, failed: FailedPairs, named: Collection[str]) -> list[Finding]:
    """A FAIL of each node that sums wrong, and of each pair that does so and has no such node.

    Args:
        check: whose findings they are.
        failed: all pairs that gave no figure.
        named: the nodes that the rounds name, for they fail with sound ones.
    """
    wrong = {place: each for place, each in failed.items() if each.wrong}
    left = dict.fromkeys(place.pair for place in wrong if not set(place.pair) & set(named))
    of_nodes = [(node, [place for place in wrong if node in place.pair]) for node in named]
    found = [_of_node(check, node, places, wrong) for node, places in of_nodes if places]
    return found + [_of_pair(check, pair, [place for place in wrong if place.pair == pair], wrong) for pair in left]


def _of_node(check: str, node: str, places: Sequence[Place], wrong: FailedPairs) -> Finding:
    partners = dict.fromkeys(place.pair.other(node) for place in places)
    reason = f"{node} sums wrong with {', '.join(partners)}"
    return _wrong(check, (node,), reason, _OF_NODE, {place: wrong[place] for place in places})


def _of_pair(check: str, pair: Pair, places: Sequence[Place], wrong: FailedPairs) -> Finding:
    reason = f"{pair.first} and {pair.second} sum wrong with each other, and nothing tells which of them it is"
    return _wrong(check, pair, reason, _OF_PAIR, {place: wrong[place] for place in places})


def _wrong(check: str, nodes: tuple[str, ...], reason: str, action: str, wrong: FailedPairs) -> Finding:
    figure = Figure("wrong elements", sum(count for each in wrong.values() for count in each.wrong.values()), "")
    return Finding(
        check,
        nodes,
        Verdict.FAIL,
        reason,
        figure,
        thresholds.NO_WRONG_ELEMENTS,
        action,
        evidence={"pairs": "\n".join(line(place, wrong) for place in wrong)},
    )
