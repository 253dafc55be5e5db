"""report.json: everything of a run, for programs; what it says is read back as the same run."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, computed_field

from playbooks.findings import Verdict
from playbooks.report.digest import counts
from playbooks.report.run import Run

FILE = "report.json"
RUN = TypeAdapter(Run)


class Document(BaseModel):
    """A report of the smoke gate: its version, the outcome, and the run itself."""

    model_config = ConfigDict(ser_json_inf_nan="strings", extra="ignore")

    schema_version: Literal[2] = 2  # 2: samples, matrices and parts of a finding, limits of curves, zones and regions
    run: Run

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


def to_json(run: Run) -> bytes:
    """The run as JSON in UTF-8."""
    return Document(run=encodable(run)).model_dump_json(indent=1).encode() + b"\n"


def encodable(run: Run) -> Run:
    r"""The run with `?` for every lone surrogate: a node may answer `"\ud800"`, which no UTF-8 file can hold."""
    text = json.dumps(RUN.dump_python(run, mode="json"), ensure_ascii=False)
    return RUN.validate_python(json.loads(text.encode("utf-8", "replace")))


def from_json(text: bytes) -> Run:
    """The run that a report.json tells of.

    Raises:
        pydantic.ValidationError: it is not a report of this schema version.
    """
    return Document.model_validate_json(text).run
