"""The Elastic Fabric Adapter: where each interface of an instance goes, and the security group that lets it talk."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

import pulumi
import pulumi_aws as aws

from components.instance_types import NetworkCard

ALL_PROTOCOLS = "-1"


class Interface(NamedTuple):
    """One network interface of a launch template."""

    network_card_index: int
    device_index: int
    interface_type: str

    @property
    def takes_address(self) -> bool:
        """An `efa-only` interface carries the fabric and has no IP address."""
        return self.interface_type != "efa-only"


def interfaces(cards: Sequence[NetworkCard]) -> list[Interface]:
    """Every interface that the fabric needs, the primary one first.

    The primary interface needs an IP address and can't be `efa-only`, so card 0 gives the fabric its second slot.
    Where card 0 has no second one (hpc6id.32xlarge), the primary interface is `efa`, which carries both.
    Source: AWS EC2 user guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards".
    """
    shared = cards[0].supports_efa and cards[0].interfaces == 1
    primary = Interface(network_card_index=0, device_index=0, interface_type="efa" if shared else "interface")
    fabric = [
        Interface(card.index, device_index=1 if card.index == 0 else 0, interface_type="efa-only")
        for card in cards[1 if shared else 0 :]
        if card.supports_efa
    ]
    return [primary, *fabric]


class FabricSecurityGroupArgs(TypedDict):
    """What the security group of a fleet is made from."""

    vpc_id: pulumi.Input[str]
    """The VPC that the fleet's subnet is in."""

    ssh_cidr: str
    """From where the nodes may be reached by SSH, such as the VPC's own block."""

    ssh_port: int
    """The TCP port of the nodes' SSH server."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class FabricSecurityGroup(pulumi.ComponentResource):
    """One security group for the nodes of a fleet: everything to and from itself, SSH in, anything out.

    EFA traffic needs a rule for all protocols that names the group itself, in both directions: a rule for 0.0.0.0/0
    does not cover it (gardener-extension-provider-aws#1832).
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: FabricSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:FabricSecurityGroup", name, {}, opts)
        child, tags = pulumi.ResourceOptions(parent=self), {**args["tags"], "Name": name}
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="Nodes of one fleet: everything among themselves, SSH from the network, anything out",
            vpc_id=args["vpc_id"],
            tags=tags,
            opts=child,
        )
        ingress, egress = aws.vpc.SecurityGroupIngressRule, aws.vpc.SecurityGroupEgressRule
        for direction, rule in (("in", ingress), ("out", egress)):
            rule(
                f"{name}-fabric-{direction}",
                security_group_id=group.id,
                referenced_security_group_id=group.id,
                ip_protocol=ALL_PROTOCOLS,
                description=f"The fabric, {direction}: every protocol, this group only",
                tags=tags,
                opts=child,
            )
        ingress(
            f"{name}-ssh-in",
            security_group_id=group.id,
            cidr_ipv4=args["ssh_cidr"],
            ip_protocol="tcp",
            from_port=args["ssh_port"],
            to_port=args["ssh_port"],
            description="SSH from the network",
            tags=tags,
            opts=child,
        )
        egress(
            f"{name}-any-out",
            security_group_id=group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol=ALL_PROTOCOLS,
            description="Images, packages and the AWS API, through NAT",
            tags=tags,
            opts=child,
        )
        self.id = group.id
        self.register_outputs({"id": self.id})
