"""What a check found: a verdict that stands on a figure and on a threshold that says where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What is known after a check; never a guess."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"  # measured, with nothing to judge by
    SKIPPED = "SKIPPED"  # does not apply here; the reason says why
    ERROR = "ERROR"  # the check itself could not run or its answer could not be read


WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.SKIPPED)


class Bound(StrEnum):
    """On which side of a threshold a figure must lie; the threshold itself is allowed."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number: what it is, its value and its unit (`GB/s`), empty where the name says what is counted."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Series:
    """A curve that was measured, such as bus bandwidth against message size; points are (x, y) in these units.

    `limit` is the ceiling of y, in its unit; None where none is known.
    """

    name: str
    x_name: str
    x_unit: str
    y_name: str
    y_unit: str
    points: tuple[tuple[float, float], ...]
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """One figure of each part of a node, such as TFLOP/s of each GPU: values in this unit, parts by their names."""

    name: str
    unit: str
    parts: tuple[str, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A figure of each pair, such as the bandwidth between two nodes; cells are (row, column, value).

    A pair without a cell was not measured; a value of None was, and failed.
    """

    name: str
    unit: str
    names: tuple[str, ...]
    cells: tuple[tuple[str, str, float | None], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Hardware in a node that a vendor knows: `GPU 3`, its model, and the numbers by which it names itself."""

    name: str
    model: str
    serial: str
    uuid: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a figure must reach, in the figure's unit, and where that number comes from."""

    bound: Bound
    value: float
    source: str

    def holds(self, value: float) -> bool:
        """Whether a figure of this value is good enough; NaN never is."""
        return value >= self.value if self.bound is Bound.AT_LEAST else value <= self.value


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of some nodes.

    Attributes:
        check: the check's name, such as `all-reduce`.
        nodes: names of the nodes that the verdict is about, in the fleet's order.
        verdict: what is known.
        reason: one sentence for the person who reads the report.
        figure: what was measured and judged; None where nothing was measured.
        threshold: what the figure was held against; None where there is nothing to judge by.
        action: what to do about it; empty where nothing needs doing.
        measurements: further figures, not judged.
        series: curves, for a plot.
        samples: figures of the nodes' parts, for a distribution over the fleet.
        matrices: figures of pairs, for a heat map.
        parts: the hardware that the finding's one node has shown.
        evidence: what proves it, by name: a command, the lines of an output, a host key.
        of_machine: whether an ERROR is the machine's own: it is lost, it hangs, or its GPU broke the program. Any other
            may as well be the image's, the settings' or the check's, and is no ground to replace a machine.
    """

    check: str
    nodes: tuple[str, ...]
    verdict: Verdict
    reason: str
    figure: Figure | None = None
    threshold: Threshold | None = None
    action: str = ""
    measurements: tuple[Figure, ...] = ()
    series: tuple[Series, ...] = ()
    samples: tuple[Samples, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    parts: tuple[Part, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    of_machine: bool = False

    def __post_init__(self) -> None:
        """Refuse a PASS or a FAIL that rests on nothing.

        Raises:
            ValueError: the verdict does not follow from the figure and the threshold.
        """
        if self.verdict in (Verdict.PASS, Verdict.FAIL):
            if self.figure is None or self.threshold is None:
                raise ValueError(f"{self.check}: {self.verdict} needs a figure and a threshold")
            if self.threshold.holds(self.figure.value) != (self.verdict is Verdict.PASS):
                raise ValueError(f"{self.check}: {self.verdict} contradicts {self.figure} against {self.threshold}")


def judge(figure: Figure, threshold: Threshold | None) -> Verdict:
    """The verdict that a figure earns against its threshold."""
    if threshold is None:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS if threshold.holds(figure.value) else Verdict.FAIL


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several together; of none at all, nothing is known."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), Verdict.INCONCLUSIVE)
