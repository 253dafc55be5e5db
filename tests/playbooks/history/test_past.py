"""Tests of what a report can look back on."""

import json
import random
from dataclasses import replace
from pathlib import Path

from playbooks.history import journal, last_words
from playbooks.history.last_words import undrawn
from playbooks.history.past import Past, look_back, stories
from playbooks.report.run import Run
from playbooks.report.write import write
from tests.playbooks.report.runs import gemm, gpu_fleet, later, passing


def _written(folder: Path, *runs: Run) -> Past:
    for run in runs:
        write(run, folder, look_back(folder))
    return look_back(folder)


def test_an_empty_folder_has_no_past(tmp_path: Path) -> None:
    """Nor has one that is not there."""
    assert look_back(tmp_path / "none") == Past()
    assert stories(Past(), gpu_fleet(2)) == {}


def test_every_run_is_kept_and_what_was_said_last_as_a_whole(tmp_path: Path) -> None:
    """The last words are what the next run is compared with."""
    first, second = later(gpu_fleet(2), 0), later(gpu_fleet(2), 1)
    past = _written(tmp_path, first, second)

    assert [each.run for each in past.before] == ["run-1"]
    assert past.before[0].findings == tuple(map(undrawn, second.findings))
    assert [entry.run for entry in past.earlier] == ["run-0", "run-0", "run-1", "run-1"]
    assert len(stories(past, later(gpu_fleet(2), 2))["train-0"].earlier) == 2


def test_a_replaced_node_has_no_history_and_its_predecessor_is_named(tmp_path: Path) -> None:
    """A new instance with other GPUs under the same name."""
    past = _written(tmp_path, gpu_fleet(2))
    run = later(gpu_fleet(2), 1)
    node = replace(run.nodes[1], instance_id="i-new")
    story = stories(past, replace(run, nodes=(run.nodes[0], node), findings=()))["train-1"]

    assert story.earlier == []
    assert story.former == run.nodes[1].instance_id


def test_a_new_instance_on_the_same_gpus_is_found_out(tmp_path: Path) -> None:
    """Who replaces a bad machine may get it back."""
    past = _written(tmp_path, gpu_fleet(2))
    run = later(gpu_fleet(2), 1)
    node = replace(run.nodes[1], instance_id="i-new")
    story = stories(past, replace(run, nodes=(run.nodes[0], node)))["train-1"]

    assert {sighting.last.instance_id for sighting in story.moved} == {run.nodes[1].instance_id}
    assert len(story.moved) == 8


def test_files_that_cannot_be_read_are_said_and_keep_nobody_from_a_report(tmp_path: Path) -> None:
    """Last words of another version, and a history that is a folder."""
    _written(tmp_path, gpu_fleet(2))
    words = tmp_path / last_words.FILE
    words.write_text(json.dumps(json.loads(words.read_text()) | {"version": 2}))
    (tmp_path / journal.FILE).unlink()
    (tmp_path / journal.FILE).mkdir()
    past = look_back(tmp_path)

    assert (past.earlier, past.before) == ((), ())
    assert ["history" in past.notes[0], "last_findings.json" in past.notes[1]] == [True, True]


def test_faults_on_purpose_are_never_what_was_before(tmp_path: Path) -> None:
    """The report shows them; the next run is compared with the one before them."""
    well, broken = later(gpu_fleet(4, sick=False), 0), replace(later(gpu_fleet(4), 1), injected=("train-1=slow",))
    past = _written(tmp_path, well, broken)

    assert [each.run for each in past.before] == ["run-0"]
    assert past.changes(later(gpu_fleet(4, sick=False), 2)) == []


def _gemms(number: int, *names: str, slow: tuple[int, ...] = ()) -> Run:
    """A run of one check on these nodes, of which these GPUs are slow."""
    run, dice = later(passing(), number), random.Random(number)  # noqa: S311 - figures that look measured, not secrets
    nodes = tuple(node for node in run.nodes if node.name in names)
    return replace(run, nodes=nodes, findings=tuple(gemm(node, dice, slow) for node in nodes), only=names)


def test_two_nodes_that_are_tested_again_one_after_the_other_are_both_told_before_and_now(tmp_path: Path) -> None:
    """The first retest has replaced the report; the second node was bad in the run before it. One is still bad."""
    _written(tmp_path, replace(_gemms(0, "train-1", "train-2", slow=(3,)), only=()))
    told = []
    for run in (_gemms(1, "train-1"), _gemms(2, "train-2", slow=(3,))):
        told += look_back(tmp_path).changes(run)
        _written(tmp_path, run)

    repaired, sick = told
    assert [(each.nodes, each.before.run, each.after.run) for each in told] == [
        (("train-1",), "run-0", "run-1"),
        (("train-2",), "run-0", "run-2"),
    ]
    assert (repaired.before.finding.verdict, repaired.after.finding.verdict) == ("FAIL", "PASS")
    assert (sick.before.finding.verdict, sick.after.finding.verdict) == ("FAIL", "FAIL")
    assert sick.before.finding.figure != sick.after.finding.figure
