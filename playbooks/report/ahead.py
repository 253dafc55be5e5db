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
        self._steps: dict[tuple[str, str], Step] = {}
        self._over: set[tuple[str, str]] = set()
        self._began: dict[tuple[str, str], float] = {}

    def planned(self, steps: Sequence[Step]) -> None:
        """Take these for what is to come."""
        self._steps = {(step.check, step.fleet): step for step in steps}

    def started(self, check: str, fleet: str) -> None:
        """A step begins; whatever was to come before its check and has not, of a fleet that was lost, never will."""
        self._began[check, fleet] = time.monotonic()
        order = list(self._steps)
        first = next((place for place, step in enumerate(order) if step[0] == check), 0)
        self._over.update(step for step in order[:first] if step not in self._began)

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
        """Fleets that run a check at the same time take as long as the slowest of them."""
        together: dict[tuple[str, str], float] = {}
        for step in left:
            of_all = step if self._steps[step].alone else (step[0], "")
            together[of_all] = max(together.get(of_all, 0.0), self._seconds_of(step))
        return sum(together.values())

    def _seconds_of(self, step: tuple[str, str]) -> float:
        now = time.monotonic()
        whole = self._usual_seconds.get(step, self._steps[step].limit_seconds)
        return max(0.0, whole - (now - self._began.get(step, now)))


def clock(seconds: float) -> str:
    """`1:05`, or `1:00:05` from an hour on."""
    minutes, rest = divmod(round(seconds), MINUTE_SECONDS)
    hours, minutes = divmod(minutes, MINUTE_SECONDS)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def seconds_of_last_run(folder: Path) -> dict[tuple[str, str], float]:
    """How long each check on a fleet took the last time.

    Nothing where there is no report.json that can be read, or one of a few nodes only. Collectives may have run once
    more without the nodes to blame; the longer time counts.
    """
    try:
        run = Document.model_validate_json((folder / FILE).read_bytes()).run
    except (OSError, ValidationError):  # the limits are told then
        return {}
    longest: dict[tuple[str, str], float] = {}
    for each in () if run.only else run.took:
        step = each.check, each.fleet
        longest[step] = max(longest.get(step, 0.0), each.seconds)
    return longest
