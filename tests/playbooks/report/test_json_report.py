"""Tests of report.json."""

import json
import math
from dataclasses import replace

import pytest
from pydantic import ValidationError

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.report.json_report import from_json, to_json
from tests.playbooks.report.runs import failing, passing


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
