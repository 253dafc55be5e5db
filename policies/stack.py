"""The resources that rules look at, whoever recorded them: the plan, or the engine that runs the policy pack."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

STACK = "pulumi:pulumi:Stack"  # the engine's root resource: rules about the environment as a whole judge it
EVERY = "*"  # every type, but the engine's own: rules about whatever there is judge it


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource.

    Attributes:
        type: the SDK's token, such as `aws:ec2/vpc:Vpc`.
        name: its name in the program.
        urn: the engine's name of it.
        properties: its inputs, with the SDK's camelCase names.
        property_dependencies: URNs of the resources that a property is made from, by property.
        protect: whether the engine refuses to delete it.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - a property may be anything that JSON can say
        """A property, or the default where it is missing or null."""
        value = self.properties.get(key)
        return default if value is None else value


class Stack:
    """All resources of one stack. Relations are found by what a property is made from, never by names."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = tuple(resources)

    def __iter__(self) -> Iterator[Resource]:
        """The resources, in the order of registration."""
        return iter(self._resources)

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    def behind(self, resource: Resource, key: str, *types: str) -> list[Resource]:
        """The resources of these types that a property of a resource is made from."""
        urns = resource.property_dependencies.get(key, ())
        found = [self._by_urn[urn] for urn in urns if urn in self._by_urn]
        return [each for each in found if not types or each.type in types]

    def users(self, resource: Resource, *types: str, key: str | None = None) -> list[Resource]:
        """The resources of these types with a property, or the property of that name, made from a resource."""
        return [
            each
            for each in self.of(*types)
            if any(
                resource.urn in urns for name, urns in each.property_dependencies.items() if key is None or name == key
            )
        ]

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self._resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        grouped: dict[str, list[Resource]] = {}
        for resource in self._resources:
            grouped.setdefault(resource.type, []).append(resource)
        return {**grouped, EVERY: [each for each in self if not each.type.startswith("pulumi:")]}
