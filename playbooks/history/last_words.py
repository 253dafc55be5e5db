"""last_findings.json: what each check said last of each node, in whichever run; it is what the next one is held to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from playbooks.findings import Finding
from playbooks.history.journal import alone
from playbooks.report.run import Run
from playbooks.whole_files import replace_files

FILE = "last_findings.json"


@dataclass(frozen=True, slots=True)
class Words:
    """What one run said that no later one has said anew.

    Attributes:
        run: the run's name.
        time: when it was started.
        instances: the instance ids of its nodes, by their names.
        findings: those in which it has the last word on one of their nodes at least.
    """

    run: str
    time: datetime
    instances: dict[str, str]
    findings: tuple[Finding, ...]


class Document(BaseModel):
    """The file: runs in the order in which they were made."""

    model_config = ConfigDict(ser_json_inf_nan="strings", extra="forbid")

    version: Literal[1] = 1
    runs: tuple[Words, ...]


def read(folder: Path) -> tuple[Words, ...]:
    """The last words that a folder of reports has; none where there was no run yet.

    Raises:
        OSError: the file is there and cannot be read.
        pydantic.ValidationError: it is not of this version.
    """
    try:
        return Document.model_validate_json((folder / FILE).read_bytes()).runs
    except FileNotFoundError:
        return ()


def keep(folder: Path, run: Run) -> None:
    """Have a run's words be the last ones; the file is whole whenever the program ends.

    Raises:
        OSError: it cannot be read or written; what was there is still there.
    """
    with alone(folder):
        try:
            earlier = read(folder)
        except ValidationError:  # `look_back` has said so in this run's report
            earlier = ()
        document = Document(runs=(*outlasting(earlier, run), words(run)))
        replace_files(folder, {FILE: document.model_dump_json().encode() + b"\n"})


def words(run: Run) -> Words:
    """What a run says."""
    instances = {node.name: node.instance_id for node in run.nodes}
    return Words(run.run, run.started, instances, tuple(map(undrawn, run.findings)))


def undrawn(finding: Finding) -> Finding:
    """A finding without what is drawn of it, which is most of its size; a retest needs what is said and its proof."""
    return replace(finding, series=(), samples=(), matrices=(), parts=())


def outlasting(earlier: Sequence[Words], run: Run) -> list[Words]:
    """What stays the last word of earlier runs: on checks and nodes of which this run says nothing.

    A run over the whole environment names every node that there is; nothing is kept of those that are no more.
    """
    said = _subjects(run.findings)
    there = {node.name for node in run.nodes} | {name for _, name in said}
    found: list[Words] = []
    for spoken in reversed(earlier):
        subjects = {each for each in _subjects(spoken.findings) - said if run.only or each[1] in there}
        if findings := tuple(each for each in spoken.findings if subjects & _subjects([each])):
            found.append(replace(spoken, findings=findings))
        said |= subjects
    return found[::-1]


def _subjects(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    """Checks with the nodes of which they speak."""
    return {(finding.check, name) for finding in findings for name in finding.nodes}
