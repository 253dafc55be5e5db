"""Fleets of a few nodes with exact figures, driven through the rounds."""

from collections.abc import Callable, Collection, Mapping

from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair, Round

Measure = Callable[[Pair], float | None]


def named(count: int) -> tuple[str, ...]:
    """Names as a fleet has them."""
    return tuple(f"train-{index}" for index in range(count))


def exact(slow: Mapping[str, float | None] | None = None, links: Mapping[Pair, float] | None = None) -> Measure:
    """48 GB/s, but for these nodes (None: its collectives fail) and links."""

    def measure(pair: Pair) -> float | None:
        shares = [(slow or {}).get(node, 48.0) for node in pair]
        if None in shares:
            return None
        return min([share for share in shares if share is not None] + [(links or {}).get(pair, 48.0)])

    return measure


def driven(isolation: Isolation, measure: Measure) -> list[Round]:
    """All rounds, measured to the end."""
    rounds = []
    while asked := isolation.next_round():
        rounds.append(asked)
        isolation.measured({pair: measure(pair) for pair in asked.pairs})
    return rounds


def isolated(nodes: Collection[str], measure: Measure) -> Isolation:
    """The search over these nodes, at its end."""
    isolation = Isolation(tuple(nodes))
    driven(isolation, measure)
    return isolation
