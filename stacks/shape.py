"""The shape of the settings: which key a path leads to, its default, and an example of what can stand there."""

from collections.abc import Mapping
from enum import StrEnum
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stacks.mistakes import Path
from stacks.settings import Section, Settings

A_NAME = "workers"


def keys(section: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The keys of a section as the file has them."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def kind_at(path: Path) -> Any:  # noqa: ANN401 - an annotation: a class, or what typing makes of one
    """What belongs at a path: a section's class, `dict[str, section]`, or a value's kind; None where nothing does."""
    kind: Any = Settings
    for step in path:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) is tuple:
            kind = get_args(kind)[0]
        elif is_section(kind) and step in keys(kind):
            kind = bare(keys(kind)[str(step)].annotation)
        else:
            return None
    return kind


def bare(annotation: Any) -> Any:  # noqa: ANN401 - an annotation
    """An annotation without 'or None' and without what stands beside the kind itself."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def is_section(kind: object) -> bool:
    """Whether a kind is a section."""
    return isinstance(kind, type) and issubclass(kind, Section)


def choices(kind: object) -> tuple[str, ...]:
    """The words that a kind allows; empty where it is no choice."""
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def value_at(values: object, path: Path) -> object:
    """What the settings say at a path, or the default of the key; None where there is neither."""
    for depth, step in enumerate(path):
        if isinstance(values, list) and isinstance(step, int):
            values = values[step]
        elif isinstance(values, Mapping) and step in values:
            values = values[str(step)]
        else:
            section = kind_at(path[:depth])
            field = keys(section).get(str(step)) if values is not None and is_section(section) else None
            values = plain(field.get_default(call_default_factory=True)) if field else None
    return values


def plain(value: object) -> object:
    """A section as the file would have it, defaults included; any other value as it is."""
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, Section) else value


def example(path: Path) -> object:
    """Something valid for a path, with the keys that it must have."""
    if path and get_origin(kind_at(path[:-1])) is tuple:
        (item, *_) = cast("list[object]", example(path[:-1]))
        return item
    if path and is_section(parent := kind_at(path[:-1])):
        field = keys(parent)[str(path[-1])]
        if field.examples:
            return field.examples[0]
    kind = kind_at(path)
    if is_section(kind):
        return {key: example((*path, key)) for key, field in keys(kind).items() if field.is_required()}
    return {A_NAME: example((*path, A_NAME))}


def holds_text(key: str) -> bool:
    """Whether a top-level key is text, not a list or a group of keys; of an unknown key nobody can tell."""
    kind = kind_at((key,))
    return not (is_section(kind) or get_origin(kind) in (dict, tuple))
