import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.data import bucket
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts
from tests.playbooks.checks.data import mangled

GOOD = printed("checkpoint.stdout")


def test_a_good_node_passes() -> None:
    """And says which object it was."""
    question = ask(count=1)
    found, *_ = bucket.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert verdicts([found]) == [("PASS", ("gpu-0",))]
    assert found.evidence == {
        "object": "s3://checkpoints-1a2b/aidc-smoke/r1/gpu-0.pt, 16775521 bytes, deleted afterwards"
    }


def test_bytes_that_differ_fail_and_missing_credentials_are_an_error() -> None:
    """Each node by itself."""
    question = ask(count=2)
    bad = completed(changed("checkpoint.stdout", lambda facts: facts.update(differing_bytes=5)))
    nobody = completed(stderr="no AWS credentials for the bucket", exit_status=Status.NO_CREDENTIALS)
    found = bucket.CHECK.judge(question, {"gpu-0": bad, "gpu-1": nobody})

    assert verdicts(found)[:2] == [("ERROR", ("gpu-1",)), ("FAIL", ("gpu-0",))]
    assert found[0].action == (
        "Give the fleet's instances a role that may put, get and delete objects in checkpoints-1a2b."
    )


def test_a_slow_way_to_the_bucket_is_named() -> None:
    """By a check of its own: what came back was right."""
    question = ask(count=6)
    slow = changed("checkpoint.stdout", lambda facts: facts.update(get_seconds=facts["get_seconds"] * 3))
    found = bucket.CHECK.judge(question, everywhere(question, lambda index: slow if index == 2 else GOOD))
    failed = [finding for finding in found if finding.verdict is Verdict.FAIL]

    assert [(finding.check, finding.nodes) for finding in failed] == [(bucket.SPEED, ("gpu-2",))]


def test_the_settings_say_what_is_fast_enough() -> None:
    """Of a single node too; the captured one puts 0.064 GB/s and gets 0.24."""
    storage = {"bucket": "checkpoints", "checkpointMib": 16}
    question = ask({"storage": {**storage, "minimumPutGbPerSecond": 0.05, "minimumGetGbPerSecond": 0.5}}, count=1)
    _, put, get = bucket.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert (put.verdict, get.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert get.reason == "checkpoint get is slower than it must be: 0.241 GB/s"
    assert get.threshold is not None
    assert get.threshold.source == "smoke.storage.minimumGetGbPerSecond of the settings"


def test_a_small_fleet_is_told_its_throughputs_and_passes() -> None:
    """Nothing says what they must be."""
    question = ask(count=2)
    found = bucket.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert [each.verdict for each in found] == [Verdict.PASS, Verdict.PASS, Verdict.SKIPPED, Verdict.SKIPPED]
    assert found[2].reason.endswith("checkpoint put was 0.0635 GB/s")


def test_an_answer_about_a_smaller_checkpoint_proves_nothing() -> None:
    """And no throughput follows from it."""
    question = ask({"storage": {"bucket": "checkpoints", "checkpointMib": 1024}}, count=1)
    [found] = bucket.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert verdicts([found]) == [("ERROR", ("gpu-0",))]
    assert found.reason == "the answer is about 16775521 bytes, and 1024 MiB were asked for"


@given(st.one_of(mangled.cut(GOOD), mangled.with_other_numbers(GOOD)))
def test_an_answer_that_is_not_whole_or_not_right_is_refused(text: str) -> None:
    """It is never a PASS."""
    question = ask(count=1)
    with pytest.raises(UnreadableAnswerError):
        bucket.parse(text)
    assert verdicts(bucket.CHECK.judge(question, {"gpu-0": completed(text)})) == [("ERROR", ("gpu-0",))]


@given(st.one_of(mangled.reordered(GOOD), mangled.coloured(GOOD)))
def test_order_means_nothing_and_colours_are_no_answer(text: str) -> None:
    """The same result or none."""
    try:
        read = bucket.parse(text)
    except UnreadableAnswerError:
        assert mangled.COLOUR in text
    else:
        assert read == bucket.parse(GOOD)


def test_a_larger_checkpoint_has_more_time() -> None:
    """At 20 MiB/s, there and back."""
    assert bucket.CHECK.seconds(ask({"storage": {"checkpointMib": 1024}})) == pytest.approx(702.4)


def test_without_a_bucket_it_does_not_apply() -> None:
    """And the setting is named; one that is declared and not found is another matter."""
    none: dict[str, object] = {"storage": {"sizeMib": 8}}
    assert bucket.CHECK.skip(ask(none, bucket=None)) == "smoke.storage.bucket of the settings names no bucket"
    assert "no bucket with the tags of" in bucket.CHECK.skip(ask(bucket=None))
    assert bucket.CHECK.skip(ask()) == ""


def test_the_arguments_say_which_object() -> None:
    """One a run and node."""
    question = ask()

    assert bucket.CHECK.arguments(question, question.nodes[1]) == [
        *("--bucket", "checkpoints-1a2b", "--region", "eu-west-1"),
        *("--run", "r1", "--node", "gpu-1", "--size-mib", "16"),
    ]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert bucket.parse(GOOD).model_dump(mode="json") == json.loads(GOOD)
