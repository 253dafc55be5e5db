from typing import Any

import pytest

from policies.backup_selections import SELECTION, covers
from policies.rule import example
from policies.stack import Resource, Stack

BUCKET = "aws:s3/bucket:Bucket"
VOLUME = "aws:ebs/volume:Volume"
DATA = example(BUCKET, {"tags": {"environment": "dev", "backup": "daily"}})
DAILY = {"key": "aws:ResourceTag/backup", "value": "daily"}


def taken(properties: dict[str, Any], resource: Resource = DATA, **made_from: Resource) -> bool:
    """Whether a selection takes in a resource."""
    selection = example(SELECTION, properties, **made_from)
    return covers(Stack([resource, selection]), selection, resource)


def test_a_selection_takes_what_it_names() -> None:
    """By the ARN that it is made from, not by a text that looks like it; unless it is left out again."""
    assert taken({"resources": ["arn:aws:s3:::data"]}, resources=DATA)
    assert not taken({"resources": ["arn:aws:s3:::bucket"]})
    assert not taken({"resources": ["*"]}, notResources=DATA)
    assert not taken({})


@pytest.mark.parametrize("pattern", ["*", "arn:aws:s3:::*", "arn:aws-us-gov:s3:::*"])
def test_a_selection_takes_all_of_a_kind(pattern: str) -> None:
    """Or everything."""
    assert taken({"resources": [pattern]})
    assert not taken({"resources": ["*"], "notResources": [pattern]})


def test_a_pattern_of_another_kind_takes_nothing() -> None:
    """Volumes are of EC2."""
    assert not taken({"resources": ["arn:aws:ec2:*:*:volume/*"]})
    assert taken({"resources": ["arn:aws:ec2:*:*:volume/*"]}, example(VOLUME, {}))


def test_a_selection_takes_what_has_one_of_its_tags() -> None:
    """Alone, or among all of a kind."""
    tags = [{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}, {"key": "team", "value": "other"}]

    assert taken({"selectionTags": tags})
    assert taken({"selectionTags": tags, "resources": ["arn:aws:s3:::*"]})
    assert not taken({"selectionTags": tags[1:]})
    assert not taken({"selectionTags": tags, "resources": ["arn:aws:fsx:*"]})


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("stringEquals", "daily", True),
        ("stringEquals", "weekly", False),
        ("stringLikes", "dai*", True),
        ("stringLikes", "week*", False),
        ("stringNotEquals", "never", True),
        ("stringNotEquals", "daily", False),
        ("stringNotLikes", "nev*", True),
        ("stringNotLikes", "dai*", False),
    ],
)
def test_conditions_narrow_a_selection(operator: str, value: str, holds: bool) -> None:
    """What is named must meet them too."""
    conditions = [{operator: [{"key": DAILY["key"], "value": value}]}]

    assert taken({"resources": ["*"], "conditions": conditions}) is holds
    assert taken({"resources": [], "conditions": conditions}, resources=DATA) is holds


def test_every_condition_must_hold() -> None:
    """One that does is not enough; a resource without tags meets none but the negated ones."""
    both = [{"stringEquals": [DAILY, {"key": "aws:ResourceTag/environment", "value": "prod"}]}]
    bare = example(BUCKET, {})

    assert not taken({"resources": ["*"], "conditions": both})
    assert not taken({"resources": ["*"], "conditions": [{"stringEquals": [DAILY]}]}, bare)
    assert taken({"resources": ["*"], "conditions": [{"stringNotEquals": [DAILY], "stringLikes": None}]}, bare)
