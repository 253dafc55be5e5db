"""How long each step of a run took."""

import time

import pytest

from playbooks.gate.stopwatch import Stopwatch
from playbooks.progress import Step
from tests.playbooks.gate.listeners import Recording


def test_a_step_is_timed_from_its_start_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of two fleets apart; whoever else listens is told the same."""
    listener, now = Recording(), iter([10.0, 11.0, 13.5, 19.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    watch = Stopwatch(listener)
    watch.planned([Step("gemm", "train", 300)])
    watch.started("gemm", "train", ["train-0", "train-1"], 300)
    watch.started("gemm", "eval", ["eval-0"], 300)
    watch.node_ended("gemm", "train", "train-0")
    watch.finished("gemm", "train", [])
    watch.ended("gemm", "eval")

    assert [(each.fleet, each.nodes, each.seconds, each.limit_seconds) for each in watch.took] == [
        ("train", 2, 3.5, 300),
        ("eval", 1, 8.0, 300),
    ]
    assert listener.told == [
        "gemm on train starts on 2, at most 300 s",
        "gemm on eval starts on 1, at most 300 s",
        "gemm on train: ",
        "gemm on eval ends",
    ]


def test_what_was_skipped_took_no_time() -> None:
    """It never started."""
    watch = Stopwatch(Recording())
    watch.finished("checkpoint", "train", [])

    assert watch.took == []
