"""How one type of resource is created in the sandbox: a row."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from playbooks.account import Client
from playbooks.plan.graph import Resource

Arguments = dict[str, Any]


def _nothing(_resource: Resource, _region: str) -> Arguments:
    return {}


class Row(NamedTuple):
    """The call that creates one type of resource.

    Attributes:
        service: boto3's name of the service.
        operation: the client's method.
        id: where the id stands in the answer (JMESPath), or in the call's arguments if `@` stands before it.
        under: the argument that the properties belong inside of, where it is not the call itself.
        beside: properties that stay at the top of the call although `under` is set.
        names: AWS's name of a property, where it differs by more than letter case.
        ignored: properties that steer the provider and that AWS never sees, or that moto has by default.
        tagged: the resource type of EC2's TagSpecifications; empty where tags are an argument like any other.
        more: further arguments, given the resource and the region.
        outputs: where outputs stand, told like the id, by their camelCase names.
        then: calls that finish the resource, given the client, its id and the resource.
    """

    service: str
    operation: str
    id: str
    under: str = ""
    beside: tuple[str, ...] = ()
    names: Mapping[str, str] = {}
    ignored: tuple[str, ...] = ()
    tagged: str = ""
    more: Callable[[Resource, str], Arguments] = _nothing
    outputs: Mapping[str, str] = {}
    then: Callable[[Client, str, Resource], None] = lambda _client, _id, _resource: None


def physical_name(resource: Resource) -> str:
    """A name with a suffix as Pulumi's auto-naming gives it, the same in every rebuild of the sandbox."""
    return f"{resource.name}-{hashlib.sha256(resource.urn.encode()).hexdigest()[:7]}"


class NotHeld(NamedTuple):
    """A type that moto has no operation for; it is kept as declared."""

    reason: str
