"""Changes of what an environment declares, a property, a resource or a setting, as a slip of the pen makes them."""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import reduce
from typing import Any, NamedTuple

from playbooks.plan.graph import Graph, Resource
from playbooks.plan.made_up import identity
from policies.taggable import taggable_types
from stacks.environment import PROJECT, Environment
from stacks.settings import Settings


class Declared(NamedTuple):
    """An environment, and what its program declares."""

    environment: Environment
    graph: Graph


class Address(NamedTuple):
    """Which resource: its type and its name."""

    type: str
    name: str


Change = Callable[[Declared], Declared]


def put(address: Address, path: str, value: object) -> Change:
    """Set what stands at a path, such as `networkInterfaces.0.interfaceType`, whatever it was made from."""
    return _changed(address, lambda each: _written(each, path, lambda inside, key: inside.__setitem__(key, value)))


def take(address: Address, path: str) -> Change:
    """Leave out what stands at a path."""
    return _changed(address, lambda each: _written(each, path, lambda inside, key: inside.__delitem__(key)))


def remake(address: Address, key: str, value: object, *made_from: Address) -> Change:
    """Set a property that is made from other resources."""

    def remade(declared: Declared) -> Declared:
        behind = tuple(_found(declared.graph, other).urn for other in made_from)
        linked = _changed(
            address,
            lambda each: replace(each, property_dependencies={**each.property_dependencies, key: behind}),
        )
        return linked(put(address, key, value)(declared))

    return remade


def respell(address: Address, key: str, old: str, new: str) -> Change:
    """Write another name into a property, and into the names of what it is made from."""

    def respelled(each: Resource) -> Resource:
        value = json.loads(json.dumps(each.properties[key]).replace(old, new))
        behind = tuple(urn.replace(old, new) for urn in each.property_dependencies.get(key, ()))
        return replace(
            each,
            properties={**each.properties, key: value},
            property_dependencies={**each.property_dependencies, key: behind},
        )

    return _changed(address, respelled)


def unprotect(address: Address) -> Change:
    """Let it be deleted."""
    return _changed(address, lambda each: replace(each, protect=False))


def drop(*addresses: Address) -> Change:
    """Leave resources out."""

    def dropped(declared: Declared) -> Declared:
        gone = {_found(declared.graph, address).urn for address in addresses}
        return _with(declared, (each for each in declared.graph if each.urn not in gone))

    return dropped


def add(address: Address, properties: Mapping[str, object], **made_from: Address) -> Change:
    """Declare one more resource, protected and tagged as the environment's others.

    Args:
        address: its type and name.
        properties: all but those that are another resource's id.
        made_from: those, by name.
    """

    def added(declared: Declared) -> Declared:
        behind = {key: _found(declared.graph, other) for key, other in made_from.items()}
        ids = {key: identity(other.type, other.name) for key, other in behind.items()}
        tags = {"tags": _tags(declared)} if address.type in taggable_types() else {}
        new = Resource(
            type=address.type,
            name=address.name,
            urn=f"urn:pulumi:{declared.environment.name}::{PROJECT}::{address.type}::{address.name}",
            properties={**tags, **ids, **properties},
            parent="",
            dependencies=(),
            property_dependencies={key: (other.urn,) for key, other in behind.items()},
            protect=True,
            ignore_changes=(),
            custom=True,
        )
        return _with(declared, [*declared.graph, new])

    return added


def say(change: Callable[[Settings], Mapping[str, object]]) -> Change:
    """Other settings, by top-level key, than the ones that the resources were declared from."""

    def said(declared: Declared) -> Declared:
        settings = declared.environment.settings
        changed = settings.model_copy(update=dict(change(settings)))
        return declared._replace(environment=replace(declared.environment, settings=changed))

    return said


def in_turn(*changes: Change) -> Change:
    """Several changes that are one mistake."""
    return lambda declared: reduce(lambda so_far, change: change(so_far), changes, declared)


def _changed(address: Address, change: Callable[[Resource], Resource]) -> Change:
    def changed(declared: Declared) -> Declared:
        one = _found(declared.graph, address)
        return _with(declared, (change(each) if each is one else each for each in declared.graph))

    return changed


def _written(resource: Resource, path: str, write: Callable[[Any, Any], None]) -> Resource:
    properties = deepcopy(dict(resource.properties))
    inside: Any = properties
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in steps:
        inside = inside[step]
    write(inside, last)
    top = path.partition(".")[0]
    behind = resource.property_dependencies if steps else _without(resource.property_dependencies, top)
    return replace(resource, properties=properties, property_dependencies=behind)


def _without(behind: Mapping[str, tuple[str, ...]], key: str) -> dict[str, tuple[str, ...]]:
    return {each: urns for each, urns in behind.items() if each != key}


def _found(graph: Graph, address: Address) -> Resource:
    """The one resource at an address.

    Raises:
        LookupError: there is none, or there are several.
    """
    found = [each for each in graph if (each.type, each.name) == address]
    if len(found) != 1:
        raise LookupError(f"{len(found)} resources are a {address.type} called {address.name}")
    return found[0]


def _with(declared: Declared, resources: Iterable[Resource]) -> Declared:
    return declared._replace(graph=replace(declared.graph, resources=tuple(resources)))


def _tags(declared: Declared) -> Mapping[str, str]:
    """The tags of the environment's network, which has no more than all have."""
    tags: Mapping[str, str] = _found(
        declared.graph, Address("aws:ec2/vpc:Vpc", f"{declared.environment.name}-vpc")
    ).properties["tags"]
    return tags
