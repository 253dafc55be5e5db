import json

import pytest

from playbooks.checks.data import scratch
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts

GOOD = printed("storage.stdout")


def test_a_good_node_passes_with_its_throughputs() -> None:
    """In GB/s of 1e9 bytes."""
    question = ask(count=1)
    text = changed("storage.stdout", lambda facts: facts.update(write_seconds=0.5, read_seconds=0.25))
    found, *_ = scratch.CHECK.judge(question, everywhere(question, lambda _: text))

    assert verdicts([found]) == [("PASS", ("gpu-0",))]
    assert {figure.name: figure.unit for figure in found.measurements} == {
        "scratch write": "GB/s",
        "scratch read": "GB/s",
    }
    assert [figure.value for figure in found.measurements] == pytest.approx([8 * 2**20 / 0.5e9, 8 * 2**20 / 0.25e9])


def test_bytes_that_differ_fail_and_a_full_disk_is_an_error() -> None:
    """Each node by itself; the others keep their verdicts."""
    question = ask(count=3)
    bad = changed("storage.stdout", lambda facts: facts.update(differing_bytes=5))
    full = completed(stderr="/scratch has 3 MiB free; 72 MiB are needed", exit_status=Status.DISK_FULL)
    found = scratch.CHECK.judge(question, {"gpu-0": completed(GOOD), "gpu-1": completed(bad), "gpu-2": full})

    assert verdicts(found)[:3] == [("ERROR", ("gpu-2",)), ("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert found[0].reason == "/scratch has 3 MiB free; 72 MiB are needed"
    assert "smoke.storage.sizeMib" in found[0].action


def test_an_answer_about_another_size_proves_nothing() -> None:
    """Less was written than was asked for."""
    question = ask({"storage": {"sizeMib": 9}}, count=1)
    [found] = scratch.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert verdicts([found]) == [("ERROR", ("gpu-0",))]


def test_a_slow_disk_is_named_beside_good_ones() -> None:
    """By a check of its own: what it gave back was right."""
    question = ask(count=6)
    slow = changed("storage.stdout", lambda facts: facts.update(write_seconds=facts["write_seconds"] * 2))
    found = scratch.CHECK.judge(question, everywhere(question, lambda index: slow if index == 4 else GOOD))
    failed = [finding for finding in found if finding.verdict is Verdict.FAIL]

    assert [(finding.check, finding.nodes) for finding in failed] == [(scratch.SPEED, ("gpu-4",))]
    assert failed[0].reason.startswith("scratch write is slower than the fleet")


@pytest.mark.parametrize("seconds", [0, -1, "0,5", None])
def test_a_time_that_is_none_is_an_error(seconds: object) -> None:
    """No throughput follows from it."""
    question = ask(count=1)
    text = changed("storage.stdout", lambda facts: facts.update(read_seconds=seconds))

    assert verdicts(scratch.CHECK.judge(question, everywhere(question, lambda _: text))) == [("ERROR", ("gpu-0",))]


def test_the_arguments_are_the_settings() -> None:
    """Where and how much."""
    question = ask({"storage": {"scratch": "/opt/dlami/nvme", "sizeMib": 64}})

    assert scratch.CHECK.arguments(question, question.nodes[0]) == ["--scratch", "/opt/dlami/nvme", "--size-mib", "64"]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert scratch.parse(GOOD).model_dump(mode="json") == json.loads(GOOD)
