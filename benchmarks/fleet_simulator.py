"""Fleets that exist only as numbers: nodes, links, rails and switch groups with planted faults, and noisy figures."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair

NOMINAL_GB_PER_SECOND = 48.0
NOMINAL_INSIDE_GB_PER_SECOND = 460.0
RAILS = 8
GROUP_NODES = 8
BAD = 0.7  # of nominal: the best that a fault leaves, so the hardest to see


class Fault(StrEnum):
    """What is planted."""

    NODE = "slow node"
    RAIL = "one slow rail"
    LINK = "slow link of the ring"
    ANY_LINK = "slow link anywhere"
    DEAD = "node whose collectives fail"
    INSIDE = "node slow inside and outside"
    GROUP = "switch group"
    HALF = "intermittent, half of the time"
    FIFTH = "intermittent, a fifth of the time"


MIXED = (Fault.NODE, Fault.RAIL, Fault.LINK)
SHARE_OF_TIME = {Fault.HALF: 0.5, Fault.FIFTH: 0.2}


@dataclass
class Fleet:
    """A fleet with its planted faults.

    Attributes:
        nodes: in the order of their ranks.
        chance: where noise and faults that come and go are drawn from.
        noise: standard deviation of a figure, as a share of it.
        groups: the switch group of each node.
        faults: the fault of each bad node.
        links: pairs that are slow; those of the ring lie between neighbours in the order of the nodes.
        rails: which rail of a node is slow.
    """

    nodes: tuple[str, ...]
    chance: random.Random
    noise: float
    groups: Mapping[str, str] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    links: set[Pair] = field(default_factory=set)
    rails: dict[str, int] = field(default_factory=dict)

    @property
    def planted(self) -> int:
        """How many nodes and links are bad."""
        return len(self.faults) + len(self.links)

    def measure(self, pairs: Sequence[Pair]) -> dict[Pair, float | None]:
        """GB/s of each pair: of the slower end or the link, with noise."""
        figures: dict[Pair, float | None] = {}
        for pair in pairs:
            share = min(self._share(pair.first), self._share(pair.second), BAD if pair in self.links else 1.0)
            figures[pair] = self._noisy(NOMINAL_GB_PER_SECOND * share) if share else None
        return figures

    def measure_inside(self) -> dict[str, float | None]:
        """GB/s of the collective inside each node."""
        slow = {node for node, fault in self.faults.items() if fault is Fault.INSIDE}
        return {node: self._noisy(NOMINAL_INSIDE_GB_PER_SECOND * (BAD if node in slow else 1.0)) for node in self.nodes}

    def measure_rails(self, pairs: Mapping[str, Pair]) -> dict[str, list[float | None]]:
        """GB/s of each rail of these nodes, with a partner each."""
        return {node: [self._rail(pair, rail) for rail in range(RAILS)] for node, pair in pairs.items()}

    def _rail(self, pair: Pair, rail: int) -> float | None:
        apart = {node: 1.0 for node in pair if self.faults.get(node) is Fault.RAIL and self.rails[node] != rail}
        share = min(apart.get(node) or self._share(node) for node in pair)
        return self._noisy(NOMINAL_GB_PER_SECOND / RAILS * share) if share else None

    def _share(self, node: str) -> float:
        """How much of nominal a node gives now."""
        fault = self.faults.get(node)
        if fault is None:
            return 1.0
        if fault is Fault.DEAD:
            return 0.0
        comes_and_goes = fault in SHARE_OF_TIME and self.chance.random() >= SHARE_OF_TIME[fault]
        return 1.0 if comes_and_goes else BAD

    def _noisy(self, figure: float) -> float:
        return max(0.0, figure * (1 + self.noise * self.chance.gauss()))


def fleet(seed: int, size: int, rate: float, noise: float, kinds: Sequence[Fault] = MIXED) -> Fleet:
    """A fleet with this share of faults, one at least where the share is not 0, each of a kind drawn by chance.

    A switch group counts as all of its nodes.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation that must be repeatable
    nodes = tuple(f"node-{index}" for index in range(size))
    made = Fleet(nodes, chance, noise)
    if Fault.GROUP in kinds:
        made.groups = {node: f"leaf-{index // GROUP_NODES}" for index, node in enumerate(nodes)}
    while rate and made.planted < max(1, round(rate * size)):
        _plant(chance.choice(kinds), made)
    return made


def _plant(fault: Fault, made: Fleet) -> None:
    """One more fault, at a node or link that has none."""
    if fault in (Fault.LINK, Fault.ANY_LINK):
        made.links.add(_link(fault, made))
    elif fault is Fault.GROUP:
        group = made.chance.choice(list(made.groups.values()))
        made.faults.update({node: fault for node in made.nodes if made.groups[node] == group})
    else:
        node = made.chance.choice([node for node in made.nodes if node not in made.faults])
        made.faults[node] = fault
        made.rails[node] = made.chance.randrange(RAILS)


def _link(fault: Fault, made: Fleet) -> Pair:
    while True:
        if fault is Fault.LINK:
            place = made.chance.randrange(len(made.nodes))
            link = Pair.of(made.nodes[place - 1], made.nodes[place])
        else:
            link = Pair.of(*made.chance.sample(made.nodes, 2))
        if link not in made.links:
            return link


def isolate(simulated: Fleet, *, parts: bool = False) -> Isolation:
    """Drive the rounds to their end, as the smoke gate does; with `parts`, inside the nodes and rail by rail too."""
    isolation = Isolation(simulated.nodes, simulated.groups)
    if parts:
        isolation.measured_inside(simulated.measure_inside())
    while asked := isolation.next_round():
        isolation.measured(simulated.measure(asked.pairs))
    if parts:
        isolation.measured_rails(simulated.measure_rails(isolation.rail_pairs()))
    return isolation
