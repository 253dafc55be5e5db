"""Which node moves data more slowly than it must, or than the rest of its fleet."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from playbooks.checks import answer
from playbooks.checks.check import Ask
from playbooks.findings import Figure, Finding, Threshold, Verdict, judge
from playbooks.thresholds import fleet
from playbooks.thresholds.gpu import strictest

# Of the median. Disks and networks are shared: healthy nodes differ by far more than their GPUs do.
FRACTION = 0.3
UNIT = "GB/s"
STAND_IN = "the sandbox's nodes share one machine's disk and network, so their throughputs say nothing of them"


def gb_per_second(bytes_moved: int, seconds: float) -> float:
    """A throughput in units of 1e9 bytes a second."""
    return bytes_moved / seconds / 1e9


class Window(answer.Answer):
    """What one node moved, from when to when by its own clock."""

    bytes: int = Field(gt=0)
    began: float
    ended: float

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.ended <= self.began:
            raise ValueError(f"it ends at {self.ended}, when it had not begun")
        return self

    @property
    def gb_per_second(self) -> float:
        """Its throughput."""
        return gb_per_second(self.bytes, self.ended - self.began)


class Measure(NamedTuple):
    """What is measured of each node, and what it must reach.

    Attributes:
        check: the check's name.
        what: the figure's name, such as `scratch write`.
        action: what to do about a slow node.
        said: what the settings say that it must reach; it decides alone.
        known: what a document says of the hardware, whatever the others reach.
    """

    check: str
    what: str
    action: str
    said: Threshold | None = None
    known: Threshold | None = None


def findings(ask: Ask, measure: Measure, values: Mapping[str, float]) -> list[Finding]:
    """Each node's throughput, in GB/s, against its threshold; one finding for all where there is none.

    That one is SKIPPED, with the figures: INCONCLUSIVE would be the verdict of every small fleet, run after run.

    Args:
        ask: what was asked.
        measure: what was measured.
        values: by node; nodes that gave no answer are not in it.
    """
    if not values:
        return []
    usual = None if ask.stand_in else fleet.of_fleet(values, fraction=FRACTION)
    threshold = measure.said or (None if ask.stand_in else strictest(measure.known, usual))
    if threshold is None:
        why = STAND_IN if ask.stand_in else f"{fleet.too_few(values)}; {_range(measure.what, values)}"
        return [Finding(measure.check, tuple(values), Verdict.SKIPPED, why)]
    than = "the fleet" if threshold is usual else "it must be"
    return [_finding(measure, node, value, threshold, than) for node, value in values.items()]


def _finding(measure: Measure, node: str, value: float, threshold: Threshold, than: str) -> Finding:
    figure = Figure(measure.what, value, UNIT)
    verdict = judge(figure, threshold)
    slow = verdict is Verdict.FAIL
    reason = f"{figure.name} is {'slower than' if slow else 'as fast as'} {than}: {value:.3g} {UNIT}"
    return Finding(measure.check, (node,), verdict, reason, figure, threshold, measure.action if slow else "")


def _range(what: str, values: Mapping[str, float]) -> str:
    least, most = min(values.values()), max(values.values())
    return f"{what} was {least:.3g}{f' to {most:.3g}' if most > least else ''} {UNIT}"
