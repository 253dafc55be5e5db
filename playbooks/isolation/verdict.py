"""What the rounds have shown: who is to blame for what, in the order of how much is known."""

from dataclasses import dataclass
from enum import StrEnum

from playbooks.isolation.measurements import Measurement, Pair


class Kind(StrEnum):
    """What is to blame; a broken node failed by itself, which says nothing of the fabric."""

    BROKEN = "broken"
    NODE = "node"
    RAIL = "rail"
    GROUP = "switch group"
    LINK = "link"
    INTERMITTENT = "intermittent"
    UNTOLD = "could not be told"


NAMED = (Kind.BROKEN, Kind.NODE, Kind.RAIL, Kind.GROUP)


@dataclass(frozen=True, slots=True)
class Accusation:
    """One cause.

    Attributes:
        kind: what is to blame.
        nodes: the node; both ends of a link; all nodes of a switch group; all among which it could not be told.
        reason: one sentence with the figures.
        rails: the slow rails of a node, counted from 0.
        group: the switch group that is to blame.
    """

    kind: Kind
    nodes: tuple[str, ...]
    reason: str
    rails: tuple[int, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Isolated:
    """The verdict over a fleet.

    Attributes:
        accusations: broken nodes, then switch groups, nodes, links, what comes and goes, and what could not be told.
        clean: nodes that reached what is normal and stand in no accusation but a link's, in the order of the ring; none
            where the fleet as a whole is slow or cannot be judged, which `fleet` says.
        ring: the nodes for the last, whole collective: without suspects, in an order that avoids the links to blame.
        fleet: what is wrong with the fleet as a whole, a sentence; empty where nothing is.
        normal_gb_per_second: what sound pairs reach.
        bound_gb_per_second: below this a pair is slow.
        measurements: every figure of every pair, in the order of the rounds.
    """

    accusations: tuple[Accusation, ...]
    clean: tuple[str, ...]
    ring: tuple[str, ...]
    fleet: str
    normal_gb_per_second: float
    bound_gb_per_second: float
    measurements: tuple[Measurement, ...]

    @property
    def bad(self) -> frozenset[str]:
        """Nodes that the whole collective does better without: broken, or to blame alone or with their switch group."""
        return frozenset(node for each in self.accusations if each.kind in NAMED for node in each.nodes)

    @property
    def links(self) -> frozenset[Pair]:
        """Pairs that are slow with each other though both ends are good with others."""
        return frozenset(Pair.of(*each.nodes) for each in self.accusations if each.kind is Kind.LINK)

    def of(self, kind: Kind) -> tuple[Accusation, ...]:
        """The accusations of one kind."""
        return tuple(each for each in self.accusations if each.kind is kind)
