"""Tests of the tickets for the vendor."""

import re
from dataclasses import replace

import pytest

from playbooks.checks.node import versions
from playbooks.checks.node.check import Examined, HostFacts, Output
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.history.entry import entries
from playbooks.history.past import Past
from playbooks.report.run import Output as Kept
from playbooks.report.run import Run
from playbooks.report.ticket import CASE_CHARACTERS, file_name, to_tickets
from tests.playbooks.checks.asks import ask
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing

END = "<!-- Up to here"


def _tickets(run: Run, past: Past = Past()) -> dict[str, str]:  # noqa: B008 - a tuple that nobody can change
    return {name: text.decode() for name, text in to_tickets(run, past).items()}


def test_every_node_that_is_blamed_has_a_ticket_and_no_other() -> None:
    """Neither those of a slow collective nor those that pass."""
    assert list(_tickets(gpu_fleet(16))) == ["train-1.md", "train-2.md"]
    assert list(_tickets(failing())) == ["train-1.md", "train-2.md"]
    assert _tickets(passing()) == {}


def test_it_tells_which_machine_what_was_measured_and_what_was_wanted() -> None:
    """All that a support case asks for."""
    text = _tickets(gpu_fleet(4))["train-1.md"]
    told = text[: text.index(END)]

    for each in (
        "| Instance | i-0a1b2c3d4e5f61eef |",
        "| Type | p5.48xlarge |",
        "| Region | eu-north-1 |",
        "| Availability Zone | eu-north-1a |",
        "| Measured | 2026-11-27 03:12:00 UTC |",
        "**gemm: FAIL.**",
        "wanted ≥ 715 TFLOP/s",
        "Threshold from: 90 % of 794.5 TFLOP/s",
        "| GPU 3 | NVIDIA H100 80GB HBM3 | 1652400000011 | GPU-5b1f0c0b-8f2c-4d0e-9a77-a1b2c3d4000b |",
    ):
        assert each in told
    assert "8192 x 8192 x 8192 in bf16, 50 times" in text[text.index("## Raw outputs") :]


def test_it_has_the_command_and_its_output_and_no_private_address() -> None:
    """Of the faults that were read from it; nodes stand there by their names."""
    command = "/opt/pytorch/bin/python .aidc/smoke/r1/gemm.py --peers 127.10.0.1,127.10.0.2"
    output = Kept("train-1", ("gemm",), command, "exit status 0", '{"tflops": 568}', "127.10.0.2: slow\n")
    other = replace(output, node="train-0", stdout="of another node")
    text = _tickets(replace(gpu_fleet(4), outputs=(output, other)))["train-1.md"]
    told, raw = text.split(END)

    assert " and `/opt/pytorch/bin/python .aidc/smoke/r1/gemm.py --peers train-0,train-1`" in told
    assert "gemm.py --peers train-0,train-1` ended with exit status 0" in raw
    assert '```text\n{"tflops": 568}\n```' in raw
    assert "```text\ntrain-1: slow\n```" in raw
    assert "of another node" not in text
    assert "127.10.0" not in text


def test_what_a_check_says_has_no_private_address() -> None:
    """In its reason, in its evidence and among what else was run."""
    told = "127.10.0.1 sends nothing to 127.10.0.2"
    fault = Finding("reach", ("train-1",), Verdict.ERROR, told, evidence={"from 127.10.0.1": told})
    skipped = Finding("pair", ("train-0", "train-1"), Verdict.SKIPPED, told)
    text = _tickets(replace(passing(), findings=(fault, skipped)))["train-1.md"]

    assert "**reach: ERROR.** train-0 sends nothing to train-1" in text[: text.index(END)]
    assert "from train-0:\n\n```text\ntrain-0 sends nothing to train-1\n```" in text
    assert "| pair | SKIPPED | train-0 sends nothing to train-1 (over 2 nodes) |" in text
    assert "127.10.0" not in text


def test_what_is_pasted_fits_into_a_case_whatever_a_node_has_said() -> None:
    """The raw outputs come after it."""
    long, limit = "x" * 100_000, Threshold(Bound.AT_MOST, 0, "y" * 5_000)
    figure = Figure("errors", 1, "")
    faults = tuple(
        Finding(f"check-{number}", ("train-1",), Verdict.FAIL, long, figure, limit, evidence={"command": long})
        for number in range(40)
    )
    run = gpu_fleet(4)
    past = Past(tuple(line for number in range(40) for line in entries(later(gpu_fleet(4), number))))
    text = _tickets(replace(run, findings=(*run.findings, *faults)), past)["train-1.md"]

    assert len(text[: text.index(END)]) < CASE_CHARACTERS
    assert "more, below" in text
    assert "### check-39: FAIL" in text


