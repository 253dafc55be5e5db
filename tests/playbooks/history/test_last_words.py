"""Tests of what was said last of each node."""

import json
import math
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from playbooks.findings import Figure, Finding, Verdict
from playbooks.history import last_words
from playbooks.history.last_words import keep, read, undrawn
from playbooks.report.run import Run
from tests.playbooks.report.runs import gpu_fleet, later, passing


def _only(number: int, *names: str, check: str = "a") -> Run:
    """A later run in which a check speaks of these nodes alone."""
    nodes = tuple(node for node in passing().nodes if node.name in names)
    findings = tuple(Finding(check, (name,), Verdict.INCONCLUSIVE, f"run {number}") for name in names)
    return replace(later(passing(), number), nodes=nodes, findings=findings, only=names)


def _reasons(folder: Path) -> dict[str, list[str]]:
    """What is kept, by the run that said it: reasons with nodes."""
    return {
        each.run: [f"{finding.reason} of {', '.join(finding.nodes)}" for finding in each.findings]
        for each in read(folder)
    }


def test_the_words_of_a_run_are_read_back_without_what_is_drawn(tmp_path: Path) -> None:
    """Figures, thresholds, reasons and evidence are there, NaN too; curves, pictures and GPUs are not."""
    odd = Finding("odd", ("train-0",), Verdict.INCONCLUSIVE, "", Figure("b", math.nan, "s"))
    run = replace(gpu_fleet(4), findings=(*gpu_fleet(4).findings, odd))
    assert read(tmp_path) == ()

    keep(tmp_path, run)
    (found,) = read(tmp_path)

    assert (found.run, found.time, found.instances["train-1"]) == (run.run, run.started, run.nodes[1].instance_id)
    assert found.findings[:-1] == tuple(map(undrawn, run.findings[:-1]))
    assert found.findings[-1].figure is not None
    assert math.isnan(found.findings[-1].figure.value)
    assert [each for each in found.findings if each.series or each.samples or each.matrices or each.parts] == []


def test_a_run_over_some_nodes_leaves_what_was_said_of_the_others(tmp_path: Path) -> None:
    """Two nodes that are tested again one after the other; what was said anew is not kept twice."""
    for run in (_only(0, "train-0", "train-1", "train-2"), _only(1, "train-1"), _only(2, "train-2")):
        keep(tmp_path, run)

    assert _reasons(tmp_path) == {
        "run-0": ["run 0 of train-0"],
        "run-1": ["run 1 of train-1"],
        "run-2": ["run 2 of train-2"],
    }


def test_what_one_check_says_is_not_the_last_word_of_another(tmp_path: Path) -> None:
    """A node that does not answer is asked nothing: its GPUs are what they were when it was last asked."""
    keep(tmp_path, _only(0, "train-0", check="gemm"))
    keep(tmp_path, _only(1, "train-0", check="reachable"))

    assert list(_reasons(tmp_path)) == ["run-0", "run-1"]


def test_a_finding_over_several_nodes_stays_while_it_is_the_last_word_on_one(tmp_path: Path) -> None:
    """A collective of which one node was tested again."""
    together = Finding("a", ("train-0", "train-1"), Verdict.INCONCLUSIVE, "run 0")
    keep(tmp_path, replace(_only(0, "train-0", "train-1"), findings=(together,)))
    keep(tmp_path, _only(1, "train-0"))
    assert list(_reasons(tmp_path)) == ["run-0", "run-1"]

    keep(tmp_path, _only(2, "train-1"))
    assert list(_reasons(tmp_path)) == ["run-1", "run-2"]


def test_a_run_over_everything_ends_what_was_said_of_nodes_that_are_no_more(tmp_path: Path) -> None:
    """The file does not grow with the names that nodes ever had; one that is missing is spoken of and stays."""
    keep(tmp_path, _only(0, "train-0", "train-2", "train-3"))
    missing = Finding("declared", ("train-3",), Verdict.INCONCLUSIVE, "run 1")
    keep(tmp_path, replace(later(passing(), 1), nodes=passing().nodes[:2], findings=(missing,)))

    assert _reasons(tmp_path) == {"run-0": ["run 0 of train-0", "run 0 of train-3"], "run-1": ["run 1 of train-3"]}


@pytest.mark.parametrize("odd", ["", "{}", '{"version": 2, "runs": []}', "nonsense", '{"version": 1, "runs": ['])
def test_a_file_that_is_none_is_refused_and_replaced_by_the_next_run(tmp_path: Path, odd: str) -> None:
    """Never taken for one."""
    (tmp_path / last_words.FILE).write_text(odd)
    with pytest.raises(ValidationError):
        read(tmp_path)

    keep(tmp_path, _only(1, "train-1"))
    assert _reasons(tmp_path) == {"run-1": ["run 1 of train-1"]}


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill does: it takes its place as a whole."""
    keep(tmp_path, _only(0, "train-0"))
    before = (tmp_path / last_words.FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keep(tmp_path, _only(1, "train-1"))

    assert (tmp_path / last_words.FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [last_words.FILE]


def test_runs_that_end_at_the_same_time_lose_no_words(tmp_path: Path) -> None:
    """Two people who test one node each."""
    runs = [_only(number, f"train-{number}") for number in range(4)]
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=keep, args=(tmp_path, run)) for run in runs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert sorted(_reasons(tmp_path)) == [run.run for run in runs]
    assert json.loads((tmp_path / last_words.FILE).read_text())["version"] == 1
