"""What changed between two plans of one environment: resources by property, cost, violations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from playbooks.plan.graph import Resource
from playbooks.plan.plan import Plan
from policies.verdicts import Ruling, Verdict

MISSING = "(none)"


class Kind(StrEnum):
    """What happened to a resource."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of a resource, before and after.

    Attributes:
        path: such as `tags.owner` or `ingress[0].fromPort`.
        before: as JSON has it; `(none)` where it was not there.
        after: likewise.
    """

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that differs."""

    kind: Kind
    type: str
    name: str
    urn: str
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from a base.

    Attributes:
        base: the git ref, as given.
        changes: resources, in the order of the program; those removed come last.
        usd_an_hour_before: of what is known.
        usd_an_hour_after: likewise.
        new: violations that the base has not.
        fixed: violations that only the base has.
    """

    base: str
    changes: tuple[Change, ...]
    usd_an_hour_before: Decimal
    usd_an_hour_after: Decimal
    new: tuple[Ruling, ...]
    fixed: tuple[Ruling, ...]


def compared(base: str, before: Plan, after: Plan) -> Comparison:
    """What differs in a plan from the plan of the base."""
    return Comparison(
        base,
        tuple(_changes(before.graph.by_urn, after.graph.by_urn)),
        before.cost.usd_an_hour,
        after.cost.usd_an_hour,
        _violations_only_in(after, before),
        _violations_only_in(before, after),
    )


def _changes(before: Mapping[str, Resource], after: Mapping[str, Resource]) -> Iterator[Change]:
    for urn, now in after.items():
        if urn not in before:
            yield _change(Kind.ADDED, now)
        elif different := tuple(_differences(before[urn].properties, now.properties, "")):
            yield _change(Kind.CHANGED, now, different)
    for urn, gone in before.items():
        if urn not in after:
            yield _change(Kind.REMOVED, gone)


def _change(kind: Kind, resource: Resource, properties: tuple[PropertyChange, ...] = ()) -> Change:
    return Change(kind, resource.type, resource.name, resource.urn, properties)


def _differences(before: Any, after: Any, path: str) -> Iterator[PropertyChange]:  # noqa: ANN401 - JSON
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            here = f"{path}.{key}" if path else key
            yield from _differences(before.get(key, MISSING), after.get(key, MISSING), here)
    elif isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(zip_longest(before, after, fillvalue=MISSING)):
            yield from _differences(old, new, f"{path}[{index}]")
    elif before != after:
        yield PropertyChange(path, before, after)


def _violations_only_in(one: Plan, other: Plan) -> tuple[Ruling, ...]:
    known = {(each.rule, each.urn) for each in other.rulings if each.verdict is Verdict.VIOLATION}
    return tuple(
        each for each in one.rulings if each.verdict is Verdict.VIOLATION and (each.rule, each.urn) not in known
    )
