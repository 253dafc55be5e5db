"""IAM policies, whether a resource has them as JSON text or as an object."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from policies.unknown import NotEvaluatedError

Statement = Mapping[str, Any]


def statements(policy: object, effect: str) -> list[Statement]:
    """The statements of a policy with this effect (`Allow`, `Deny`); a policy of one statement may have it bare.

    Raises:
        NotEvaluatedError: the policy is not known, or can't be read.
    """
    if not policy:
        return []
    found = _document(policy).get("Statement") or ()
    return [each for each in listed(found) if each.get("Effect") == effect]


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - IAM writes a list of one as the one
    """A list, where the policy has a list or a single value."""
    if value is None:
        return []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _document(policy: object) -> Mapping[str, Any]:
    if isinstance(policy, Mapping):
        return policy
    try:
        read = json.loads(str(policy))
    except ValueError:
        read = None
    if not isinstance(read, Mapping):
        raise NotEvaluatedError("the policy is no JSON object")
    return read
