"""What is still to come of a run."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from playbooks.progress import Step
from playbooks.report.ahead import Ahead, clock, seconds_of_last_run
from playbooks.report.json_report import to_json
from playbooks.report.run import Took
from tests.playbooks.report.runs import passing

STEPS = (Step("host-facts", "train", 180), Step("gemm", "train", 300), Step("gemm", "eval", 300))


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Have it be so many seconds after the start."""
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + seconds)


def test_the_limits_bound_what_was_never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has run of a step is taken off, and what is over counts no more."""
    at(monkeypatch, 0)
    ahead = Ahead({})
    ahead.planned(STEPS)
    assert ahead.told() == "3 of 3 steps to go, at most 13:00 more"

    ahead.started("host-facts", "train")
    at(monkeypatch, 20)
    assert ahead.told() == "3 of 3 steps to go, at most 12:40 more"

    ahead.over("host-facts", "train")
    assert ahead.told() == "2 of 3 steps to go, at most 10:00 more"


def test_the_last_run_says_how_long_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes longer than the last time is expected to end any moment; the others take what they take."""
    at(monkeypatch, 0)
    ahead = Ahead({("host-facts", "train"): 2.0, ("gemm", "train"): 30.0, ("gemm", "eval"): 33.0})
    ahead.planned(STEPS)
    assert ahead.told() == "3 of 3 steps to go, about 1:05 more, as the last run took"

    ahead.started("host-facts", "train")
    at(monkeypatch, 60)
    assert ahead.told() == "3 of 3 steps to go, about 1:03 more, as the last run took"


def test_fleets_that_run_a_check_at_the_same_time_take_as_long_as_the_slowest() -> None:
    """Those that wait for each other take as long as all."""
    ahead = Ahead({("gemm", "train"): 60.0, ("gemm", "eval"): 40.0, ("ring", "train"): 50.0, ("ring", "eval"): 30.0})
    steps = [
        Step(check, fleet, 300, alone=check == "ring") for check in ("gemm", "ring") for fleet in ("train", "eval")
    ]
    ahead.planned(steps)

    assert ahead.told() == "4 of 4 steps to go, about 2:20 more, as the last run took"


def test_what_a_lost_fleet_was_to_do_is_not_waited_for() -> None:
    """Its step never begins, and the next check of another fleet does."""
    ahead = Ahead({})
    ahead.planned([Step("gemm", "train", 300), Step("gemm", "eval", 300), Step("ring", "train", 900)])
    ahead.over("gemm", "train")
    ahead.started("ring", "train")

    assert ahead.told() == "1 of 3 steps to go, at most 15:00 more"


def test_one_step_that_was_never_run_makes_it_a_bound() -> None:
    """A guess for some and a limit for others is no expectation."""
    ahead = Ahead({("gemm", "train"): 30.0, ("gemm", "eval"): 30.0})
    ahead.planned(STEPS)

    assert ahead.told() == "3 of 3 steps to go, at most 4:00 more"


def test_a_step_says_its_place() -> None:
    """One that was not planned, such as a round of pairs, has none."""
    ahead = Ahead({})
    ahead.planned(STEPS)

    assert ahead.place("gemm", "eval") == "3 of 3"
    assert ahead.place("fault-isolation, round 1", "eval") == ""


def test_nothing_planned_is_nothing_told() -> None:
    """Before the nodes have answered nobody knows."""
    assert Ahead({}).told() == ""


@pytest.mark.parametrize(("seconds", "told"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (10800, "3:00:00")])
def test_a_duration_reads_as_a_clock(seconds: float, told: str) -> None:
    """Hours only where there are any."""
    assert clock(seconds) == told


def test_the_last_run_s_times_stand_in_its_report(tmp_path: Path) -> None:
    """Of none, of one of a few nodes, or of one that cannot be read, nothing is known; a rerun does not count."""
    assert seconds_of_last_run(tmp_path) == {}
    run = replace(passing(), took=(Took("storage", "train", 4, 0.9, 1800), Took("storage", "eval", 1, 2.0, 1800)))
    (tmp_path / "report.json").write_bytes(to_json(run))
    assert seconds_of_last_run(tmp_path) == {("storage", "train"): 0.9, ("storage", "eval"): 2.0}

    again = replace(run, took=(*run.took, Took("storage", "train", 3, 0.2, 1800)))
    (tmp_path / "report.json").write_bytes(to_json(again))
    assert seconds_of_last_run(tmp_path)["storage", "train"] == 0.9

    (tmp_path / "report.json").write_bytes(to_json(replace(run, only=("train-1",))))
    assert seconds_of_last_run(tmp_path) == {}

    (tmp_path / "report.json").write_text("{}")
    assert seconds_of_last_run(tmp_path) == {}
