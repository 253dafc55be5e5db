"""From the properties of a Pulumi resource to the arguments of an AWS operation, guided by the operation's shape."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.model import ListShape, Shape, StructureShape

Properties = Mapping[str, Any]
Names = Mapping[str, str]  # a property's name, where AWS's differs by more than letter case


class Request(NamedTuple):
    """The arguments of a call, and the dotted names of the properties that the operation has no place for."""

    arguments: dict[str, Any]
    left_over: tuple[str, ...]


def request(shape: StructureShape, properties: Properties, names: Names) -> Request:
    """Put each property where the shape has a member of the same name, in whatever letter case, at every depth."""
    left_over: list[str] = []
    return Request(_structure(shape, properties, names, "", left_over), tuple(left_over))


def _structure(
    shape: StructureShape, properties: Properties, names: Names, path: str, left_over: list[str]
) -> dict[str, Any]:
    members = {member.lower(): member for member in shape.members}
    arguments = {}
    for key, value in properties.items():
        member = members.get(names.get(key, key).lower())
        if member is None:
            left_over.append(f"{path}{key}")
        elif value is not None:
            arguments[member] = _value(shape.members[member], value, names, f"{path}{key}.", left_over)
    return arguments


def _value(shape: Shape, value: Any, names: Names, path: str, left_over: list[str]) -> Any:  # noqa: ANN401
    if isinstance(shape, ListShape):
        return [_value(shape.member, each, names, path, left_over) for each in _listed(shape.member, value)]
    if isinstance(shape, StructureShape):
        return _structure(shape, value, names, path, left_over)
    if shape.type_name == "boolean":
        return value in (True, "true")
    return str(value) if shape.type_name == "string" else value


def _listed(member: Shape, value: Any) -> list[Any]:  # noqa: ANN401
    """A list where AWS wants one: the provider takes tags as a mapping, and a block that stands once by itself."""
    if not isinstance(value, dict):
        return list(value)
    return tag_list(value) if set(getattr(member, "members", ())) == {"Key", "Value"} else [value]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most of AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
