"""Where things stand: subnets, their zones, and what their route tables lead to."""

from collections.abc import Iterable, Sequence
from typing import Any

from policies.compute import INSTANCE, TEMPLATE
from policies.data_stores import LUSTRE
from policies.machines import NODE_GROUP, SCALING_GROUP, interfaces, templates
from policies.network import DEFAULT_SUBNET, SUBNET
from policies.rule import Subject
from policies.stack import Resource, Stack
from policies.unknown import NotEvaluatedError

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
CONNECT_ENDPOINT = "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint"
CLUSTER = "aws:eks/cluster:Cluster"
SUBNET_KEYS = {  # which property names the subnets that something stands in
    TEMPLATE: "networkInterfaces",
    INSTANCE: "subnetId",
    SCALING_GROUP: "vpcZoneIdentifiers",
    NODE_GROUP: "subnetIds",
    LUSTRE: "subnetIds",
    NAT: "subnetId",
    ENDPOINT: "subnetIds",
    CONNECT_ENDPOINT: "subnetId",
    CLUSTER: "vpcConfig",
}
ZONE_KEYS = ("availabilityZone", "availabilityZoneId")


def subnets(stack: Stack, *standing: Resource) -> list[Resource]:
    """The declared subnets that these stand in.

    A subnet's id may come from its route table association: it is known then once there is a way out.
    """
    found: dict[str, Resource] = {}
    for each in standing:
        key = SUBNET_KEYS[each.type]
        associated = [
            subnet
            for association in stack.behind(each, key, ASSOCIATION)
            for subnet in stack.behind(association, "subnetId", SUBNET, DEFAULT_SUBNET)
        ]
        found |= {subnet.urn: subnet for subnet in [*stack.behind(each, key, SUBNET, DEFAULT_SUBNET), *associated]}
    return list(found.values())


def zones(subject: Subject, *standing: Resource) -> set[str]:
    """The zones that these stand in, or the one subnet, wherever that is; none where they name no place at all.

    Raises:
        NotEvaluatedError: the zone of one of several subnets is not known.
    """
    declared = subnets(subject.stack, *standing)
    undeclared = {name for each in standing for name in _undeclared(subject.stack, each)}
    if len(declared) + len(undeclared) == 1:
        return {*(each.urn for each in declared), *undeclared}
    if declared or undeclared:
        return {*zones_of(declared), *(_zone_of(subject, name) for name in undeclared)}
    return {str(zone) for each in standing for zone in _zones_named(each)}


def zones_of(declared: Sequence[Resource]) -> list[str]:
    """The zone of each of these subnets: all by name, or all by id.

    Raises:
        NotEvaluatedError: of one neither is known.
    """
    for key in ZONE_KEYS:
        found = [each.get(key) for each in declared]
        if all(isinstance(zone, str) for zone in found):
            return found
    raise NotEvaluatedError(f"the zones of {', '.join(each.name for each in declared)} are not known")


def _zone_of(subject: Subject, subnet: str) -> str:
    """The zone of a subnet that is not declared here, as the settings tell it."""
    existing = subject.settings.network.existing
    known = {name: zone for zone, name in existing.private_subnets.items()} if existing else {}
    if subnet not in known:
        raise NotEvaluatedError(f"the zone of {subnet} is not said here")
    return known[subnet]


def _undeclared(stack: Stack, standing: Resource) -> set[str]:
    """The ids of subnets that are not declared here.

    Of an instance that is there already the engine tells the subnet that its template gave it, as if it were its own.
    """
    if subnets(stack, standing) or any(_names_subnet(stack, each) for each in templates(stack, standing)):
        return set()
    return _subnet_ids(standing)


def _names_subnet(stack: Stack, template: Resource) -> bool:
    return bool(subnets(stack, template) or _subnet_ids(template))


def _subnet_ids(standing: Resource) -> set[str]:
    if standing.type == TEMPLATE:
        return {str(each["subnetId"]) for each in interfaces(standing) if each.get("subnetId")}
    named = standing.get(SUBNET_KEYS[standing.type], ())
    return {str(each) for each in ([named] if isinstance(named, str) else named)}


def _zones_named(standing: Resource) -> Iterable[Any]:
    one = standing.get("availabilityZone")
    return [*standing.get("availabilityZones", ()), *([] if one is None else [one])]


def tables(stack: Stack, subnet: Resource) -> list[Resource]:
    """The route tables that are associated with a subnet."""
    return [
        table
        for association in stack.users(subnet, ASSOCIATION, key="subnetId")
        for table in stack.behind(association, "routeTableId", TABLE)
    ]


def leads_to(stack: Stack, table: Resource, *types: str) -> list[Resource]:
    """The gateways of these types that a route table's routes lead to, those inside it and those beside it."""
    inside = stack.behind(table, "routes", *types)
    routes = stack.users(table, ROUTE, key="routeTableId")
    keys = ("gatewayId", "natGatewayId")
    return [*inside, *(gateway for route in routes for key in keys for gateway in stack.behind(route, key, *types))]


def is_public(stack: Stack, subnet: Resource) -> bool:
    """Whether a subnet's way out is an internet gateway, which lets out only what has a public address."""
    return any(leads_to(stack, table, INTERNET_GATEWAY) for table in tables(stack, subnet))
