"""The network of a data centre: private subnets for the nodes, a way out through NAT, and S3 without leaving AWS."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.network import zones
from components.network.address_plan import Claim, ZoneSubnets, overlapping, shortage, zone_subnets

ANYWHERE = "0.0.0.0/0"
# Where a NAT gateway stands, by what is asked for. One is a single point of failure and what leaves another zone is
# paid for twice; one a zone costs its hours in each.
NAT_ZONES: Mapping[str, Callable[[Sequence[str]], Sequence[str]]] = {
    "one": lambda names: names[:1],
    "per-zone": lambda names: names,
    "none": lambda _: (),
}
# By these the AWS Load Balancer Controller finds where a balancer may stand (EKS user guide, "Route internet traffic").
BALANCER_TAGS = {"private": {"kubernetes.io/role/internal-elb": "1"}, "public": {"kubernetes.io/role/elb": "1"}}


class NetworkArgs(TypedDict):
    """What a network is made from."""

    cidr: str
    """The address block of the VPC, from /16 to /22."""

    zones: Sequence[str]
    """The availability zones, all by name (`us-east-1a`) or all by id (`use1-az4`); one is appended without moving
    the others."""

    region: str
    """The region of the zones; the name of the S3 endpoint's service holds it."""

    nat: NotRequired[str]
    """`one` (the default) NAT gateway in the first zone, one `per-zone`, or `none`: then nothing leads to the internet,
    and there are no public subnets."""

    avoid: NotRequired[Sequence[str]]
    """Address blocks that the network must stay clear of: those of peered networks, of a VPN, of an office."""

    addresses: NotRequired[Mapping[str, int]]
    """How many addresses will be taken of each zone's private subnet; more than it has is refused."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Network(pulumi.ComponentResource):
    """A VPC with a private and a public subnet a zone.

    Attributes:
        vpc_id: the VPC's id.
        cidr: its address block.
        private_subnet_ids: the id of each zone's private subnet, by zone as in the arguments; known once its way out
            is there, so that what starts in it finds one.
        public_subnet_ids: the same of the public ones; none where there is no NAT.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    public_subnet_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Network", name, {}, opts)
        self._name, self._tags = name, args["tags"]
        self._child = pulumi.ResourceOptions(parent=self)
        plan = subnets(args)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args["cidr"],
            enable_dns_hostnames=True,  # with both, interface endpoints are reached by the services' own names
            enable_dns_support=True,
            tags=self._named("vpc"),
            opts=self._child,
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags=self._named("default"), opts=self._child
        )
        self._nats: list[aws.ec2.NatGateway] = []
        self.public_subnet_ids = {}
        nat_zones = NAT_ZONES[args.get("nat", "one")](args["zones"])
        public_routes = self._public_side(vpc, plan, nat_zones) if nat_zones else []
        private_routes = self._private_side(vpc, plan)
        self._s3_endpoint(vpc, args["region"], [*private_routes, *public_routes])
        self.vpc_id, self.cidr = vpc.id, args["cidr"]
        self.register_outputs({"vpcId": self.vpc_id, "privateSubnetIds": self.private_subnet_ids})

    def _named(self, role: str) -> dict[str, str]:
        return {**self._tags, "Name": f"{self._name}-{role}"}

    def _public_side(
        self, vpc: aws.ec2.Vpc, plan: Mapping[str, ZoneSubnets], nat_zones: Sequence[str]
    ) -> list[aws.ec2.RouteTable]:
        """The public subnets, their way to the internet, and the NAT gateways that stand in them."""
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=vpc.id, tags=self._named("internet"), opts=self._child
        )
        table = self._route_table(vpc, "public")
        way_out = aws.ec2.Route(
            f"{self._name}-public-out",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        self.public_subnet_ids = {
            zone: self._subnet(vpc, zone, "public", each.public, table, way_out) for zone, each in plan.items()
        }
        self._nats = [self._nat(zone, gateway) for zone in nat_zones]
        return [table]

    def _nat(self, zone: str, gateway: aws.ec2.InternetGateway) -> aws.ec2.NatGateway:
        role = f"nat-{zone}"
        address = aws.ec2.Eip(
            f"{self._name}-{role}",
            domain="vpc",
            tags=self._named(role),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )
        return aws.ec2.NatGateway(
            f"{self._name}-{role}",
            allocation_id=address.id,
            subnet_id=self.public_subnet_ids[zone],
            tags=self._named(role),
            opts=self._child,
        )

    def _private_side(self, vpc: aws.ec2.Vpc, plan: Mapping[str, ZoneSubnets]) -> list[aws.ec2.RouteTable]:
        """The nodes' subnets, each with a route table of its own, so that each may have a NAT gateway of its own."""
        ids, tables = {}, []
        for index, (zone, each) in enumerate(plan.items()):
            table = self._route_table(vpc, f"private-{zone}")
            ids[zone] = self._subnet(vpc, zone, "private", each.private, table, *self._way_out(zone, index, table))
            tables.append(table)
        self.private_subnet_ids = ids
        return tables

    def _way_out(self, zone: str, index: int, table: aws.ec2.RouteTable) -> list[aws.ec2.Route]:
        """The route through the zone's own NAT gateway, or through the only one."""
        if not self._nats:
            return []
        route = aws.ec2.Route(
            f"{self._name}-private-{zone}-out",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=self._nats[index % len(self._nats)].id,
            opts=self._child,
        )
        return [route]

    def _route_table(self, vpc: aws.ec2.Vpc, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{self._name}-{role}", vpc_id=vpc.id, tags=self._named(role), opts=self._child)

    def _subnet(
        self,
        vpc: aws.ec2.Vpc,
        zone: str,
        side: str,
        cidr: IPv4Network,
        table: aws.ec2.RouteTable,
        *way_out: aws.ec2.Route,
    ) -> pulumi.Output[str]:
        """A subnet's id, known once the routes are there: a node that boots before them finds no way to anything."""
        role = f"{side}-{zone}"
        subnet = aws.ec2.Subnet(
            f"{self._name}-{role}",
            vpc_id=vpc.id,
            availability_zone=None if zones.is_id(zone) else zone,
            availability_zone_id=zone if zones.is_id(zone) else None,
            cidr_block=str(cidr),
            map_public_ip_on_launch=False,
            tags={**self._named(role), **BALANCER_TAGS[side]},
            opts=self._child,
        )
        association = aws.ec2.RouteTableAssociation(
            f"{self._name}-{role}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child
        )
        # Of both resources an argument is read, not the id: a preview knows it even where they are new, and an unknown
        # subnet would look like a replacement of all that stands in it.
        there = pulumi.Output.all(association.subnet_id, *(route.route_table_id for route in way_out))
        return there.apply(lambda ids: str(ids[0]))

    def _s3_endpoint(self, vpc: aws.ec2.Vpc, region: str, tables: list[aws.ec2.RouteTable]) -> None:
        """Checkpoints and data sets reach S3 without passing, and paying for, the NAT gateway."""
        aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            tags=self._named("s3"),
            opts=self._child,
        )


def subnets(args: NetworkArgs) -> dict[str, ZoneSubnets]:
    """Where the subnets of each zone lie.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    nat, names, region = args.get("nat", "one"), args["zones"], args["region"]
    if nat not in NAT_ZONES:
        raise pulumi.InputPropertyError("nat", f"{nat!r} is none of {', '.join(NAT_ZONES)}")
    if not names or len(set(names)) != len(names):
        raise pulumi.InputPropertyError("zones", f"{list(names)}: there must be one, and each once")
    if zones.are_mixed(names):
        raise pulumi.InputPropertyError("zones", f"{list(names)}: write all by name or all by id; two may be one place")
    if foreign := [zone for zone in names if not zones.in_region(zone, region)]:
        raise pulumi.InputPropertyError("zones", f"{', '.join(foreign)} is not of {region}")
    try:
        cidr, avoid = IPv4Network(args["cidr"]), list(map(IPv4Network, args.get("avoid", ())))
        plan = zone_subnets(cidr, names)
    except ValueError as error:
        raise pulumi.InputPropertyError("cidr", str(error)) from None
    if other := overlapping(cidr, avoid):
        raise pulumi.InputPropertyError("cidr", f"{cidr} overlaps {other}, which it must avoid; write another block")
    for zone, taken in args.get("addresses", {}).items():
        if zone not in plan:
            raise pulumi.InputPropertyError("addresses", f"there is no zone {zone}; write one of {', '.join(plan)}")
        if reason := shortage(zone, plan[zone].private, [Claim("addresses", zone, taken)]):
            raise pulumi.InputPropertyError("addresses", f"{reason}; write a larger cidr, a /16 at most")
    return plan
