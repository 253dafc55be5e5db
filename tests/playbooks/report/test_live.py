"""Tests of what is seen while the smoke gate runs."""

import io
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from playbooks.progress import Step
from playbooks.report import live as live_view
from playbooks.report.digest import groups
from playbooks.report.live import Lines, View, live
from tests.playbooks.report.runs import failing, fleet

NAMES = [node.name for node in fleet(20)]
FOREVER = """
import time
from rich.console import Console
from playbooks.report.live import live
with live(Console()) as progress:
    progress.started("all-reduce", "train", ["train-0", "train-1"], 300)
    time.sleep(0.3)
    print("READY", flush=True)
    time.sleep(60)
"""


def test_a_log_gets_plain_lines() -> None:
    """No redraws and no escape sequences."""
    stream = io.StringIO()
    with live(Console(file=stream, width=80)) as progress:
        for group in groups(failing()):
            progress.started(group.check, group.fleet, group.nodes, 90)
            for node in group.nodes:
                progress.node_ended(group.check, group.fleet, node)
            progress.finished(group.check, group.fleet, group.findings)

    lines = stream.getvalue().splitlines()
    assert lines[0] == "host-facts on train: 4 nodes, at most 1:30"
    assert lines[1].startswith("✗ FAIL  host-facts on train: train-[1-2]")
    assert len(lines) == 10
    assert "\x1b" not in stream.getvalue()


def test_a_long_check_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even while no node answers; not more often than it is due."""
    stream = io.StringIO()
    lines = Lines(Console(file=stream, width=160))
    lines.planned([Step("storage", "train", 60)])
    lines.started("storage", "train", NAMES, 60)
    lines.beat()
    monkeypatch.setattr(live_view, "HEARTBEAT_SECONDS", 0.0)
    lines.beat()
    for node in NAMES[:17]:
        lines.node_ended("storage", "train", node)
    lines.beat()

    assert stream.getvalue().splitlines() == [
        "storage on train (1 of 1): 20 nodes, at most 1:00",
        "storage on train: 0 of 20 after 0:00 (1 of 1 steps to go, at most 1:00 more)",
        "storage on train: 17 of 20 after 0:00, waiting for train-[17-19] (1 of 1 steps to go, at most 1:00 more)",
    ]


def test_a_log_is_told_of_a_check_on_which_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collective's nodes end together, minutes later."""
    stream = io.StringIO()
    monkeypatch.setattr(live_view, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(live_view, "LOOK_SECONDS", 0.01)
    with live(Console(file=stream, width=80)) as progress:
        progress.started("collectives", "train", NAMES, 900)
        deadline = time.monotonic() + 20
        while stream.getvalue().count("0 of 20 after") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)

    assert stream.getvalue().count("collectives on train: 0 of 20 after 0:00") >= 2


def test_a_round_of_pairs_has_no_verdict() -> None:
    """It is judged with the others."""
    stream = io.StringIO()
    lines = Lines(Console(file=stream, width=80))
    lines.started("fault-isolation, round 1", "train", NAMES, 120)
    lines.ended("fault-isolation, round 1", "train")

    assert stream.getvalue().splitlines()[1:] == ["fault-isolation, round 1 on train: measured, 0.0 s"]


def test_the_view_shows_progress_budget_and_the_last_nodes() -> None:
    """A line per check that runs, and one for what is to come."""
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    view = View(console)
    view.planned([Step("storage", "train", 600), Step("all-reduce", "eval", 300)])
    view.started("storage", "train", NAMES, 600)
    view.started("all-reduce", "eval", ["eval-0", "eval-1"], 300)
    for node in NAMES[:18]:
        view.node_ended("storage", "train", node)
    with console.capture() as seen:
        console.print(view)

    storage, all_reduce, ahead = (" ".join(line.split()) for line in seen.get().splitlines())
    assert storage.startswith("storage on train")
    assert storage.endswith("18/20 0:00 of 10:00 train-[18-19]")
    assert all_reduce.endswith("0/2 0:00 of 5:00")
    assert ahead == "2 of 2 steps to go, at most 15:00 more"


def test_a_check_that_was_skipped_without_a_start_is_told() -> None:
    """It ran on no node."""
    stream = io.StringIO()
    Lines(Console(file=stream, width=80)).finished("checkpoint", "train", failing().findings[8:9])

    assert stream.getvalue() == "– SKIPPED  checkpoint on train: 1 node\n"  # noqa: RUF001 - the mark of SKIPPED


def test_ctrl_c_leaves_the_terminal_whole() -> None:
    """The cursor, hidden while the view is redrawn, is shown again."""
    ours, theirs = pty.openpty()
    root = Path(__file__).parents[3]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, "-c", FOREVER], stdin=theirs, stdout=theirs, stderr=theirs, cwd=root, env=environment
    ) as program:
        os.close(theirs)
        seen = _read_until(ours, b"READY")
        program.send_signal(signal.SIGINT)
        seen += _read_until(ours, None)
    os.close(ours)

    assert program.returncode == -signal.SIGINT
    assert b"all-reduce on train" in seen
    assert b"\x1b[?25l" in seen
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")


def _read_until(descriptor: int, wanted: bytes | None) -> bytes:
    """What the terminal shows up to this text, or to the program's end."""
    seen = b""
    while wanted is None or wanted not in seen:
        try:
            read = os.read(descriptor, 65536)
        except OSError:  # Linux says so when the program has closed its side
            break
        if not read:
            break
        seen += read
    return seen
