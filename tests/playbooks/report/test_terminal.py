"""Tests of the report at the end of a run in a terminal."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from playbooks.findings import Finding, Verdict
from playbooks.history.entry import entries
from playbooks.history.last_words import words
from playbooks.history.past import Past
from playbooks.report.run import Run, Took
from playbooks.report.terminal import show
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing

NO_PAST = Past()


def _shown(run: Run, width: int = 80, encoding: str = "utf-8", *, terminal: bool = False, past: Past = NO_PAST) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    show(run, Console(file=stream, width=width, force_terminal=terminal), Path("reports"), past)
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("run", [passing(), failing(), failing(1000)], ids=["passing", "failing", "large"])
@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal(run: Run, width: int) -> None:
    """Whatever the run."""
    assert max(cell_len(line) for line in _shown(run, width).splitlines()) <= width


def test_nodes_that_agree_share_a_line_and_a_deviating_node_has_its_own() -> None:
    """Two nodes' clocks are right, one is not, one did not answer."""
    lines = [
        line.split() for line in _shown(failing(), 200).split("Smoke gate")[1].splitlines() if "host-facts" in line
    ]

    assert [[line[1], line[3]] for line in lines] == [
        ["PASS", "train-[0,3]"],
        ["FAIL", "train-1"],
        ["ERROR", "train-2"],
    ]


def test_what_to_act_on_comes_first_with_what_where_why_and_what_to_do() -> None:
    """All of it for the clock that is off."""
    first = _shown(failing(), 200).split("Smoke gate")[0]

    for told in (
        "FAIL  host-facts on train-1",
        "clock offset 4.27 s, wanted ≤ 1 s",
        "threshold from smoke.clockOffsetSeconds in Pulumi.sandbox.yaml",
        "train-1, i-0a1b2c3d4e5f61eef, 127.10.0.2",
        "The clock is 4.27 s behind this machine's.",
        "Start the time service",
    ):
        assert told in first


def test_a_passing_run_has_nothing_to_act_on() -> None:
    """And says so by its last lines."""
    text = _shown(passing())

    assert "To act on" not in text
    assert text.splitlines()[-2:] == [
        "✓ PASS  4 nodes pass every check · 14 PASS · 43 s",
        "reports/report.html, report.json and report.xml",
    ]


def test_the_longest_steps_are_told() -> None:
    """Where to look when a gate is slow; of several fleets the slowest."""
    took = [Took(f"step-{seconds}", "train", 4, float(seconds), 900) for seconds in (1, 9, 3, 7, 5)]
    took.append(Took("step-9", "eval", 4, 8.9, 900))

    assert "Longest: step-9 9.0 s, step-7 7.0 s, step-5 5.0 s, step-3 3.0 s." in _shown(
        replace(passing(), took=tuple(took))
    )


def test_figures_carry_prefixes() -> None:
    """Bytes, seconds and operations in the size that reads best."""
    text = _shown(passing(), 200)

    for told in ("bus bandwidth 619 MB/s", "≥ 50 MB/s"):
        assert told in text


def test_what_else_was_measured_is_shown_where_somebody_must_act() -> None:
    """Of what passes the page has it."""
    assert "memory 7.6 GiB" not in _shown(passing(), 200)
    assert "memory 7.6 GiB" in _shown(failing(), 200)


def test_a_stream_without_unicode_gets_ascii() -> None:
    """A log in the C locale."""
    text = _shown(failing(), encoding="ascii")

    assert "x FAIL" in text
    assert ">= 50 MB/s" in text
    assert "\\u" not in text


def test_no_color_leaves_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """As no-color.org asks: bold may stay."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = _shown(failing(), terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[1;31m" in coloured
    assert "31m" not in _shown(failing(), terminal=True)


def test_what_a_node_says_cannot_command_the_terminal_or_the_layout() -> None:
    """Neither escape sequences nor rich's own markup."""
    finding = Finding("storage", ("train-0",), Verdict.ERROR, "\x1b]0;title\x07 [red]text[/red] [/]", action="\x9b2J")
    text = _shown(replace(passing(), findings=(finding,)))

    assert "\x1b" not in text
    assert "\x9b" not in text
    assert r"\x1b]0;title\x07 [red]text[/red] [/]" in text


def test_processes_left_on_nodes_are_named() -> None:
    """They may hold GPUs that the next run needs."""
    text = " ".join(_shown(replace(passing(), not_ended=("train-1", "train-2"), interrupted=True)).split())

    assert "was not seen to end on train-[1-2]" in text
    assert "? INCONCLUSIVE interrupted; so far, 4 nodes pass every check" in text


def test_hundreds_of_different_errors_do_not_bury_the_verdict() -> None:
    """The first are shown, and how many more there are."""
    lost = tuple(Finding("a", (f"n-{number}",), Verdict.ERROR, f"Error {number}.") for number in range(500))
    text = _shown(replace(passing(), findings=lost))

    assert "and 480 more, in the reports" in text
    assert len(text.splitlines()) < 200


def _past(*runs: Run) -> Past:
    return Past(tuple(line for run in runs for line in entries(run)), (words(runs[-1]),))


