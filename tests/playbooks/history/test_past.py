"""Tests of what a report can look back on."""

import json
from dataclasses import replace
from pathlib import Path

from playbooks.history import journal
from playbooks.history.past import Past, look_back, stories
from playbooks.report.run import Run
from playbooks.report.write import write
from tests.playbooks.report.runs import gpu_fleet, later


def _written(folder: Path, *runs: Run) -> Past:
    for run in runs:
        write(run, folder, look_back(folder))
    return look_back(folder)


def test_an_empty_folder_has_no_past(tmp_path: Path) -> None:
    """Nor has one that is not there."""
    assert look_back(tmp_path / "none") == Past()
    assert stories(Past(), gpu_fleet(2)) == {}


def test_every_run_is_kept_and_the_last_one_whole(tmp_path: Path) -> None:
    """The report of the last run is what the next one is compared with."""
    first, second = later(gpu_fleet(2), 0), later(gpu_fleet(2), 1)
    past = _written(tmp_path, first, second)

    assert past.before == second
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
    """A report of another version, and a history that is a folder."""
    _written(tmp_path, gpu_fleet(2))
    report = tmp_path / "report.json"
    report.write_text(json.dumps(json.loads(report.read_text()) | {"schema_version": 1}))
    (tmp_path / journal.FILE).unlink()
    (tmp_path / journal.FILE).mkdir()
    past = look_back(tmp_path)

    assert (past.earlier, past.before) == ((), None)
    assert ["history" in past.notes[0], "report.json" in past.notes[1]] == [True, True]
