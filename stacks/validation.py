"""From plain values to `Settings`, with every mistake in them at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.mistakes import Mistake, Path, nearest, shown
from stacks.rules import RULES, Rule
from stacks.settings import Settings
from stacks.shape import keys, kind_at, value_at
from stacks.wording import KEY, mistake

EVERY = "**"  # in a rule's path: every name of the group before it
ENCRYPTED = (
    "the value is encrypted",
    "Write it in plain text (`pulumi config set` without --secret): no setting is a secret, and aidc can't decrypt.",
)


class Checked(NamedTuple):
    """What came of a check: settings that can be used if there is no mistake, here or in what the reader refused."""

    settings: Settings | None
    mistakes: list[Mistake]


def check(values: Mapping[str, object], environment: str, refused: Collection[Path] = ()) -> Checked:
    """The settings that these values are, and every mistake in them.

    Args:
        values: by key, `aws:region` among them; text, numbers, lists and mappings as YAML or JSON gives them.
        environment: the environment that they must name.
        refused: paths that the reader has told of already; nothing more is said of what stands there.
    """
    encrypted = encrypted_paths(values)
    known = {*refused, *encrypted}
    found = [Mistake(path, *ENCRYPTED) for path in encrypted]
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        new = [each for each in error.errors(include_url=False) if not _within(each["loc"], known)]
        found += map(mistake, _told_once(new))
        known |= {each["loc"] for each in new}
    for rule in RULES:
        found += _refusals(rule, values, known)
    return Checked(settings, [*found, *_other_name(values, environment, known)])


def encrypted_paths(values: object, path: Path = ()) -> list[Path]:
    """Where Pulumi's form of an encrypted value, `secure: …`, stands."""
    if isinstance(values, Mapping) and path and set(values) == {"secure"}:
        return [path]
    items: Iterable[tuple[str | int, object]] = ()
    if isinstance(values, Mapping | list):
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
    return [found for step, value in items for found in encrypted_paths(value, (*path, step))]


def _within(path: Path, known: Collection[Path]) -> bool:
    return any(path[:depth] in known for depth in range(1, len(path) + 1))


def _told_once(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """A misspelt key is one mistake, not an unknown key and a missing one; nor is a list of wrong items empty too."""
    unknown = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
    meant = {(*path[:-1], nearest(str(path[-1]), tuple(keys(kind_at(path[:-1]))))) for path in unknown}
    lists = {error["loc"][:-1] for error in errors}
    return (
        error
        for error in errors
        if not (error["type"] == "missing" and error["loc"] in meant)
        and not (error["type"] == "too_short" and error["loc"] in lists)
    )


def _refusals(rule: Rule, values: Mapping[str, object], known: Collection[Path]) -> Iterator[Mistake]:
    """What a rule refuses, asked once for each name or index that its `*` stands for."""
    stem, star, _ = rule.at.partition("*")
    group = tuple(stem.rstrip(".").split(".")) if star else ()
    for name in _names(value_at(values, group)) if star else [""]:
        at, *paths = (_bound(path, group, name) for path in (rule.at, *rule.reads))
        if all(_readable(each, values, known) for path in paths for each in _spread(path, values).values()):
            refusal = rule.judge(*(_read(path, values) for path in paths))
            if refusal:
                yield Mistake(at, *refusal)


def _names(group: object) -> Iterable[str | int]:
    return group if isinstance(group, Mapping) else range(len(group)) if isinstance(group, list) else ()


def _bound(path: str, group: Path, name: str | int) -> Path:
    """A rule's path with the name in place of the `*`; the `*` alone is the name's own."""
    return (*group, name, KEY) if path == "*" else tuple(name if step == "*" else step for step in path.split("."))


def _spread(path: Path, values: Mapping[str, object]) -> dict[str | int, Path]:
    """A path by name for each that its `**` stands for; without one, the path alone."""
    if EVERY not in path:
        return {"": path}
    depth = path.index(EVERY)
    names = _names(value_at(values, path[:depth]))
    return {name: (*path[:depth], name, *path[depth + 1 :]) for name in names}


def _read(path: Path, values: Mapping[str, object]) -> object:
    """What a rule is given of a path: a name itself, the values of every name, or the one that stands there."""
    if EVERY in path:
        return {name: value_at(values, each) for name, each in _spread(path, values).items()}
    return path[-2] if path[-1] == KEY else value_at(values, path)


def _readable(path: Path, values: Mapping[str, object], known: Collection[Path]) -> bool:
    """Whether what stands at a path was accepted: it and all that it stands in, and of a list every item."""
    items = isinstance(value_at(values, path[:-1] if path[-1] == KEY else path), list)
    return not _within(path, known) and not (items and any(each[: len(path)] == path for each in known))


def _other_name(values: Mapping[str, object], environment: str, known: Collection[Path]) -> Iterator[Mistake]:
    """The name says which resources are whose, so a copied file must not keep the old one."""
    name = values.get("name")
    if ("name",) not in known and name != environment:
        yield Mistake(("name",), f"{shown(name)} stands in the settings of {environment}", f"Write {environment}.")