def test_a_problem_tells_how_the_machine_was_before_and_where_its_ticket_is() -> None:
    """The last run's finding, the verdicts of the earlier runs, the trend, and the file for the vendor."""
    past = _past(later(gpu_fleet(4, sick=False), 0), later(failing(), 1), later(gpu_fleet(4, sick=False), 2))
    first = _shown(later(gpu_fleet(4), 3), 200, past=past).split("Smoke gate")[0]
    (slow,) = [part for part in first.split("\n\n") if "gemm on train-1" in part]

    for told in (
        "before  PASS on 2026-11-29 03:12 UTC: bf16 GEMM, slowest GPU 7",
        "now     FAIL on 2026-11-30 03:12 UTC: bf16 GEMM, slowest GPU 5",
        "runs    ✓ ✗ ✓, PASS on 2026-11-29 03:12 UTC",
        "bf16 GEMM, slowest GPU ██▁ 7",
        "ticket  reports/tickets/train-1.md",
    ):
        assert told in slow


def test_what_was_repaired_is_told_before_and_after() -> None:
    """The retest; another instance is said to be one."""
    run = later(gpu_fleet(4, sick=False), 1)
    nodes = tuple(replace(node, instance_id="i-new") if node.index == 1 else node for node in run.nodes)
    text = _shown(replace(run, nodes=nodes), 200, past=_past(gpu_fleet(4))).split("Smoke gate")[0]

    assert "Since the last run" in text
    assert "before  FAIL on 2026-11-27 03:12 UTC: bf16 GEMM, slowest GPU 5" in text
    assert "now     PASS on 2026-11-28 03:12 UTC: bf16 GEMM, slowest GPU 7" in text
    assert "train-1: another instance than before" in text


def _still_sick() -> Run:
    """A retest of the slow node alone."""
    run = later(gpu_fleet(4, sick=True), 1)
    nodes = tuple(node for node in run.nodes if node.index == 1)
    slower = [replace(each, reason="GPU 3 is slower") for each in run.findings if each.nodes == ("train-1",)]
    return replace(run, nodes=nodes, findings=tuple(slower), only=("train-1",))


def test_a_retest_that_finds_the_same_tells_both_sides() -> None:
    """What is still bad among what to act on, and what is well still below; with the time of each."""
    text = _shown(_still_sick(), 200, past=_past(gpu_fleet(4))).split("Smoke gate")[0]
    first, again = text.split("train-1 tested again: before and now")

    assert re.search(
        r"before  FAIL on 2026-11-27 03:12 UTC: bf16 .*, wanted ≥ 715 TFLOP/s; GPU 3 is the slowest", first
    )
    assert re.search(r"why     GPU 3 is slower", first)
    assert re.search(r"now     FAIL on 2026-11-28 03:12 UTC: bf16 .*, wanted ≥ 715 TFLOP/s", first)
    assert "storage on train-1" in again
    assert "before  PASS on 2026-11-27 03:12 UTC: wrong bytes 0 B" in again
    assert "now     PASS on 2026-11-28 03:12 UTC: wrong bytes 0 B" in again


def test_a_collective_of_other_nodes_before_names_them() -> None:
    """A figure of four nodes beside one of three."""
    four, three = passing(), later(passing(3), 1)
    text = _shown(replace(three, only=tuple(node.name for node in three.nodes)), 200, past=_past(four))

    assert "before  PASS on 2026-11-27 03:12 UTC, with train-3: bus bandwidth" in text
    assert "now     PASS on 2026-11-28 03:12 UTC: bus bandwidth" in text


def test_gpus_that_came_back_in_another_instance_are_named() -> None:
    """With where they were, and how they did there."""
    run = later(gpu_fleet(4), 1)
    nodes = tuple(replace(node, instance_id="i-new") if node.index == 1 else node for node in run.nodes)
    text = _shown(replace(run, nodes=nodes), 200, past=_past(gpu_fleet(4)))

    assert "was i-0a1b2c3d4e5f61eef: this is another machine" in text
    assert "GPU 3 (1652400000011) was in i-0a1b2c3d4e5f61eef on 2026-11-27: FAIL there" in text


def test_the_past_is_told_in_ascii_and_what_is_not_known_of_it_is_said() -> None:
    """A log in the C locale; a history with a line that was cut off."""
    past = _past(gpu_fleet(4, sick=False))._replace(notes=("the last line is cut off",))
    text = _shown(later(gpu_fleet(4), 1), 200, "ascii", past=past)

    assert "bf16 GEMM, slowest GPU #_ 7" in text
    assert "\\u" not in text
    assert "Not all is known of the earlier runs: the last line is cut off." in text


def test_what_does_not_apply_is_a_line_a_reason() -> None:
    """However many checks have it; none of them is a row of the table."""
    run = passing()
    names = tuple(node.name for node in run.nodes)
    skipped = [Finding(check, names, Verdict.SKIPPED, "c6in.32xlarge has no GPUs") for check in ("ecc", "xid", "pcie")]
    shown = _shown(replace(run, findings=(*run.findings, *skipped)), 200)

    assert f"skipped on train-[0-{len(names) - 1}]: ecc, xid, pcie: c6in.32xlarge has no GPUs" in shown
    assert shown.count("c6in.32xlarge has no GPUs") == 1
