import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.data import scratch
from playbooks.findings import Finding, Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts
from tests.playbooks.checks.data import mangled

GOOD = printed("storage.stdout")
STRIPE = {"folder": "/scratch/smoke", "device": "/dev/md127", "mounted_at": "/scratch", "file_system": "xfs"}


def answer(writes: float = 6.0, reads: float = 12.0, **facts: object) -> str:
    """What a node says of a stripe that takes and gives so many GB/s."""
    rates = {"written": writes, "read": reads}
    windows = {name: {"bytes": int(rate * 1e10), "began": 1000.0, "ended": 1010.0} for name, rate in rates.items()}
    return changed("storage.stdout", lambda said: said.update({**STRIPE, **windows, **facts}))


def on_stripes(count: int, smoke: dict[str, Any] | None = None, instance_type: str = "p4d.24xlarge") -> Ask:
    """A question to nodes with local disks."""
    return ask(smoke, count=count, instance_type=instance_type)._replace(local_disks="/scratch")


def found(question: Ask, *answers: str) -> list[Finding]:
    """What is found, in the order of the nodes."""
    outcomes = {node.name: completed(said) for node, said in zip(question.nodes, answers, strict=True)}
    return scratch.CHECK.judge(question, outcomes)


def speeds(findings: list[Finding]) -> list[Finding]:
    """The findings of writing and of reading."""
    return [each for each in findings if each.check == scratch.SPEED]


def test_a_good_node_passes_with_its_throughputs() -> None:
    """In GB/s of 1e9 bytes, with the device that was measured."""
    finding, *_ = found(on_stripes(1), answer())

    assert verdicts([finding]) == [("PASS", ("gpu-0",))]
    assert [(each.name, each.unit) for each in finding.measurements] == [
        ("scratch write", "GB/s"),
        ("scratch read", "GB/s"),
    ]
    assert [each.value for each in finding.measurements] == pytest.approx([6.0, 12.0])
    assert finding.reason == "/scratch/smoke on /dev/md127 gave back what was written"
    assert finding.evidence == {
        "folder": "/scratch/smoke",
        "on": "/dev/md127, xfs, mounted at /scratch",
        "streams": "2, past the page cache",
    }


def test_what_went_through_the_page_cache_is_said() -> None:
    """Where the file system knows no other way."""
    finding, *_ = found(on_stripes(1), answer(direct=False))

    assert finding.evidence["streams"] == "2, through the page cache"


