import json

from playbooks.checks import checkpoint
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts

GOOD = printed("checkpoint.stdout")


def test_a_good_node_passes() -> None:
    """And says which object it was."""
    question = ask(count=1)
    [found] = checkpoint.CHECK.judge(question, everywhere(question, lambda _: GOOD))

    assert verdicts([found]) == [("PASS", ("gpu-0",))]
    assert found.evidence == {
        "object": "s3://checkpoints-1a2b/aidc-smoke/r1/gpu-0.pt, 16775521 bytes, deleted afterwards"
    }


def test_bytes_that_differ_fail_and_missing_credentials_are_an_error() -> None:
    """Each node by itself."""
    question = ask(count=2)
    bad = completed(changed("checkpoint.stdout", lambda facts: facts.update(differing_bytes=5)))
    nobody = completed(stderr="no AWS credentials for the bucket", exit_status=Status.NO_CREDENTIALS)
    found = checkpoint.CHECK.judge(question, {"gpu-0": bad, "gpu-1": nobody})

    assert verdicts(found) == [("ERROR", ("gpu-1",)), ("FAIL", ("gpu-0",))]
    assert found[0].action == (
        "Give the fleet's instances a role that may put, get and delete objects in checkpoints-1a2b."
    )


def test_without_a_bucket_it_does_not_apply() -> None:
    """And the setting is named; one that is declared and not found is another matter."""
    none: dict[str, object] = {"storage": {"sizeMib": 8}}
    assert checkpoint.CHECK.skip(ask(none, bucket=None)) == "smoke.storage.bucket of the settings names no bucket"
    assert "no bucket with the tags of" in checkpoint.CHECK.skip(ask(bucket=None))
    assert checkpoint.CHECK.skip(ask()) == ""


def test_the_arguments_say_which_object() -> None:
    """One a run and node."""
    question = ask()

    assert checkpoint.CHECK.arguments(question, question.nodes[1]) == [
        *("--bucket", "checkpoints-1a2b", "--region", "eu-west-1"),
        *("--run", "r1", "--node", "gpu-1", "--size-mib", "16"),
    ]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert checkpoint.parse(GOOD).model_dump(mode="json") == json.loads(GOOD)
