"""What the selections of AWS Backup take in: things by their ARN, all of a kind by a pattern, and what has a tag."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from policies.data_stores import BACKED_UP
from policies.stack import Resource, Stack

SELECTION = "aws:backup/selection:Selection"
PLAN = "aws:backup/plan:Plan"
TAG = "aws:ResourceTag/"  # what the key of a condition begins with; those of `selectionTags` may leave it out

Test = Callable[[str | None, str], bool]
# How a condition compares the tag that a resource has, or has not, with its own value.
CONDITIONS: Mapping[str, Test] = {
    "stringEquals": lambda tag, value: tag == value,
    "stringLikes": lambda tag, value: tag is not None and fnmatchcase(tag, value),
    "stringNotEquals": lambda tag, value: tag != value,
    "stringNotLikes": lambda tag, value: tag is None or not fnmatchcase(tag, value),
}


def covers(stack: Stack, selection: Resource, resource: Resource) -> bool:
    """Whether a selection takes in a resource.

    A selection is of ARNs and patterns, of which one must fit, and of conditions, of which all must hold. Its
    `selectionTags`, of which one must fit, narrow patterns further, and select by themselves where there is no ARN
    (AWS Backup developer guide, "Select AWS services to backup").
    """
    if resource in stack.behind(selection, "notResources") or _fits(selection.get("notResources", ()), resource):
        return False
    if not all(_holds(condition, resource) for condition in selection.get("conditions", ())):
        return False
    if resource in stack.behind(selection, "resources"):
        return True
    tagged, arns = selection.get("selectionTags", ()), selection.get("resources", ())
    if arns and not _fits(arns, resource):
        return False
    return bool(tagged or arns) and (not tagged or any(_has(each["key"], each["value"], resource) for each in tagged))


def _fits(arns: Any, resource: Resource) -> bool:  # noqa: ANN401 - a list, or not known
    """Whether one of these is a pattern that fits every resource of the kind."""
    kind = BACKED_UP.get(resource.type, "")
    patterns = [str(arn).split(":", 2)[-1] for arn in arns if "*" in str(arn)]
    return any(fnmatchcase(kind, pattern) for pattern in patterns)


def _has(key: str, value: str, resource: Resource) -> bool:
    return CONDITIONS["stringEquals"](_tag(key, resource), value)


def _holds(condition: Mapping[str, Any], resource: Resource) -> bool:
    return all(
        CONDITIONS[operator](_tag(each["key"], resource), each["value"])
        for operator, tests in condition.items()
        for each in tests or ()
    )


def _tag(key: str, resource: Resource) -> str | None:
    value = resource.get("tags", {}).get(key.removeprefix(TAG))
    return None if value is None else str(value)
