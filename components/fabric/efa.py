"""The Elastic Fabric Adapter: where each interface of an instance goes, and the security group that lets it talk."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.fabric.interface_layout import Interface, Layout, addresses, interfaces

__all__ = ("FabricSecurityGroup", "FabricSecurityGroupArgs", "Interface", "Layout", "addresses", "interfaces")

ALL_PROTOCOLS = "-1"


class FabricSecurityGroupArgs(TypedDict):
    """What the security group of a fleet is made from."""

    vpc_id: pulumi.Input[str]
    """The VPC that the fleet's subnet is in."""

    ssh_cidr: str
    """From where the nodes may be reached by SSH, such as the VPC's own block."""

    ssh_port: int
    """The TCP port of the nodes' SSH server."""

    peers: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Other security groups by a name for each, with which everything passes in both directions: the cluster's, or
    that of a Lustre file system that speaks EFA. Each of them must let this one through as well."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class FabricSecurityGroup(pulumi.ComponentResource):
    """One security group for the nodes of a fleet: everything to and from itself, SSH in, anything out.

    EFA traffic needs a rule for all protocols that names the group itself, in both directions: a rule for 0.0.0.0/0
    does not cover it (gardener-extension-provider-aws#1832).

    Attributes:
        id: the group's id.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: FabricSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:FabricSecurityGroup", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = {**args["tags"], "Name": name}
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="Nodes of one fleet: everything among themselves, SSH from the network, anything out",
            vpc_id=args["vpc_id"],
            tags=self._tags,
            opts=self._child,
        )
        self.id = group.id
        self._pass_everything(f"{name}-fabric", group.id, "this group only")
        for peer, peer_id in args.get("peers", {}).items():
            self._pass_everything(f"{name}-{peer}", peer_id, f"with {peer}")
        self._from_network(name, args)
        self.register_outputs({"id": self.id})

    def _pass_everything(self, name: str, peer_id: pulumi.Input[str], whom: str) -> None:
        """Every protocol to and from a security group, named by its id."""
        ingress, egress = aws.vpc.SecurityGroupIngressRule, aws.vpc.SecurityGroupEgressRule
        for direction, rule in (("in", ingress), ("out", egress)):
            rule(
                f"{name}-{direction}",
                security_group_id=self.id,
                referenced_security_group_id=peer_id,
                ip_protocol=ALL_PROTOCOLS,
                description=f"The fabric, {direction}: every protocol, {whom}",
                tags=self._tags,
                opts=self._child,
            )

    def _from_network(self, name: str, args: FabricSecurityGroupArgs) -> None:
        """SSH from where the nodes may be reached, and anything to the world."""
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-ssh-in",
            security_group_id=self.id,
            cidr_ipv4=args["ssh_cidr"],
            ip_protocol="tcp",
            from_port=args["ssh_port"],
            to_port=args["ssh_port"],
            description="SSH from the network",
            tags=self._tags,
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-any-out",
            security_group_id=self.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol=ALL_PROTOCOLS,
            description="Images, packages and the AWS API, through NAT",
            tags=self._tags,
            opts=self._child,
        )
