"""What the smoke gate tells while it runs; the live view listens, tests record."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from playbooks.findings import Finding


class Step(NamedTuple):
    """A check on a fleet, how long it may take, and whether other fleets wait for it or run it meanwhile."""

    check: str
    fleet: str
    limit_seconds: float
    alone: bool = True


class Progress(Protocol):
    """Somebody who wants to know; called from one thread at a time."""

    def planned(self, steps: Sequence[Step]) -> None:
        """These are to come, in this order, as far as it is known."""

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """A check begins on these nodes and may take this long."""

    def node_ended(self, check: str, fleet: str, node: str) -> None:
        """One node has answered, or the transport has given it up."""

    def ended(self, check: str, fleet: str) -> None:
        """A step that is judged together with others, such as a round of pairs, is over."""

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """A check is judged."""
