import json
import shlex
from collections.abc import Mapping

import pytest

from playbooks.checks.node import ecc, gpu_errors, gpus, xid
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, completed, names, verdicts
from tests.playbooks.checks.node.gpu_answers import LOG, healthy, printed, rows

XID_79 = "NVRM: Xid (PCI:0000:63:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n"
XID_13 = "NVRM: Xid (PCI:0000:63:00): 13, pid=4711, name=python3, Graphics Exception: ESR 0x404490=0x80000001\n"
UNCORRECTED = "ecc.errors.uncorrected.volatile.total"


def with_errors(count: int) -> dict[str, Output]:
    """Outputs of a node whose second GPU has as many uncorrected errors."""
    return {"errors": printed(rows(ecc.ERRORS, 8, {1: {UNCORRECTED: str(count)}}))}


def with_log(*lines: str, more: int = 0) -> dict[str, Output]:
    """Outputs of a node whose ring buffer reaches back to the boot and has these lines on GPUs."""
    return {"kernel log": printed("".join(lines) + LOG.replace("more 0", f"more {more}"))}


def wrapped(*lines: str) -> dict[str, Output]:
    """Outputs of a node whose ring buffer has lost the boot, and whose journal has it, with times of its own."""
    journal = "".join(f"2026-08-10T15:40:00+00:00 node-7 kernel: {line}" for line in lines)
    return {"kernel log": printed(LOG.replace("Linux version 6.8.0", "eth0: up")), "journal": printed(journal + LOG)}


def answered(before: Mapping[str, Output] | None, after: Mapping[str, Output]) -> str:
    """What a node answers whose commands printed this when the gate began, and now; what is not said is healthy."""
    well = healthy(ecc.CHECK) | healthy(xid.CHECK)
    told = [{} if each is None else {**well, **each} for each in (before, after)]
    readings = [
        {shlex.join(gpu_errors.COMMANDS[name]): output.model_dump() for name, output in each.items()} for each in told
    ]
    return json.dumps({"hostname": "node", "before": readings[0], "after": readings[1]})


def judged(before: Mapping[str, Output] | None, after: Mapping[str, Output]) -> list[Finding]:
    """The findings on one node: of its GPUs' memory, and of its kernel log."""
    question = ask(instance_type="p5.48xlarge", count=1)
    return gpu_errors.CHECK.judge(question, {"gpu-0": completed(answered(before, after))})


def test_a_node_on_which_nothing_is_new_passes() -> None:
    """Twice: its memory, and its kernel log."""
    found = judged({}, {})

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("PASS", ("gpu-0",))]
    assert {finding.check for finding in found} == {gpu_errors.NAME}
    assert found[1].reason.endswith("since the gate began")


@pytest.mark.parametrize("before", [0, 1])
def test_errors_that_the_load_brought_up_fail_the_node(before: int) -> None:
    """And more of them than there were."""
    memory, log = judged(with_errors(before), with_errors(2))

    assert (memory.verdict, memory.reason) == (Verdict.FAIL, "GPU 1 has 2 uncorrected ECC errors")
    assert memory.figure is not None
    assert (memory.figure.name, memory.figure.value) == ("new memory faults", 1)
    assert memory.action
    assert log.verdict is Verdict.PASS


def test_an_xid_that_came_fails_the_node() -> None:
    """Beside one that was there."""
    old, new = f"[ 10.0] {XID_13}", f"[ 99.0] {XID_79}"
    memory, log = judged(with_log(old), with_log(old, new))

    assert memory.verdict is Verdict.PASS
    assert log.verdict is Verdict.FAIL
    assert "reported Xid 79" in log.reason
    assert log.figure is not None
    assert log.figure.name == "new hardware Xids"


def test_what_was_there_when_the_gate_began_is_not_blamed_twice() -> None:
    """`ecc` and `xid` have said it."""
    old = with_errors(2) | with_log(f"[ 10.0] {XID_79}")

    assert verdicts(judged(old, old)) == [("PASS", ("gpu-0",)), ("PASS", ("gpu-0",))]


