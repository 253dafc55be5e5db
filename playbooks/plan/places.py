"""Which subnets a resource stands in, found by what its properties depend on."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, NamedTuple, Self

from playbooks.plan.graph import Graph, Resource
from stacks.settings import Settings

SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = (
    "aws:ec2/routeTableAssociation:RouteTableAssociation"  # a subnet's id is read from it (components.network)
)
SUBNET_ID = re.compile(r"subnet-[0-9a-f]+")


class Subnet(NamedTuple):
    """A subnet.

    Attributes:
        name: its resource's name, or its id where somebody else declares it.
        zone: its zone, by name or by id.
        network: its addresses; None where somebody else declares it.
    """

    name: str
    zone: str
    network: IPv4Network | None

    @property
    def title(self) -> str:
        """As a person is told of it."""
        return f"{self.name} ({self.network or self.zone})"


class Places(NamedTuple):
    """A graph, and the zones of the subnets that it does not declare, by their ids."""

    graph: Graph
    zone_of: Mapping[str, str]

    @classmethod
    def of(cls, graph: Graph, settings: Settings) -> Self:
        """The places of an environment."""
        existing = settings.network.existing
        return cls(graph, {subnet: zone for zone, subnet in existing.private_subnets.items()} if existing else {})

    def subnets(self, resource: Resource, key: str) -> tuple[Subnet, ...]:
        """Those that a property of a resource names, each once."""
        declared = dict.fromkeys(self._declared(resource, key))
        if declared:
            return tuple(declared)
        ids = dict.fromkeys(_ids(resource.properties.get(key)))
        return tuple(Subnet(each, self.zone_of.get(each, "a zone that is not known"), None) for each in ids)

    def _declared(self, resource: Resource, key: str) -> Iterator[Subnet]:
        for urn in resource.property_dependencies.get(key, ()):
            needed = self.graph.by_urn.get(urn)
            if needed and needed.type == ASSOCIATION:
                yield from self._declared(needed, "subnetId")
            elif needed and needed.type == SUBNET:
                said = needed.properties
                zone = said.get("availabilityZone") or said["availabilityZoneId"]
                yield Subnet(needed.name, zone, IPv4Network(said["cidrBlock"]))


def _ids(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every id of a subnet inside a property."""
    if isinstance(value, str) and SUBNET_ID.fullmatch(value):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _ids(each)
