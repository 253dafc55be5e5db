"""One line of the history: what one run found on one node, and by which numbers its hardware is known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from playbooks.findings import Figure, Finding, Part, Verdict, worst
from playbooks.nodes import Node
from playbooks.report.run import Run

NO_NUMBER = ("", "0", "N/A", "[N/A]", "Unknown Error")  # what tools print for a serial number that they don't know


class Kept(BaseModel):
    """What a line is made of; a line of another shape is not read."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


@dataclass(frozen=True, slots=True)  # thousands of lines have dozens each: a pydantic model takes 8 times the memory
class Taken:
    """What a check said of a node: a figure where it took one, and a verdict where it judged.

    `alone` is whether it was said of this node and no other; what a collective says is said of all its nodes.
    """

    check: str
    figure: str
    value: float | None
    unit: str
    verdict: Verdict | None
    alone: bool


class Hardware(Kept):
    """A part of the node, the numbers by which it is known anywhere, and its own figures."""

    name: str
    model: str
    serial: str
    uuid: str
    figures: tuple[Taken, ...] = ()

    @property
    def identity(self) -> str:
        """What is the same wherever the part is: its UUID, or else its serial number; empty where it told neither."""
        return next((each for each in (self.uuid, self.serial) if each not in NO_NUMBER), "")


class Entry(Kept):
    """One node in one run."""

    version: Literal[1] = 1
    run: str
    time: datetime
    node: str
    instance_id: str
    instance_type: str
    figures: tuple[Taken, ...]
    parts: tuple[Hardware, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of what was said of this node alone."""
        return worst(taken.verdict for taken in self.figures if taken.alone and taken.verdict)

    @property
    def bad(self) -> list[Taken]:
        """What failed or could not be judged on this node alone."""
        return [taken for taken in self.figures if taken.alone and taken.verdict in (Verdict.FAIL, Verdict.ERROR)]

    @property
    def identities(self) -> frozenset[str]:
        """The parts that told who they are."""
        return frozenset(part.identity for part in self.parts if part.identity)


def entries(run: Run) -> list[Entry]:
    """A line for every node that exists."""
    spoken_of: dict[str, list[Finding]] = {}
    for finding in run.findings:
        for name in finding.nodes:
            spoken_of.setdefault(name, []).append(finding)
    return [_entry(run, node, spoken_of.get(node.name, [])) for node in run.nodes]


def parts(findings: Iterable[Finding]) -> dict[str, Part]:
    """The parts of a node by their names, from the findings that are its own."""
    return {part.name: part for finding in findings if len(finding.nodes) == 1 for part in finding.parts}


def _entry(run: Run, node: Node, findings: list[Finding]) -> Entry:
    return Entry(
        run=run.run,
        time=run.started,
        node=node.name,
        instance_id=node.instance_id,
        instance_type=node.instance_type,
        figures=tuple(taken for finding in findings for taken in _taken(finding)),
        parts=tuple(_hardware(findings)),
    )


def _taken(finding: Finding) -> Iterator[Taken]:
    alone = len(finding.nodes) == 1
    yield _of(finding.check, finding.figure, finding.verdict, alone=alone)
    for figure in finding.measurements if alone else ():
        yield _of(finding.check, figure, None, alone=alone)


def _of(check: str, figure: Figure | None, verdict: Verdict | None, *, alone: bool) -> Taken:
    if figure is None:
        return Taken(check=check, figure="", value=None, unit="", verdict=verdict, alone=alone)
    return Taken(check=check, figure=figure.name, value=figure.value, unit=figure.unit, verdict=verdict, alone=alone)


def _hardware(findings: list[Finding]) -> Iterator[Hardware]:
    """Each part with its samples; one that has samples and told no numbers is there too."""
    known, figures = parts(findings), dict[str, list[Taken]]()
    for finding in findings:
        for samples in finding.samples if len(finding.nodes) == 1 else ():
            for name, value in zip(samples.parts, samples.values, strict=True):
                figure = Figure(samples.name, value, samples.unit)
                figures.setdefault(name, []).append(_of(finding.check, figure, None, alone=True))
    for name in dict.fromkeys((*known, *figures)):
        part = known.get(name) or Part(name, "", "", "")
        numbers = {"model": part.model, "serial": part.serial, "uuid": part.uuid}
        yield Hardware(name=name, **numbers, figures=tuple(figures.get(name, ())))