def test_bytes_that_differ_fail_and_a_full_disk_is_an_error() -> None:
    """Each node by itself; the others keep their verdicts."""
    question = ask(count=3)
    bad = changed("storage.stdout", lambda facts: facts.update(differing_bytes=5))
    full = completed(stderr="/scratch has 3 MiB free; 72 MiB are needed", exit_status=Status.DISK_FULL)
    findings = scratch.CHECK.judge(question, {"gpu-0": completed(GOOD), "gpu-1": completed(bad), "gpu-2": full})

    assert verdicts(findings)[:3] == [("ERROR", ("gpu-2",)), ("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert findings[0].reason == "/scratch has 3 MiB free; 72 MiB are needed"
    assert "smoke.storage.sizeMib" in findings[0].action
    assert findings[2].reason.endswith(" on /dev/vda gave back 5 bytes that are not what was written")


@pytest.mark.parametrize(
    ("status", "of_machine", "said"),
    [(Status.DISK_FAILED, True, "dmesg"), (Status.SCRATCH_REFUSED, False, "stripe-local-disks")],
)
def test_a_disk_that_fails_is_the_machines_and_a_missing_folder_may_be_anybodys(
    status: Status, of_machine: bool, said: str
) -> None:  # fmt: skip
    """Only the first is a ground to replace it."""
    [finding] = scratch.CHECK.judge(ask(count=1), {"gpu-0": completed(stderr="/scratch: no", exit_status=status)})

    assert (finding.verdict, finding.of_machine) == (Verdict.ERROR, of_machine)
    assert said in finding.action


@pytest.mark.parametrize(
    "text",
    [
        answer(bytes=9 << 20),
        answer(written={"bytes": 1 << 20, "began": 1.0, "ended": 2.0}),
        answer(read={"bytes": 1 << 20, "began": 1.0, "ended": 2.0}),
    ],
)
def test_an_answer_about_another_size_proves_nothing(text: str) -> None:
    """Other bytes were meant, or fewer moved than were asked for."""
    [finding] = found(on_stripes(1), text)

    assert verdicts([finding]) == [("ERROR", ("gpu-0",))]
    assert "8388608 were asked for" in finding.reason


def test_local_disks_that_are_not_mounted_are_not_measured() -> None:
    """The folder is there and lies on the root volume: its figures say nothing of the disks."""
    question = on_stripes(2)
    findings = found(question, answer(), answer(folder="/scratch", device="/dev/root", mounted_at="/"))

    assert verdicts(findings)[:2] == [("ERROR", ("gpu-1",)), ("PASS", ("gpu-0",))]
    assert findings[0].reason == ("the local disks are not mounted at /scratch: /scratch is on /dev/root, mounted at /")
    assert {node for each in speeds(findings) for node in each.nodes} == {"gpu-0"}


def test_a_fleet_of_one_is_judged_by_what_ec2_states_of_its_disks() -> None:
    """A p4d.24xlarge's stripe of which one disk crawls."""
    good = speeds(found(on_stripes(1), answer()))
    write, read = speeds(found(on_stripes(1), answer(reads=2.0)))

    assert [each.verdict for each in good] == [Verdict.PASS, Verdict.PASS]
    assert (write.verdict, read.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert read.reason == "scratch read is slower than it must be: 2 GB/s"
    assert read.threshold is not None
    assert "EC2's guide" in read.threshold.source
    assert "iostat" in read.action


def test_what_ec2_states_of_disks_is_not_asked_of_a_root_volume() -> None:
    """The settings leave the local disks as the image has them."""
    question = on_stripes(1)._replace(local_disks=None)
    told = speeds(found(question, answer(0.12, 0.12, folder="~", device="/dev/root", mounted_at="/")))

    assert [each.verdict for each in told] == [Verdict.SKIPPED, Verdict.SKIPPED]
    assert told[0].reason.endswith("scratch write was 0.12 GB/s")


def test_the_settings_say_what_is_fast_enough() -> None:
    """In the one way and the other."""
    minimum = {"storage": {"sizeMib": 8, "minimumWriteGbPerSecond": 7, "minimumReadGbPerSecond": 11}}
    write, read = speeds(found(on_stripes(1, minimum), answer()))

    assert (write.verdict, read.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert write.threshold is not None
    assert read.threshold is not None
    assert write.threshold.source == "smoke.storage.minimumWriteGbPerSecond of the settings"
    assert read.threshold.source == "smoke.storage.minimumReadGbPerSecond of the settings"


def test_a_slow_disk_is_named_beside_good_ones() -> None:
    """By a check of its own: what it gave back was right; of this type no document says anything."""
    question = on_stripes(6, instance_type="p5en.48xlarge")
    findings = found(question, *[answer()] * 4, answer(writes=3.0), answer())
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]

    assert [(finding.check, finding.nodes) for finding in failed] == [(scratch.SPEED, ("gpu-4",))]
    assert failed[0].reason.startswith("scratch write is slower than the fleet")


@pytest.mark.parametrize("ended", [1000.0, 1.0, "0,5", None])
def test_a_time_that_is_none_is_an_error(ended: object) -> None:
    """No throughput follows from it."""
    question = ask(count=1)
    text = answer(read={"bytes": 1 << 30, "began": 1000.0, "ended": ended})

    assert verdicts(scratch.CHECK.judge(question, everywhere(question, lambda _: text))) == [("ERROR", ("gpu-0",))]


@given(st.one_of(mangled.cut(GOOD), mangled.with_other_numbers(GOOD)))
def test_an_answer_that_is_not_whole_or_not_right_is_refused(text: str) -> None:
    """It is never a PASS."""
    with pytest.raises(UnreadableAnswerError):
        scratch.parse(text)
    assert verdicts(found(ask(count=1), text)) == [("ERROR", ("gpu-0",))]


@given(st.one_of(mangled.reordered(GOOD), mangled.coloured(GOOD)))
def test_order_means_nothing_and_colours_are_no_answer(text: str) -> None:
    """The same result or none."""
    try:
        read = scratch.parse(text)
    except UnreadableAnswerError:
        assert mangled.COLOUR in text
    else:
        assert read == scratch.parse(GOOD)


def test_the_arguments_say_where_how_much_and_how_long() -> None:
    """Many nodes of a sandbox share one machine, and their figures are not judged."""
    question = ask({"storage": {"scratch": "/opt/dlami/nvme", "sizeMib": 64}})
    where = ["--scratch", "/opt/dlami/nvme", "--size-mib", "64"]
    sandbox = question._replace(stand_in=True)

    assert scratch.CHECK.arguments(question, question.nodes[0]) == [*where, "--streams", "16", "--seconds", "10"]
    assert scratch.CHECK.arguments(sandbox, question.nodes[0]) == [*where, "--streams", "2", "--seconds", "0"]


@pytest.mark.parametrize(
    ("scratch_folder", "local_disks", "stand_in", "expected"),
    [
        (None, "/scratch", False, "/scratch"),
        (None, None, False, "~"),
        (None, "/scratch", True, "~"),
        ("/scratch/smoke", "/scratch", False, "/scratch/smoke"),
        ("/opt/dlami/nvme", None, True, "/opt/dlami/nvme"),
    ],
)
def test_the_folder_is_that_of_the_local_disks_unless_the_settings_say_another(
    scratch_folder: str | None, local_disks: str | None, stand_in: bool, expected: str
) -> None:  # fmt: skip
    """A sandbox's nodes have no such disks."""
    storage = {"sizeMib": 8} | ({"scratch": scratch_folder} if scratch_folder else {})
    question = ask({"storage": storage})._replace(local_disks=local_disks, stand_in=stand_in)

    assert question.scratch == expected


def test_a_larger_size_has_more_time() -> None:
    """64 GiB of a fast stripe take seconds, of a volume that is slow an hour."""
    assert scratch.CHECK.seconds(ask({"storage": {"sizeMib": 1024}})) == pytest.approx(651.2)
    assert scratch.CHECK.seconds(ask({"storage": {"sizeMib": 65536}})) == pytest.approx(3876.8)


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert scratch.parse(GOOD).model_dump(mode="json") == json.loads(GOOD)
