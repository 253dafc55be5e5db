"""Figures of single nodes, set below each other so that the odd one out is seen."""

from statistics import median
from typing import NamedTuple

from playbooks.findings import Figure, Finding, Threshold, Verdict
from playbooks.report.quantities import column, wanted
from playbooks.report.run import Run


class Cell(NamedTuple):
    """A number, and the verdict on it where it was judged."""

    text: str
    verdict: Verdict | None


class Column(NamedTuple):
    """One figure of every node that has it, in one unit; `wanted` is empty where nothing or not all the same was."""

    name: str
    unit: str
    wanted: str
    median: str
    cells: dict[str, Cell]


class Measured(NamedTuple):
    """A figure of one node and what was made of it."""

    node: str
    figure: Figure
    threshold: Threshold | None
    verdict: Verdict | None


def columns(run: Run) -> dict[str, list[Column]]:
    """The figures that were taken of nodes one by one, as columns by their check, in the order of the run."""
    gathered: dict[str, dict[tuple[str, str], list[Measured]]] = {}
    for finding in run.findings:
        for measured in _measured(finding):
            key = (measured.figure.name, measured.figure.unit)
            gathered.setdefault(finding.check, {}).setdefault(key, []).append(measured)
    return {check: [_column(*key, found) for key, found in figures.items()] for check, figures in gathered.items()}


def _measured(finding: Finding) -> list[Measured]:
    if len(finding.nodes) != 1:
        return []
    judged = [Measured(finding.nodes[0], finding.figure, finding.threshold, finding.verdict)] if finding.figure else []
    return judged + [Measured(finding.nodes[0], figure, None, None) for figure in finding.measurements]


def _column(name: str, unit: str, measured: list[Measured]) -> Column:
    values = [each.figure.value for each in measured]
    shown_unit, (middle, *texts) = column([median(values), *values], unit)
    thresholds = {each.threshold for each in measured if each.threshold}
    limit = wanted(next(iter(thresholds)), unit) if len(thresholds) == 1 else ""
    cells = {each.node: Cell(text, each.verdict) for each, text in zip(measured, texts, strict=True)}
    return Column(name, shown_unit, limit, middle, cells)
