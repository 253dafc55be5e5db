"""Tests of the schema of report.json."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from playbooks.findings import Figure, Finding, Series, Verdict
from playbooks.history.last_words import words
from playbooks.history.retest import changes
from playbooks.report.json_report import to_json
from playbooks.report.run import Run
from playbooks.report.schema import SCHEMA_FILE, schema_text
from tests.playbooks.report.runs import failing, gpu_fleet, passing

ODD = Finding(
    "a",
    (),
    Verdict.INCONCLUSIVE,
    "",
    Figure("b", math.nan, ""),
    series=(Series("c", "", "", "", "", ((1.0, math.inf),)),),
)


def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_that_of_the_models() -> None:
    """`python -m playbooks.report.schema` writes it."""
    assert schema_text() == SCHEMA_FILE.read_text("utf-8")


@pytest.mark.parametrize(
    "run",
    [passing(), failing(), gpu_fleet(4), replace(failing(), findings=(ODD,)), replace(passing(), findings=())],
    ids=["passing", "failing", "gpus", "odd", "empty"],
)
def test_reports_are_valid_by_it(run: Run) -> None:
    """Whatever the run: NaN stands as a text."""
    assert list(_validator().iter_errors(json.loads(to_json(run)))) == []


@pytest.mark.parametrize(
    "change",
    [{"schema_version": 1}, {"verdict": "GOOD"}, {"exit_status": "0"}, {"run": {}}, {"counts": {"PASS": 0.5}}],
    ids=str,
)
def test_what_is_no_report_is_not(change: dict[str, Any]) -> None:
    """A schema that takes anything proves nothing."""
    document = json.loads(to_json(failing())) | change

    assert list(_validator().iter_errors(document))


def test_a_report_says_all_that_the_schema_asks_for() -> None:
    """A program that was written against the schema finds every key."""
    document = json.loads(to_json(gpu_fleet(4)))
    for key in document:
        assert list(_validator().iter_errors({name: value for name, value in document.items() if name != key}))


def test_a_report_that_tells_of_changes_is_valid_by_it() -> None:
    """Both sides of each."""
    document = json.loads(to_json(gpu_fleet(4), changes([words(gpu_fleet(4, sick=False))], gpu_fleet(4))))

    assert document["changes"]
    assert list(_validator().iter_errors(document)) == []


def test_the_schema_goes_with_the_package() -> None:
    """Beside the module that makes it."""
    assert Path(SCHEMA_FILE).parent.joinpath("schema.py").is_file()
