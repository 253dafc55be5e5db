"""What the smoke gate tells while it runs; the live view listens, tests record."""

from collections.abc import Sequence
from typing import Protocol

from playbooks.findings import Finding


class Progress(Protocol):
    """Somebody who wants to know; called from one thread at a time."""

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """A check begins on these nodes and may take this long."""

    def node_ended(self, check: str, fleet: str, node: str) -> None:
        """One node has answered, or the transport has given it up."""

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """A check is judged."""
