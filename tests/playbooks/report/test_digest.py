"""Tests of what a reader asks of a run first."""

from dataclasses import replace

import pytest

from playbooks.findings import Finding, Verdict
from playbooks.report import digest
from tests.playbooks.report.runs import failing, passing


def test_counts_add_up_and_name_the_worst_first() -> None:
    """Every finding is counted once."""
    run = failing()

    assert digest.counts(run) == {"FAIL": 2, "ERROR": 3, "INCONCLUSIVE": 1, "PASS": 5, "SKIPPED": 3}
    assert len(run.findings) == sum(digest.counts(run).values())
    assert digest.counted(run) == "2 FAIL, 3 ERROR, 1 INCONCLUSIVE, 5 PASS, 3 SKIPPED"


def test_an_unreachable_node_is_one_problem_whatever_the_number_of_checks() -> None:
    """Three checks fail for one reason on one node; there is one thing to do."""
    found = [problem for problem in digest.problems(failing()) if problem.finding.verdict is Verdict.ERROR]

    assert [(each.nodes, each.checks) for each in found] == [(("train-2",), ("host-facts", "storage", "checkpoint"))]


def test_nodes_that_share_a_reason_are_one_problem() -> None:
    """Of two hundred nodes without torch, one problem."""
    lost = tuple(Finding("all-reduce", (f"train-{number}",), Verdict.ERROR, "No torch.") for number in range(200))
    (problem,) = digest.problems(replace(passing(200), findings=lost))

    assert digest.hostlist(problem.nodes) == "train-[0-199]"


def test_failures_come_before_errors_and_passes_are_no_problems() -> None:
    """The order in which a person acts."""
    verdicts = [problem.finding.verdict for problem in digest.problems(failing())]

    assert verdicts == [Verdict.FAIL, Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE]
    assert digest.problems(passing()) == []


def test_each_node_has_the_worst_verdict_of_what_is_said_of_it() -> None:
    """A collective's verdict is its nodes' too; a node that exists and is not spoken of is not known to be well."""
    run = failing()
    verdicts = digest.node_verdicts(replace(run, findings=(run.findings[1], run.findings[2], run.findings[3])))

    assert verdicts == {"train-0": "INCONCLUSIVE", "train-1": "FAIL", "train-2": "ERROR", "train-3": "PASS"}


def test_a_declared_node_that_was_not_found_belongs_to_the_fleet_of_its_name() -> None:
    """It has no instance, and is listed all the same."""
    missing = Finding("inventory", ("train-9",), Verdict.ERROR, "Declared, but no instance was found.")
    run = replace(passing(), findings=(missing,))

    assert digest.groups(run)[0].fleet == "train"
    assert digest.node_verdicts(run)["train-9"] is Verdict.ERROR
    assert digest.places(run, digest.problems(run)[0]) == ["train-9, declared, but no instance was found"]


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        (["train-0"], "train-0"),
        (["train-0", "train-1", "train-2", "train-7"], "train-[0-2,7]"),
        (["train-10", "train-9", "eval-0"], "train-[9-10], eval-0"),
        (["jump"], "jump"),
        ([], ""),
    ],
)
def test_names_are_folded_as_slurm_does(names: list[str], folded: str) -> None:
    """A list that can be pasted."""
    assert folded == digest.hostlist(names)


def test_headline_tells_the_outcome() -> None:
    """In one sentence, for every outcome."""
    run = passing()
    skipped = Finding("storage", ("train-0",), Verdict.SKIPPED, "Not here.")

    assert digest.headline(run) == "4 nodes pass every check"
    assert digest.headline(failing()) == "2 checks fail on 3 of 4 nodes"
    assert digest.headline(replace(run, interrupted=True)) == "interrupted; so far, 4 nodes pass every check"
    assert digest.headline(replace(run, findings=())) == "no check has been judged"
    assert digest.headline(replace(run, findings=(skipped,))) == "every check was skipped"


def test_names_of_findings_are_unique_in_their_group() -> None:
    """GitLab drops the second case of a name."""
    twice = (*passing().findings[:1], *passing().findings[:1], *passing().findings[1:2])
    (group,) = digest.groups(replace(passing(), findings=twice))

    names = [each.name for each in digest.named(group)]
    assert names == ["train-0: clock offset", "train-0: clock offset (2)", "train-1"]
