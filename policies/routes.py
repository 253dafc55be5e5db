"""Ways out of a network: to S3 without paying for it, and through a NAT gateway that is near."""

from collections.abc import Iterator

from policies.network import DEFAULT_SUBNET, DEFAULT_VPC, SUBNET, VPC
from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource, Stack
from policies.subnets import (
    ASSOCIATION,
    ENDPOINT,
    INTERNET_GATEWAY,
    NAT,
    ROUTE,
    TABLE,
    leads_to,
    subnets,
    zones_of,
)
from policies.unknown import NotEvaluatedError

ENDPOINT_ASSOCIATION = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"


def s3_gateway_endpoint(subject: Subject) -> str | None:
    """Judge a VPC: a gateway endpoint of S3 stands in each route table but those that lead to the internet directly."""
    vpc, stack = subject.resource, subject.stack
    endpoints = [each for each in stack.users(vpc, ENDPOINT, key="vpcId") if _is_s3_gateway(each)]
    if not endpoints:
        return "it has no gateway endpoint for S3, so that what goes there is paid for by the gigabyte at a NAT gateway"
    reached = {table.urn for endpoint in endpoints for table in _tables(stack, endpoint)}
    private = [each for each in stack.users(vpc, TABLE, key="vpcId") if not leads_to(stack, each, INTERNET_GATEWAY)]
    missed = [each.name for each in private if each.urn not in reached]
    return f"its gateway endpoint for S3 is not in {', '.join(missed)}" if missed else None


def _is_s3_gateway(endpoint: Resource) -> bool:
    gateway = endpoint.get("vpcEndpointType", "Gateway") == "Gateway"
    return gateway and str(endpoint.get("serviceName", "")).endswith(".s3")


def _tables(stack: Stack, endpoint: Resource) -> Iterator[Resource]:
    """The route tables that an endpoint stands in."""
    yield from stack.behind(endpoint, "routeTableIds", TABLE)
    for association in stack.users(endpoint, ENDPOINT_ASSOCIATION, key="vpcEndpointId"):
        yield from stack.behind(association, "routeTableId", TABLE)


def nat_same_zone(subject: Subject) -> str | None:
    """Judge a route table: the NAT gateway that it leads to stands in the zone of its subnets."""
    table, stack = subject.resource, subject.stack
    nats = leads_to(stack, table, NAT)
    associations = stack.users(table, ASSOCIATION, key="routeTableId")
    served = [each for one in associations for each in stack.behind(one, "subnetId", SUBNET, DEFAULT_SUBNET)]
    if not nats or not served:
        return None
    homes = subnets(stack, *nats)
    if not homes:
        raise NotEvaluatedError(f"the subnet of {nats[0].name} is not declared here")
    found = zones_of([*homes, *served])
    near = found[: len(homes)]
    far = sorted(set(found[len(homes) :]) - set(near))
    if not far:
        return None
    return (
        f"what leaves {', '.join(far)} passes through {', '.join(sorted(near))}: it is paid for twice, and ends with it"
    )


_VPC = example(VPC, {"cidrBlock": "10.0.0.0/16"})
_TABLE = example(TABLE, {})
_FAR = example(NAT, {}, subnetId=example(DEFAULT_SUBNET, {"availabilityZone": "us-east-1a"}))
_SUBNET = example(SUBNET, {"availabilityZone": "us-east-1b"})

S3_GATEWAY_ENDPOINT = Rule(
    name="s3-gateway-endpoint",
    description="A VPC has a gateway endpoint for S3 in every private route table.",
    types=(VPC, DEFAULT_VPC),
    judge=s3_gateway_endpoint,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.ec2.VpcEndpoint of com.amazonaws.<region>.s3, type Gateway, with every private route"
    " table; it costs nothing.",
    reference="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
    example=(_VPC,),
)

NAT_SAME_ZONE = Rule(
    name="nat-same-zone",
    description="A subnet's way out is a NAT gateway of its own zone.",
    types=(TABLE,),
    judge=nat_same_zone,
    level=Level.ADVISORY,
    severity=Severity.MEDIUM,
    remediation="Write `nat: per-zone` for the network, or put the one NAT gateway where the machines are.",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    example=(
        _TABLE,
        _SUBNET,
        example(ASSOCIATION, {}, routeTableId=_TABLE, subnetId=_SUBNET),
        example(ROUTE, {"destinationCidrBlock": "0.0.0.0/0"}, routeTableId=_TABLE, natGatewayId=_FAR),
        _FAR,
        example(DEFAULT_SUBNET, {"availabilityZone": "us-east-1a"}),
    ),
)

RULES = (S3_GATEWAY_ENDPOINT, NAT_SAME_ZONE)
