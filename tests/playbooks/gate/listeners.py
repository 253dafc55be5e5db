"""Who is told what the gate does."""

from collections.abc import Sequence

from playbooks.findings import Finding
from playbooks.progress import Step


class Silent:
    """Nobody listens."""

    def planned(self, steps: Sequence[Step]) -> None:
        """Nothing."""

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """Nothing."""

    def node_ended(self, check: str, fleet: str, node: str) -> None:
        """Nothing."""

    def ended(self, check: str, fleet: str) -> None:
        """Nothing."""

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """Nothing."""


class Recording(Silent):
    """Keeps the start and the end of every step."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """Keep it."""
        self.told.append(f"{check} on {fleet} starts on {len(nodes)}, at most {budget_seconds:g} s")

    def ended(self, check: str, fleet: str) -> None:
        """Keep it."""
        self.told.append(f"{check} on {fleet} ends")

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """Keep it."""
        self.told.append(f"{check} on {fleet}: {', '.join(finding.verdict for finding in findings)}")