def test_the_same_xid_again_is_new() -> None:
    """Its line may be the same but for its time."""
    old, new = f"[ 10.0] {XID_79}", f"[ 99.0] {XID_79}"

    assert judged(with_log(old), with_log(old, new))[1].verdict is Verdict.FAIL


def test_xids_of_which_the_node_left_out_more_than_before_are_new() -> None:
    """It picks only so many lines of one; nobody knows which of them came."""
    lines = [f"[ {second}.0] {XID_79}" for second in range(xid.PICKED)]

    assert judged(with_log(*lines), with_log(*lines, more=3))[1].verdict is Verdict.FAIL
    assert judged(with_log(*lines, more=3), with_log(*lines, more=3))[1].verdict is Verdict.PASS


def test_a_journal_that_took_the_place_of_the_ring_buffer_tells_nothing_new() -> None:
    """Its times are written in another way, and its events are the same."""
    before = with_log(f"[ 10.0] {XID_79}")

    assert judged(before, wrapped(XID_79))[1].verdict is Verdict.PASS
    assert judged(before, wrapped(XID_79, XID_79))[1].verdict is Verdict.FAIL


def test_where_nothing_was_kept_everything_counts() -> None:
    """What is there now may have been there before, and is a fault all the same."""
    found = judged(None, with_errors(2) | with_log(f"[ 10.0] {XID_79}"))

    assert verdicts(found) == [("FAIL", ("gpu-0",)), ("FAIL", ("gpu-0",))]


def test_gpus_that_do_not_answer_any_more_are_an_error() -> None:
    """They did when the gate began."""
    hangs = printed(wrong="nvidia-smi did not end within 60 s", status=None)
    memory, log = judged({}, {"errors": hangs, "remapped": hangs, "kernel log": printed()})

    assert (memory.verdict, log.verdict) == (Verdict.ERROR, Verdict.ERROR)
    assert "did not end within 60 s" in memory.reason


def test_an_answer_without_a_command_is_an_error() -> None:
    """It is not taken for one that found nothing."""
    facts = json.loads(answered({}, {}))
    del facts["after"][shlex.join(xid.KERNEL_LOG)]
    question = ask(instance_type="p5.48xlarge", count=1)
    [found] = gpu_errors.CHECK.judge(question, {"gpu-0": completed(json.dumps(facts))})

    assert found.verdict is Verdict.ERROR
    assert "the answer says nothing of sh -c" in found.reason


def test_a_fleet_without_gpus_is_skipped_and_so_are_the_nodes_of_a_mixed_one() -> None:
    """With the node's own reason; and so are the sandbox's, whatever they are called."""
    plain, mixed = ask(), ask(instance_type="p5.48xlarge", count=2)
    mixed = mixed._replace(nodes=(mixed.nodes[0], plain.nodes[1]))
    found = gpu_errors.CHECK.judge(mixed, dict.fromkeys(names(mixed), completed(answered({}, {}))))

    assert gpu_errors.CHECK.skip(plain) == "c6in.32xlarge has no GPUs"
    assert gpu_errors.CHECK.skip(mixed) == ""
    assert gpu_errors.CHECK.skip(mixed._replace(stand_in=True)).startswith("the sandbox's nodes")
    assert verdicts(found) == [("SKIPPED", ("gpu-1",)), ("PASS", ("gpu-0",)), ("PASS", ("gpu-0",))]


def test_the_commands_are_those_of_both_checks() -> None:
    """Word for word, for what was kept is found by them."""
    question = ask(instance_type="p5.48xlarge", count=1)
    words = gpu_errors.CHECK.arguments(question, question.nodes[0])
    asked = json.loads(words[words.index("--commands") + 1])

    assert {tuple(each) for each in asked.values()} == {
        *ecc.COMMANDS.values(),
        *xid.COMMANDS.values(),
    }
    assert shlex.join(gpus.QUERY) in asked
