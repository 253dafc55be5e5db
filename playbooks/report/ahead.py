"""How much of a run is still to come, and how long that may take: as the last run took, else the limits together."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from playbooks.progress import Step
from playbooks.report.json_report import FILE, Document

MINUTE_SECONDS = 60


class Ahead:
    """What is still to come of a run.

    Args:
        usual_seconds: how long a check on a fleet took the last time, by both names.
    """

    def __init__(self, usual_seconds: Mapping[tuple[str, str], float]) -> None:
        self._usual_seconds = usual_seconds
        self._steps: dict[tuple[str, str], float] = {}
        self._over: set[tuple[str, str]] = set()
        self._began: dict[tuple[str, str], float] = {}

    def planned(self, steps: Sequence[Step]) -> None:
        """Take these for what is to come."""
        self._steps = {(step.check, step.fleet): step.limit_seconds for step in steps}

    def started(self, check: str, fleet: str) -> None:
        """A step begins."""
        self._began[check, fleet] = time.monotonic()

    def over(self, check: str, fleet: str) -> None:
        """A step will take no more time."""
        self._over.add((check, fleet))

    def place(self, check: str, fleet: str) -> str:
        """Which of the steps it is, in words; nothing where it was not planned."""
        place = {step: number for number, step in enumerate(self._steps, 1)}.get((check, fleet))
        return f"{place} of {len(self._steps)}" if place else ""

    def told(self) -> str:
        """How many steps are not over and how long they may take, in words; nothing where nothing was planned."""
        left = [step for step in self._steps if step not in self._over]
        if not left:
            return ""
        known = all(step in self._usual_seconds for step in left)
        how = "about {} more, as the last run took" if known else "at most {} more"
        steps = f"{len(left)} of {len(self._steps)} steps to go"
        return f"{steps}, {how.format(clock(self._seconds(left)))}"

    def _seconds(self, left: Iterable[tuple[str, str]]) -> float:
        now = time.monotonic()
        expected = {step: self._usual_seconds.get(step, self._steps[step]) for step in left}
        return sum(max(0.0, seconds - (now - self._began.get(step, now))) for step, seconds in expected.items())


def clock(seconds: float) -> str:
    """`1:05`, or `1:00:05` from an hour on."""
    minutes, rest = divmod(round(seconds), MINUTE_SECONDS)
    hours, minutes = divmod(minutes, MINUTE_SECONDS)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def seconds_of_last_run(folder: Path) -> dict[tuple[str, str], float]:
    """How long each check on a fleet took the last time; nothing where there is no report.json that can be read."""
    try:
        took = Document.model_validate_json((folder / FILE).read_bytes()).run.took
    except (OSError, ValidationError):  # the limits are told then; what is wrong with it is said with the history
        return {}
    return {(each.check, each.fleet): each.seconds for each in took}
