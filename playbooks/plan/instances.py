"""The instances that a graph declares, by what starts them: their type, how many, bought how, standing where."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from components.catalogue.instance_types import InstanceType, instance_type
from playbooks.plan.cost import GROUP, INSTANCE, NODE_GROUP, TEMPLATE, behind, purchase
from playbooks.plan.graph import Resource
from playbooks.plan.places import Places, Subnet

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
MOST_PODS = re.compile(r"--max-pods=(\d+)")  # as components.cluster.node_images writes it
# What the kubelet allows where it is told nothing (Kubernetes, "Considerations for large clusters")
KUBELETS_PODS = 110
SUBNET_KEYS = {INSTANCE: "subnetId", GROUP: "vpcZoneIdentifiers", NODE_GROUP: "subnetIds"}


class Instances(NamedTuple):
    """Instances that start from one launch template.

    Attributes:
        name: of the component that declares them, such as `prod-training`.
        type: what each is.
        nodes: how many there can be at most.
        purchase: `on-demand`, `spot`, `capacity-reservation` or `capacity-block`.
        reservation: id of the Capacity Reservation or Capacity Block; empty where there is none.
        addresses: how many of its subnet each takes for its interfaces.
        pods: how many run on each at most; None where they are not a cluster's.
        subnets: where they stand, spread evenly.
        security_groups: URNs of those of their interfaces.
    """

    name: str
    type: InstanceType
    nodes: int
    purchase: str
    reservation: str
    addresses: int
    pods: int | None
    subnets: tuple[Subnet, ...]
    security_groups: frozenset[str]

    @property
    def title(self) -> str:
        """How many of what, such as `16 x p5en.48xlarge`."""
        return f"{self.nodes} x {self.type.name}"


def all_instances(places: Places) -> list[Instances]:
    """Every kind of instance of a graph; those of one launch template are counted together."""
    found: dict[str, Instances] = {}
    for resource in places.graph:
        if resource.type not in SUBNET_KEYS:
            continue
        template = behind(resource, places.graph, TEMPLATE)
        its = _instances(resource, template, places)
        key = template.urn if template and resource.type == INSTANCE else resource.urn
        found[key] = its._replace(nodes=its.nodes + found[key].nodes) if key in found else its
    return [each for each in found.values() if each.nodes]


def _instances(resource: Resource, template: Resource | None, places: Places) -> Instances:
    said = {**(template.properties if template else {}), **resource.properties}
    target = (said.get("capacityReservationSpecification") or {}).get("capacityReservationTarget") or {}
    reservation, bought = target.get("capacityReservationId") or "", purchase(said)
    parent = places.graph.by_urn.get(resource.parent, resource)
    return Instances(
        name=parent.name,
        type=instance_type(said["instanceType"]),
        nodes=_most(resource),
        purchase="capacity-reservation" if reservation and bought == "on-demand" else bought,
        reservation=reservation,
        addresses=_addresses(said.get("networkInterfaces")),
        pods=_pods(said) if resource.type == NODE_GROUP else None,
        subnets=places.subnets(resource, SUBNET_KEYS[resource.type])
        or (places.subnets(template, "networkInterfaces") if template else ()),
        security_groups=frozenset(_security_groups(template or resource, places)),
    )


def _most(resource: Resource) -> int:
    if resource.type == GROUP:
        return int(resource.properties["maxSize"])
    return int(resource.properties["scalingConfig"]["maxSize"]) if resource.type == NODE_GROUP else 1


def _addresses(interfaces: list[Mapping[str, Any]] | None) -> int:
    """An `efa-only` interface takes none; without any said, EC2 makes one that does."""
    return sum(each.get("interfaceType") != "efa-only" for each in interfaces) if interfaces else 1


def _pods(said: Mapping[str, Any]) -> int:
    told = MOST_PODS.search(b64decode(said.get("userData") or "").decode())
    return int(told[1]) if told else KUBELETS_PODS


def _security_groups(resource: Resource, places: Places) -> Iterator[str]:
    for key in ("networkInterfaces", "vpcSecurityGroupIds"):
        for urn in resource.property_dependencies.get(key, ()):
            if urn in places.graph.by_urn and places.graph.by_urn[urn].type == SECURITY_GROUP:
                yield urn
