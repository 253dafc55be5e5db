"""The state machine that says which pairs to measure next, and in the end which node is to blame.

`while next_round := isolation.next_round(): isolation.measured(measure(next_round.pairs))`, then `verdict()`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from playbooks.isolation.accusations import Evidence, accusations
from playbooks.isolation.cross_pairs import cross_pairs
from playbooks.isolation.measurements import Measurement, Pair, Round
from playbooks.isolation.normal import TOLERANCE, Normal, normal
from playbooks.isolation.parts import Inside, Rails, slow_inside
from playbooks.isolation.ring import around, left_over, matchings, spread
from playbooks.isolation.standing import Standing
from playbooks.isolation.verdict import Isolated, Kind

ROUNDS = 4
RING = "the links of the ring"
CROSS = "suspects with sound nodes, and slow links again"
Broken = Mapping[str, str]
NONE: Broken = MappingProxyType({})


class Isolation:
    """One search for the bad nodes of a fleet.

    Args:
        nodes: names of the nodes, each once, in the order of their ranks.
        groups: the switch group of each node where it is known, such as its lowest of DescribeInstanceTopology.
        expected_gb_per_second: what a pair should reach; None where nothing says it.
        tolerance: the share of normal by which a pair may stay below it.

    Raises:
        ValueError: a node is there twice.
    """

    def __init__(
        self,
        nodes: Sequence[str],
        groups: Mapping[str, str] | None = None,
        expected_gb_per_second: float | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        if len(set(nodes)) < len(nodes):
            raise ValueError("a node is named twice")
        self._groups = groups or {}
        self._expected = expected_gb_per_second
        self._tolerance = tolerance
        self._ring = spread(nodes, self._groups)
        self._planned = matchings(self._ring)
        self._pending: Round | None = None
        self._rounds = 0
        self._log: list[Measurement] = []
        self._figures: dict[Pair, list[float]] = {}
        self._telling: dict[Pair, list[float]] = {}  # without those that a broken node ended
        self._broken: dict[str, str] = {}
        self._inside: Inside = {}
        self._rails: dict[str, Rails] = {}

    def next_round(self) -> Round | None:
        """The pairs to measure at the same time; the same round until it is measured; None at the end."""
        if self._pending is None and self._rounds < ROUNDS:
            pairs, purpose = self._next_pairs()
            self._pending = Round(self._rounds + 1, purpose, pairs) if pairs else None
        return self._pending

    def _next_pairs(self) -> tuple[tuple[Pair, ...], str]:
        if self._rounds < len(self._planned):
            return self._planned[self._rounds], RING
        found = self._normal()
        rest = left_over(self._ring)
        if not found.can_blame:
            return tuple(pair for pair in rest if pair not in self._figures), RING
        known = {*self._known(), *self._broken}  # who met a broken one alone is a suspect, until it meets a sound one
        standing = Standing(self._ring, self._figures, found, known)
        return tuple(cross_pairs(self._ring, standing, self._figures, rest)), CROSS

    def measured(self, figures: Mapping[Pair, float | None], broken: Broken = NONE) -> None:
        """Take in GB/s of every pair of the round; None where the pair's collective failed.

        Args:
            figures: of the pairs.
            broken: nodes that failed by themselves in this round, as a program does that cannot start, and why. That is
                known without any other pair, and says nothing of their partners or of the way between them.

        Raises:
            ValueError: other pairs than the round's, or a figure that is no bandwidth.
        """
        if self._pending is None or figures.keys() != set(self._pending.pairs):
            raise ValueError("these are not the pairs of the round that was asked for")
        self._refuse_strangers(broken)
        _refuse_no_bandwidth(figures.values())
        self._broken = {**broken, **self._broken}
        for pair in self._pending.pairs:
            ended_by = tuple(node for node in pair if node in broken)
            self._log.append(Measurement(self._pending.number, pair, figures[pair], ended_by))
            for kept in (self._figures,) if ended_by else (self._figures, self._telling):
                kept.setdefault(pair, []).append(figures[pair] or 0.0)
        self._rounds, self._pending = self._pending.number, None

    def measured_inside(self, figures: Inside) -> None:
        """Take in GB/s of the collective inside each node, over its own GPUs; best before the first round.

        Raises:
            ValueError: a node that is not of this fleet, or a figure that is no bandwidth.
        """
        self._refuse_strangers(figures)
        _refuse_no_bandwidth(figures.values())
        self._inside = dict(figures)

    def rail_pairs(self) -> dict[str, Pair]:
        """Each node to blame with a sound node of its own, so that its rails can be measured apart, all at once.

        For after the last round. Where sound nodes are fewer than those to blame, some are left out.
        """
        found = self._normal()
        standing = self._standing(found)
        named = [node for node in self._ring if node in standing.bad] if found.can_blame else []
        partners = [node for node in self._ring if standing.is_sound(node) and node not in self._broken]
        sound = [node for node in partners if not standing.slow[node]]
        doubted = [node for node in partners if standing.slow[node]]
        return {node: Pair.of(node, partner) for node, partner in zip(named, sound + doubted, strict=False)}

    def measured_rails(self, figures: Mapping[str, Rails], broken: Broken = NONE) -> None:
        """Take in GB/s of each rail of nodes to blame, measured with their partners of `rail_pairs`.

        Args:
            figures: by node; without those of which a broken node ended a rail.
            broken: nodes that failed by themselves meanwhile, and why.

        Raises:
            ValueError: a node that is not of this fleet, or a figure that is no bandwidth.
        """
        self._refuse_strangers({*figures, *broken})
        self._broken = {**broken, **self._broken}
        _refuse_no_bandwidth(figure for rails in figures.values() for figure in rails)
        self._rails.update(figures)

    def verdict(self) -> Isolated:
        """What is known by now; final when `next_round` has no more to ask."""
        found = self._normal()
        standing = self._standing(found)
        told = tuple(accusations(self._evidence(found, standing)))
        suspects = {node for each in told if each.kind is not Kind.LINK for node in each.nodes}
        sound = tuple(node for node in self._ring if node not in suspects)
        return Isolated(
            accusations=told,
            clean=sound if found.can_clear else (),
            ring=around(sound, {Pair.of(*each.nodes) for each in told if each.kind is Kind.LINK}),
            fleet=found.fleet,
            normal_gb_per_second=found.gb_per_second,
            bound_gb_per_second=found.bound,
            measurements=tuple(self._log),
        )

    def _evidence(self, found: Normal, standing: Standing) -> Evidence:
        return Evidence(
            self._telling,
            found,
            standing,
            self._groups,
            self._inside,
            self._rails,
            broken=self._broken,
            tolerance=self._tolerance,
        )

    def _normal(self) -> Normal:
        return normal(len(self._ring), self._figures, self._expected, self._tolerance)

    def _standing(self, found: Normal) -> Standing:
        return Standing(self._ring, self._telling, found, self._known())

    def _known(self) -> list[str]:
        """Nodes that are bad by themselves, whatever their pairs reach."""
        return slow_inside(self._inside, self._tolerance)

    def _refuse_strangers(self, nodes: Iterable[str]) -> None:
        if strangers := set(nodes) - set(self._ring):
            raise ValueError(f"not nodes of this fleet: {', '.join(sorted(strangers))}")


def _refuse_no_bandwidth(figures: Iterable[float | None]) -> None:
    for figure in figures:
        if figure is not None and not (math.isfinite(figure) and figure >= 0):
            raise ValueError(f"no bandwidth: {figure} GB/s; a collective that failed is None")
