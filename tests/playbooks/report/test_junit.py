"""Tests of report.xml, read back by other readers."""

from collections import Counter
from dataclasses import replace

import junitparser
import pytest

from playbooks.findings import Finding, Verdict
from playbooks.report.junit import to_junit
from playbooks.report.run import Run, Took
from tests.playbooks.report.runs import failing, passing


def _read(run: Run) -> junitparser.JUnitXml:
    read = junitparser.JUnitXml.fromstring(to_junit(run))
    assert isinstance(read, junitparser.JUnitXml)
    return read


def _finding(**changes: object) -> Run:
    finding = Finding("storage", ("train-0",), Verdict.ERROR, "It broke.")
    return replace(passing(), findings=(replace(finding, **changes),))  # type: ignore[arg-type]  # fields by name


def test_a_suite_is_a_check_on_a_fleet_and_a_case_is_a_finding() -> None:
    """Their numbers are those of the run."""
    suites = list(_read(failing()))

    assert [suite.name for suite in suites] == [
        f"sandbox.train.{check}" for check in ("host-facts", "storage", "checkpoint", "all-reduce", "training-step")
    ]
    assert [len(list(suite)) for suite in suites] == [4, 4, 4, 1, 1]


def test_verdicts_become_results() -> None:
    """FAIL fails, ERROR errs, INCONCLUSIVE and SKIPPED are skipped with their reason, PASS is silent."""
    cases = [case for suite in _read(failing()) for case in suite]
    results = Counter(type(result).__name__ for case in cases for result in case.result)

    assert results == {"Failure": 2, "Error": 3, "Skipped": 4}
    assert sum(not case.result for case in cases) == 5
    unjudged = next(case for case in cases if case.classname == "sandbox.train.training-step").result[0]
    assert unjudged.message == "INCONCLUSIVE: Parameters are bit-equal on all ranks after 60 steps."


def test_a_suite_tells_how_long_its_program_took() -> None:
    """One whose figures another check's program brought has no time of its own."""
    took = (Took("storage", "train", 4, 0.9, 1800), Took("storage", "eval", 1, 2.0, 1800))
    suites = [line for line in to_junit(replace(passing(), took=took)).decode().splitlines() if "<testsuite " in line]

    assert ['time="0.900"' in suite for suite in suites] == [False, True, False, False, False]
    assert 'name="sandbox.train.storage"' in suites[1]
    assert " time=" not in suites[2]


def test_totals_agree_with_the_cases() -> None:
    """Readers show the attributes, not what they would count themselves."""
    read = _read(failing())

    assert (read.tests, read.failures, read.errors, read.skipped) == (14, 2, 3, 4)
    for suite in read:
        of_suite = Counter(type(result).__name__ for case in suite for result in case.result)
        counted = (of_suite["Failure"], of_suite["Error"], of_suite["Skipped"])
        assert counted == (suite.failures, suite.errors, suite.skipped)


def test_class_name_and_name_together_are_unique() -> None:
    """GitLab keeps the first of each."""
    cases = [(case.classname, case.name) for suite in _read(passing(50)) for case in suite]

    assert len(cases) == len(set(cases))


def test_a_failure_tells_what_where_from_and_what_to_do() -> None:
    """All that the person who sees only the pipeline's page needs."""
    late = next(case for suite in _read(failing()) for case in suite if case.name == "train-1").result[0]

    assert late.text.splitlines() == [
        "The clock is 4.27 s behind this machine's.",
        "Measured: clock offset 4.27 s, wanted ≤ 1 s",
        "Threshold from: smoke.clockOffsetSeconds in Pulumi.sandbox.yaml",
        "To do: Start the time service: sudo systemctl restart chrony, then chronyc tracking.",
    ]


@pytest.mark.parametrize("canary", ["<script>&\"'", "]]>", "\x00\x1b[31m\x0b", "\ud800", "\ufffe"])
def test_nothing_that_a_node_says_makes_it_invalid(canary: str) -> None:
    """In the reason, the action and the evidence."""
    (suite,) = _read(_finding(reason=canary, action=canary, evidence={canary: canary}))
    (case,) = suite

    assert case.result[0].text


def test_evidence_of_a_thousand_nodes_stays_below_gitlabs_limit() -> None:
    """GitLab ("Unit test reports") refuses a file of 30 MB."""
    loud = tuple(
        Finding("storage", (f"train-{number}",), Verdict.ERROR, "It broke.", evidence={"output": "x" * 100_000})
        for number in range(1000)
    )

    assert len(to_junit(replace(passing(), findings=loud))) < 30_000_000
