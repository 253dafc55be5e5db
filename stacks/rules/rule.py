"""A rule between settings is a row: what it refuses, what it reads, and a pure function."""

from collections.abc import Callable
from typing import NamedTuple

SUFFIX = 8  # Pulumi makes a name unique with a hyphen and 7 hexadecimal digits


class Refusal(NamedTuple):
    """What is wrong, and what to write instead."""

    problem: str
    remedy: str


class Rule(NamedTuple):
    """A rule between settings.

    Attributes:
        at: the path that is refused; `*` stands for every name or index there.
        reads: paths whose values the function is given, in this order; a `*` is the one of `at`, and a path that is
            `*` alone is the name itself; a `**` gives the values of every name there, by name. The rule is not asked
            where one of them is refused already. Of a group of names only the names are read, for what is behind
            them may be refused.
        judge: the refusal, None where all is well.
    """

    at: str
    reads: tuple[str, ...]
    judge: Callable[..., Refusal | None]


def too_long(name: str, longest: int, whose: str) -> Refusal | None:
    """Refuse a name that would be longer than AWS lets it be, Pulumi's suffix counted."""
    excess = len(name) + SUFFIX - longest
    if excess <= 0:
        return None
    made = f"{name} and the {SUFFIX} characters that Pulumi adds"
    count = f"{excess} character{'s'[: excess > 1]} too many"
    return Refusal(
        f"{count} for {whose}, whose name is {made} (at most {longest})", f"Shorten it by {excess}, or `name`."
    )
