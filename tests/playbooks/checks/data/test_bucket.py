import json

from playbooks.checks.data import bucket
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts

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
