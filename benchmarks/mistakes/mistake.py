"""A planted mistake: a small named change of a clean environment, and the rule that must find it."""

from typing import NamedTuple

from benchmarks.mistakes.changes import Change


class Mistake(NamedTuple):
    """A planted mistake.

    Attributes:
        name: what somebody did.
        environment: where.
        rule: the rule that must find it.
        resource: on which resource, by its name.
        change: what it does to what is declared.
        also: the other rules that speak, and must.
    """

    name: str
    environment: str
    rule: str
    resource: str
    change: Change
    also: tuple[str, ...] = ()
