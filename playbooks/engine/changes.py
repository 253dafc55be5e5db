"""What an operation changes, as a person reads it: counts a component, and by name whatever exists already."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from components.fleet.unhealthy import TAGS
from playbooks.engine.operation import Step
from playbooks.plan.digest import short_type
from playbooks.report.digest import several

SIGNS = {"create": "+", "import": "=", "update": "~", "replace": "±", "delete": "-"}
TAGGED = ("tags", "tagsAll")
MOST_LINES = 40  # of changes by name; a screen
MOST_CHARACTERS = 60  # of a value


def lines(changes: Sequence[Step]) -> Iterator[str]:
    """What would be changed: new resources counted by component and type, every other one named."""
    yield from counted("+", ((step.parent, step.type) for step in changes if step.verb == "create"))
    others = [_named(step) for step in changes if step.verb != "create"]
    yield from others[:MOST_LINES]
    if len(others) > MOST_LINES:
        yield f"  and {len(others) - MOST_LINES:,} more"


def total(changes: Sequence[Step], unchanged: int) -> str:
    """All of it in a line: `36 to create, 2 to replace, 4 unchanged`."""
    counts = Counter(step.verb for step in changes)
    parts = [f"{counts[verb]:,} to {verb}" for verb in SIGNS if counts[verb]]
    return ", ".join([*parts, f"{unchanged:,} unchanged"])


def done(changes: Sequence[Step]) -> str:
    """What was changed, in a line: `36 created, 2 replaced`."""
    counts = Counter(step.verb for step in changes)
    return ", ".join(f"{counts[verb]:,} {verb}{'d' if verb.endswith('e') else 'ed'}" for verb in SIGNS if counts[verb])


def drifted(changes: Iterable[Step]) -> Iterator[str]:
    """What the cloud says otherwise than the state, by property."""
    for step in changes:
        if step.verb == "delete":
            yield f"- {_what(step)}: does not exist any more"
        for name in step.properties if step.verb != "delete" else ():
            yield f"~ {_what(step)}: {name} is {_shown(step.after.get(name))}, was {_shown(step.before.get(name))}"


def is_mark(step: Step) -> bool:
    """Whether nothing differs but the tags of `aidc smoke --cordon`, which are nobody's to put back."""
    if step.verb != "update" or not step.properties or not set(TAGGED).issuperset(step.properties):
        return False
    return all(_unmarked(step.before.get(name)) == _unmarked(step.after.get(name)) for name in step.properties)


def _unmarked(tags: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (tags or {}).items() if key not in TAGS}


def counted(sign: str, resources: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Resources, each by its component's name and its type, as a line a component."""
    by_component: dict[str, Counter[str]] = {}
    for component, kind in resources:
        by_component.setdefault(component, Counter())[short_type(kind)] += 1
    for component, types in sorted(by_component.items()):
        listed = ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in sorted(types.items()))
        yield f"{sign} {component or 'the stack itself'}: {several(sum(types.values()), 'resource')} ({listed})"


def _named(step: Step) -> str:
    because = f": {', '.join(step.properties)}" if step.properties else ""
    return f"{SIGNS[step.verb]} {step.verb} {_what(step)}{because}"


def _what(step: Step) -> str:
    return f"{step.name} ({short_type(step.type)})"


def _shown(value: Any) -> str:  # noqa: ANN401 - a property of any kind
    text = "not set" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
