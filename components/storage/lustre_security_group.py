"""The security group of a Lustre file system, and the rules between it and the nodes that mount it."""

from collections.abc import Mapping
from typing import NamedTuple, TypedDict

import pulumi
import pulumi_aws as aws

ALL_PROTOCOLS = "-1"


class Traffic(NamedTuple):
    """What a rule lets through; no ports with all protocols."""

    role: str
    protocol: str
    first_port: int | None = None
    last_port: int | None = None


# FSx for Lustre user guide, "File system access control with Amazon VPC": LNet's port, and those that servers call
# clients from. EFA is no TCP and needs a rule for all protocols that names the group, on both sides.
LNET = (Traffic("lnet", "tcp", 988, 988), Traffic("lnet-servers", "tcp", 1018, 1023))
EFA = (Traffic("efa", ALL_PROTOCOLS),)


class LustreSecurityGroupArgs(TypedDict):
    """What the group is made from."""

    vpc_id: pulumi.Input[str]
    """The VPC of the file system."""

    clients: Mapping[str, pulumi.Input[str]]
    """Security groups of the nodes that mount it, by a name for each."""

    efa: bool
    """Whether the nodes reach it by EFA."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class LustreSecurityGroup:
    """A group that lets through what Lustre needs: to itself and, both ways, to each group of clients.

    The clients' groups get their side of it here too, so that a node can mount as soon as it boots.

    Attributes:
        id: the group's id.
        own_rules: the rules with itself, without which FSx creates no file system in the group.
    """

    def __init__(self, name: str, args: LustreSecurityGroupArgs, parent: pulumi.Resource) -> None:
        """`parent` is the file system's component."""
        self._name, self._tags = name, {**args["tags"], "Name": f"{name}-group"}
        self._traffic, self._child = EFA if args["efa"] else LNET, pulumi.ResourceOptions(parent=parent)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="A Lustre file system: its own servers, and the nodes that mount it",
            vpc_id=args["vpc_id"],
            tags=self._tags,
            opts=self._child,
        )
        self.id = group.id
        self.own_rules = self._both_ways("self", group.id, group.id)
        for client, client_id in args["clients"].items():
            self._both_ways(client, group.id, client_id)
            self._both_ways(f"{client}-back", client_id, group.id)

    def _both_ways(self, role: str, group_id: pulumi.Input[str], other_id: pulumi.Input[str]) -> list[pulumi.Resource]:
        """What one group lets in from and out to another."""
        sides = (("in", aws.vpc.SecurityGroupIngressRule), ("out", aws.vpc.SecurityGroupEgressRule))
        return [
            rule(
                f"{self._name}-{role}-{traffic.role}-{side}",
                security_group_id=group_id,
                referenced_security_group_id=other_id,
                ip_protocol=traffic.protocol,
                from_port=traffic.first_port,
                to_port=traffic.last_port,
                description=f"Lustre {self._name}, {role}: {traffic.role} {side}",
                tags=self._tags,
                opts=self._child,
            )
            for traffic in self._traffic
            for side, rule in sides
        ]
