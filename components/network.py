"""The network of a data centre: private subnets for the nodes, a way out through NAT, and S3 without leaving AWS."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.address_plan import ZoneSubnets, zone_subnets

ANYWHERE = "0.0.0.0/0"


class NetworkArgs(TypedDict):
    """What a network is made from."""

    cidr: str
    """The address block of the VPC, from /16 to /22."""

    zones: Sequence[str]
    """Names of the availability zones, such as `us-east-1a`; one is appended without moving the others."""

    region: str
    """The region of the zones; the name of the S3 endpoint's service holds it."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Network(pulumi.ComponentResource):
    """A VPC with a private and a public subnet a zone.

    Attributes:
        vpc_id: the VPC's id.
        cidr: its address block.
        private_subnet_ids: the id of each zone's private subnet, by zone name.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    private_subnet_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Network", name, {}, opts)
        self._name, self._tags = name, args["tags"]
        self._child = pulumi.ResourceOptions(parent=self)
        plan = _plan(args)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args["cidr"],
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._named("vpc"),
            opts=self._child,
        )
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], opts=self._child)
        public_routes = self._public_side(vpc, plan)
        private_routes = self._private_side(vpc, plan)
        self._s3_endpoint(vpc, args["region"], [*private_routes, public_routes])
        self.vpc_id, self.cidr = vpc.id, args["cidr"]
        self.register_outputs({"vpcId": self.vpc_id, "privateSubnetIds": self.private_subnet_ids})

    def _named(self, role: str) -> dict[str, str]:
        return {**self._tags, "Name": f"{self._name}-{role}"}

    def _public_side(self, vpc: aws.ec2.Vpc, plan: Mapping[str, ZoneSubnets]) -> aws.ec2.RouteTable:
        """The public subnets, their way to the internet, and the NAT gateway that stands in the first of them."""
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=vpc.id, tags=self._named("internet"), opts=self._child
        )
        table = self._route_table(vpc, "public")
        aws.ec2.Route(
            f"{self._name}-public-out",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        subnets = [self._subnet(vpc, zone, "public", each.public, table) for zone, each in plan.items()]
        address = aws.ec2.Eip(
            f"{self._name}-nat",
            domain="vpc",
            tags=self._named("nat"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )
        self._nat = aws.ec2.NatGateway(
            f"{self._name}-nat",
            allocation_id=address.id,
            subnet_id=subnets[0].id,
            tags=self._named("nat"),
            opts=self._child,
        )
        return table

    def _private_side(self, vpc: aws.ec2.Vpc, plan: Mapping[str, ZoneSubnets]) -> list[aws.ec2.RouteTable]:
        """The nodes' subnets, each with a route table of its own."""
        subnets, tables = {}, []
        for zone, each in plan.items():
            table = self._route_table(vpc, f"private-{zone}")
            aws.ec2.Route(
                f"{self._name}-private-{zone}-out",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=self._nat.id,
                opts=self._child,
            )
            subnets[zone] = self._subnet(vpc, zone, "private", each.private, table).id
            tables.append(table)
        self.private_subnet_ids = subnets
        return tables

    def _route_table(self, vpc: aws.ec2.Vpc, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{self._name}-{role}", vpc_id=vpc.id, tags=self._named(role), opts=self._child)

    def _subnet(
        self, vpc: aws.ec2.Vpc, zone: str, side: str, cidr: IPv4Network, table: aws.ec2.RouteTable
    ) -> aws.ec2.Subnet:
        role = f"{side}-{zone}"
        subnet = aws.ec2.Subnet(
            f"{self._name}-{role}",
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=str(cidr),
            map_public_ip_on_launch=False,
            tags=self._named(role),
            opts=self._child,
        )
        aws.ec2.RouteTableAssociation(
            f"{self._name}-{role}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child
        )
        return subnet

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


def _plan(args: NetworkArgs) -> dict[str, ZoneSubnets]:
    try:
        return zone_subnets(IPv4Network(args["cidr"]), args["zones"])
    except ValueError as error:
        raise pulumi.InputPropertyError("cidr", str(error)) from None
