"""What a program declares: its resources, as the Pulumi engine would be asked for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SECRET = "[secret]"  # noqa: S105 - stands where a secret value stood


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the program.

    Attributes:
        type: the SDK's token, such as `aws:ec2/vpc:Vpc`.
        name: the name in the program.
        urn: the engine's name of it, unique in the graph.
        properties: its inputs, with the SDK's camelCase names; a secret is shown as `[secret]`.
        parent: URN of its parent, empty under the stack itself.
        dependencies: URNs of all that it needs first.
        property_dependencies: the same by property.
        protect: whether the engine refuses to delete it.
        ignore_changes: inputs that keep the value they were created with, whatever the program says later.
        custom: False for components, which exist in the program only.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    parent: str
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    ignore_changes: tuple[str, ...]
    custom: bool


@dataclass(frozen=True)
class Graph:
    """What one program declares.

    Attributes:
        resources: in the order in which the program registered them.
        outputs: what the stack tells other stacks, by name; a secret is shown as `[secret]`.
    """

    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Resource]:
        """The resources themselves."""
        return iter(self.resources)

    def __len__(self) -> int:
        """How many there are, components included."""
        return len(self.resources)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Each resource by the engine's name of it."""
        return {resource.urn: resource for resource in self.resources}

    def children(self, parent: str) -> list[Resource]:
        """The resources right below a URN; below the empty one, those of the stack itself."""
        return [resource for resource in self.resources if resource.parent == parent]
