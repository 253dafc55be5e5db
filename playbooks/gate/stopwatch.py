"""Notes how long each check of a run took, on the way to who else wants to know of it."""

import time
from collections.abc import Sequence

from playbooks.findings import Finding
from playbooks.progress import Progress, Step
from playbooks.report.run import Took


class Stopwatch:
    """Passes on everything that it is told, and times it.

    Args:
        progress: who else is told.

    Attributes:
        took: every step that is over, in the order in which they ended.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._running: dict[tuple[str, str], tuple[float, int, float]] = {}
        self.took: list[Took] = []

    def planned(self, steps: Sequence[Step]) -> None:
        """Pass it on."""
        self._progress.planned(steps)

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """Start the clock."""
        self._running[check, fleet] = time.monotonic(), len(nodes), budget_seconds
        self._progress.started(check, fleet, nodes, budget_seconds)

    def node_ended(self, check: str, fleet: str, node: str) -> None:
        """Pass it on."""
        self._progress.node_ended(check, fleet, node)

    def ended(self, check: str, fleet: str) -> None:
        """Stop the clock."""
        self._stop(check, fleet)
        self._progress.ended(check, fleet)

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """Stop the clock; a check that was skipped has none."""
        self._stop(check, fleet)
        self._progress.finished(check, fleet, findings)

    def _stop(self, check: str, fleet: str) -> None:
        if running := self._running.pop((check, fleet), None):
            began, nodes, limit_seconds = running
            self.took.append(Took(check, fleet, nodes, time.monotonic() - began, limit_seconds))
