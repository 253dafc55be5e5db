"""One thing that must be so: looked at first, written only where it is not, so that a second run changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from playbooks.errors import AccountError


class Outcome(StrEnum):
    """What became of a step."""

    MADE = "made"
    CHANGED = "changed"
    KEPT = "kept"


class Step(NamedTuple):
    """One thing that must be so.

    Attributes:
        what: names it, for a person.
        wanted: how it must be.
        look: how it is; None where it is not there.
        write: makes it so.
    """

    what: str
    wanted: object
    look: Callable[[], object]
    write: Callable[[], object]


def settle(steps: Iterable[Step]) -> Iterator[tuple[Step, Outcome]]:
    """Take each step, in order.

    Raises:
        AccountError: AWS refused one; those before it stand, and the next run goes on from there.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - `aidc --help` should not cost it

    for step in steps:
        try:
            yield step, _settled(step)
        except (BotoCoreError, ClientError) as error:
            raise AccountError(f"{step.what}: {error}. What was made before it stands; run this again.") from error


def _settled(step: Step) -> Outcome:
    found = step.look()
    if holds(found, step.wanted):
        return Outcome.KEPT
    step.write()
    return Outcome.MADE if found is None else Outcome.CHANGED


def holds(found: object, wanted: object) -> bool:
    """Whether what was found says what is wanted; AWS may say more of a thing than it was told."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(holds(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(holds, found, wanted))
    return found == wanted


def answer_or_none(call: Callable[[], Any], absent: Iterable[str]) -> Any:  # noqa: ANN401 - an answer of boto3's
    """The call's answer; None where AWS answers with one of the codes that mean 'there is none'."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            return None
        raise
