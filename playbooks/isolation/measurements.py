"""What is measured between two nodes: pairs, rounds of disjoint pairs, and figures."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self


class Pair(NamedTuple):
    """Two nodes that run a collective with each other, in alphabetical order."""

    first: str
    second: str

    @classmethod
    def of(cls, one: str, other: str) -> Self:
        """The pair of two nodes, whichever is named first."""
        return cls(one, other) if one < other else cls(other, one)

    def other(self, node: str) -> str:
        """The end that is not this node."""
        return self.second if node == self.first else self.first


class Round(NamedTuple):
    """Pairs to be measured at the same time; no node is in two of them.

    Attributes:
        number: 1 to 4.
        purpose: what the round is for, in a few words for a progress line.
        pairs: at least one.
    """

    number: int
    purpose: str
    pairs: tuple[Pair, ...]


class Measurement(NamedTuple):
    """One figure of one pair.

    Attributes:
        round: the round's number.
        pair: the two nodes.
        gb_per_second: None where the pair's collective failed.
        broken: which of them failed by themselves, so that the other and the way between them are not to blame.
    """

    round: int
    pair: Pair
    gb_per_second: float | None
    broken: tuple[str, ...] = ()


Figures = Mapping[Pair, Sequence[float]]
"""GB/s of each measured pair, once for each time that it was measured; 0 where the collective failed."""
