"""Tests of report.json."""

import json
import math
from dataclasses import replace

import pytest
from pydantic import ValidationError

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.history.last_words import words
from playbooks.history.retest import changes
from playbooks.report.json_report import Document, to_json
from playbooks.report.run import Run
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing


def from_json(text: bytes) -> Run:
    """The run that a report tells of."""
    return Document.model_validate_json(text).run


@pytest.mark.parametrize("run", [passing(), failing(), replace(failing(), interrupted=True, not_ended=("train-2",))])
def test_what_is_written_is_read_back_as_the_same_run(run: object) -> None:
    """Every node, finding, curve and piece of evidence."""
    assert run == from_json(to_json(run))  # type: ignore[arg-type]  # the parameter's type is lost


def test_it_says_its_version_and_the_outcome() -> None:
    """For programs that need no more."""
    document = json.loads(to_json(failing()))

    assert document["schema_version"] == 2
    assert document["verdict"] == "FAIL"
    assert document["exit_status"] == 1
    assert document["counts"] == {"FAIL": 2, "ERROR": 3, "INCONCLUSIVE": 1, "PASS": 5, "SKIPPED": 3}


def test_nan_is_valid_json_and_comes_back() -> None:
    """A collective that answered NaN failed; a strict reader can still read the report."""
    figure, threshold = Figure("bus bandwidth", math.nan, "GB/s"), Threshold(Bound.AT_LEAST, math.inf, "test")
    run = replace(passing(), findings=(Finding("a", ("train-0",), Verdict.FAIL, "NaN.", figure, threshold),))

    json.loads(to_json(run), parse_constant=pytest.fail)
    again = from_json(to_json(run)).findings[0]
    assert again.figure is not None
    assert math.isnan(again.figure.value)
    assert threshold == again.threshold


def test_a_lone_surrogate_does_not_keep_the_report_from_being_written() -> None:
    r"""A node can answer `"\ud800"` in its JSON."""
    run = replace(passing(), findings=(Finding("a", ("train-0",), Verdict.ERROR, "odd \ud800 text"),))

    assert from_json(to_json(run)).findings[0].reason == "odd ? text"


def test_another_version_is_refused() -> None:
    """Rather than read as something that it is not."""
    document = json.loads(to_json(passing())) | {"schema_version": 1}

    with pytest.raises(ValidationError, match="schema_version"):
        from_json(json.dumps(document).encode())


def test_what_was_said_before_stands_beside_what_is_said_now() -> None:
    """Verdict, figure, threshold, reason and evidence of both, with their runs and times; nothing that is drawn."""
    run = later(gpu_fleet(4, sick=False), 1)
    document = json.loads(to_json(run, changes([words(gpu_fleet(4))], run)))
    gemm, _ = document["changes"]

    assert (gemm["check"], gemm["nodes"], gemm["replaced"]) == ("gemm", ["train-1"], [])
    assert [gemm[side]["finding"]["verdict"] for side in ("before", "after")] == ["FAIL", "PASS"]
    assert [gemm[side]["time"] for side in ("before", "after")] == ["2026-11-27T03:12:00Z", "2026-11-28T03:12:00Z"]
    assert [gemm[side]["run"] for side in ("before", "after")] == [gpu_fleet(4).run, "run-1"]
    assert gemm["before"]["finding"]["evidence"]
    assert gemm["after"]["finding"]["samples"] == []
    assert json.loads(to_json(run))["changes"] == []