def test_a_node_that_does_not_exist_has_none() -> None:
    """There is nothing that a vendor could look at."""
    missing = Finding("declared", ("train-9",), Verdict.ERROR, "no instance")

    assert _tickets(replace(passing(), findings=(missing,))) == {}


def test_a_pair_is_not_blamed_and_several_that_are_proven_are() -> None:
    """Two nodes that are slow together; two of sixteen whose sums are wrong, each with its own evidence."""
    limit, figure = Threshold(Bound.AT_MOST, 0, "none"), Figure("wrong", 3, "")
    pair = Finding("pair", ("train-0", "train-1"), Verdict.FAIL, "slow", figure, limit)
    proven = replace(pair, evidence={"train-0": "rank 3: 2 wrong", "train-1": "rank 9: 1 wrong"})

    assert _tickets(replace(passing(16), findings=(pair,))) == {}
    assert list(_tickets(replace(passing(16), findings=(proven,)))) == ["train-0.md", "train-1.md"]
    assert _tickets(replace(passing(2), findings=(proven,))) == {}


def test_the_versions_of_the_node_are_in_it() -> None:
    """As the check of the fleet's versions has found them; the other nodes' are not."""
    run = gpu_fleet(4)
    facts = HostFacts.model_validate(
        {"hostname": "h", "boot_id": "b", "os": "Ubuntu 22.04.5 LTS", "kernel": "6.8.0-1021-aws", "cpu": "c", "cpus": 2}
        | {"memory_mib": 1, "memory_available_mib": 1, "scratch_free_mib": 1, "python": "3.11.9", "torch": "2.6.0"}
        | {"cuda": "12.6", "nccl": "2.24.3", "run_seconds": 0.1, "clock": 1.0}
    )
    absent = Output(installed=False, status=None, stdout="", stderr="", wrong="not installed")
    outputs = dict.fromkeys(versions.CHECK.commands(ask(), run.nodes[0]), absent)
    odd = facts.model_copy(update={"kernel": "5.15.0-1075-aws"})
    examined = [Examined(node, odd if node.index == 1 else facts, outputs, (0.0, 0.0)) for node in run.nodes]
    found = versions.CHECK.judge(ask(), examined)
    text = _tickets(replace(run, findings=(*run.findings, *found)))["train-1.md"]

    assert "- kernel: 5.15.0-1075-aws\n" in text[: text.index(END)]
    assert "- torch: 2.6.0\n" in text


def test_earlier_runs_of_the_machine_are_told() -> None:
    """With what failed then."""
    past = Past(tuple(line for number in (0, 1) for line in entries(later(gpu_fleet(4, sick=number == 1), number))))
    text = _tickets(later(gpu_fleet(4), 2), past)["train-1.md"]

    assert "- 2026-11-27 03:12 UTC: PASS\n" in text
    assert "- 2026-11-28 03:12 UTC: FAIL; gemm FAIL, bf16 GEMM, slowest GPU 5" in text


def test_what_a_node_said_can_neither_command_nor_end_its_fence_nor_break_a_table() -> None:
    """It is pasted into other people's systems."""
    odd = "\x1b[31m```\n# heading | cell <b>\u202e"
    finding = Finding("a", ("train-1",), Verdict.ERROR, odd, evidence={"log": odd})
    text = _tickets(replace(passing(), findings=(finding,)))["train-1.md"]

    assert not set(text) & {"\x1b", "\u202e"}
    assert "````text\n" in text
    assert text.count("````") == 2
    assert "| " + "heading" not in text


@pytest.mark.parametrize("secret", ["AKIAIOSFODNN7EXAMPLE", "password=canary0Secret"])
def test_no_secret_goes_to_a_vendor(secret: str) -> None:
    """Wherever a node had it; cut in the middle neither."""
    finding = Finding(
        "a", ("train-1",), Verdict.ERROR, secret, action=secret, evidence={"log": f"{'x ' * 19_995}{secret}" * 3}
    )
    text = _tickets(replace(passing(), findings=(finding,)))["train-1.md"]

    assert "canary0" not in text
    assert "IOSFODNN7" not in text
    assert "127.10.0" not in text


@pytest.mark.parametrize("node", ["../../etc/passwd", "/root/x", "..", "a b\x00c", "train-1"])
def test_a_ticket_lies_in_its_folder_whatever_a_node_is_called(node: str) -> None:
    """A name is no path."""
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.md", file_name(node))
