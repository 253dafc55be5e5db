"""What the figures say of each node and each link: a good pair clears both ends, a slow one accuses both."""

from collections.abc import Collection, Sequence
from statistics import fmean

from playbooks.isolation.measurements import Figures, Pair
from playbooks.isolation.normal import Normal

WITNESSES = 2  # sound nodes with which a node must be slow before it is named
ENOUGH = 3  # sound nodes with which it is slow, after which no more are asked
CHANGED = 1.5  # a pair that was slow and then not has changed if the two lie this many tolerances apart


class Standing:
    """How every node and link stands after some rounds.

    Attributes:
        good: the partners with which each node was good.
        slow: the partners with which each node was slow.
        slow_pairs: pairs that were slow, by the mean of their figures.
        doubtful: pairs that only just passed.
        changed: pairs that were slow once and good once, by more than noise explains.
        bad: nodes that were slow with two sound nodes or more and good with none, or that are known to be bad.
    """

    def __init__(self, nodes: Sequence[str], figures: Figures, normal: Normal, known: Collection[str] = ()) -> None:
        self.good: dict[str, list[str]] = {node: [] for node in nodes}
        self.slow: dict[str, list[str]] = {node: [] for node in nodes}
        self.slow_pairs: list[Pair] = []
        self.doubtful: list[Pair] = []
        self._known = frozenset(known)
        for pair, found in figures.items():
            self._place(pair, found[0] if len(found) == 1 else fmean(found), normal)
        self.changed = [pair for pair, found in figures.items() if len(found) > 1 and _has_changed(found, normal)]
        self._accused = list(dict.fromkeys(node for pair in self.slow_pairs for node in pair))
        self.bad = self._known | {node for node in self._accused if self._is_bad(node)}

    def _place(self, pair: Pair, figure: float, normal: Normal) -> None:
        first, second = pair
        is_slow = figure < normal.bound or figure == 0
        side = self.slow if is_slow else self.good
        side[first].append(second)
        side[second].append(first)
        if is_slow:
            self.slow_pairs.append(pair)
        elif figure < normal.doubt:
            self.doubtful.append(pair)

    def _is_bad(self, node: str) -> bool:
        return not self.good[node] and len(self.witnesses(node)) >= WITNESSES

    def is_sound(self, node: str) -> bool:
        """Whether the node was good with another, for a pair is only as fast as its slower end."""
        return bool(self.good[node]) and node not in self._known

    def witnesses(self, node: str) -> list[str]:
        """Sound nodes with which this one was slow."""
        return [partner for partner in self.slow[node] if self.is_sound(partner)]

    def suspects(self) -> list[str]:
        """Nodes that were slow and never good, and have not met enough sound ones for the last word."""
        others = len(self.good) - 1
        return [
            node
            for node in self._accused
            if not self.good[node]
            and node not in self._known
            and len(self.witnesses(node)) < ENOUGH
            and len(self.slow[node]) < others
        ]

    def unexplained(self) -> list[Pair]:
        """Slow pairs of which neither end is known to be bad."""
        return [pair for pair in self.slow_pairs if not self.bad & set(pair)]

    def unproven(self) -> list[str]:
        """Nodes that were good with nobody, and are not known to be bad."""
        return [node for node, partners in self.good.items() if not partners and node not in self.bad]


def _has_changed(found: Sequence[float], normal: Normal) -> bool:
    low, high = min(found), max(found)
    span = CHANGED * normal.tolerance * normal.gb_per_second
    return low < normal.bound <= high and high - low > span
