"""report.json: everything of a run, and what was said before of what it says, for programs."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, computed_field

from playbooks.findings import Verdict
from playbooks.history.last_words import undrawn
from playbooks.history.retest import Change
from playbooks.report.digest import counts
from playbooks.report.run import Run

FILE = "report.json"
RUN = TypeAdapter(Run)


class Document(BaseModel):
    """A report of the smoke gate: its version, the outcome, the run itself, and what it says otherwise than before."""

    model_config = ConfigDict(ser_json_inf_nan="strings", extra="ignore")

    schema_version: Literal[2] = 2  # 2: samples, matrices and parts of a finding, limits of curves, zones and regions
    run: Run
    changes: tuple[Change, ...] = ()

    @computed_field
    def verdict(self) -> Verdict:
        """The run's verdict."""
        return self.run.verdict

    @computed_field
    def exit_status(self) -> int:
        """What the command exited with."""
        return self.run.exit_status

    @computed_field
    def counts(self) -> dict[Verdict, int]:
        """How many findings ended in each verdict."""
        return counts(self.run)


def to_json(run: Run, changes: Iterable[Change] = ()) -> bytes:
    """The run as JSON in UTF-8; the changes are without what is drawn of their findings, which the run has."""
    plain = [replace(each, after=replace(each.after, finding=undrawn(each.after.finding))) for each in changes]
    return Document(run=encodable(run), changes=tuple(plain)).model_dump_json(indent=1).encode() + b"\n"


def encodable(run: Run) -> Run:
    r"""The run with `?` for every lone surrogate: a node may answer `"\ud800"`, which no UTF-8 file can hold."""
    text = json.dumps(RUN.dump_python(run, mode="json"), ensure_ascii=False)
    return RUN.validate_python(json.loads(text.encode("utf-8", "replace")))
