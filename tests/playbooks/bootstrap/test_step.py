import pytest
from botocore.exceptions import ClientError

from playbooks.bootstrap.step import Outcome, Step, answer_or_none, holds, settle
from playbooks.errors import AccountError


def refused(code: str = "AccessDenied") -> ClientError:
    """What boto3 raises."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutIt")


def test_only_what_is_not_so_is_written() -> None:
    """Made where there was nothing, changed where there was something else, kept where all is well."""
    written: list[str] = []

    def step(name: str, found: str | None) -> Step:
        return Step(name, "wanted", lambda: found, lambda: written.append(name))

    steps = [step("a", None), step("b", "other"), step("c", "wanted")]

    assert [outcome for _, outcome in settle(steps)] == [Outcome.MADE, Outcome.CHANGED, Outcome.KEPT]
    assert written == ["a", "b"]


def test_a_refusal_names_the_step_and_how_to_go_on() -> None:
    """What was made before it stands."""

    def refuse() -> None:
        raise refused()

    with pytest.raises(AccountError, match=r"the bucket: .*AccessDenied.* What was made before it stands; run this"):
        list(settle([Step("the bucket", 1, lambda: None, refuse)]))


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ({"a": 1, "more": 2}, {"a": 1}, True),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": 2}, {"a": 1}, False),
        (None, {"a": 1}, False),
        ([1], {"a": 1}, False),
    ],
)
def test_aws_may_say_more_than_it_was_told(found: object, wanted: object, expected: bool) -> None:
    """But no list may be longer, and nothing may differ."""
    assert holds(found, wanted) is expected


def test_an_absence_is_none_and_any_other_error_stays_one() -> None:
    """A refusal must not read as 'there is none'."""

    def call() -> None:
        raise refused("NoSuchTagSet")

    assert answer_or_none(call, ["NoSuchTagSet"]) is None
    with pytest.raises(ClientError):
        answer_or_none(call, ["NoSuchEntity"])
