"""The security group of what stands between a person and the nodes: it lets nobody in, and reaches SSH ports only."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws


class WayInArgs(TypedDict):
    """What every way to the nodes is made from."""

    vpc_id: pulumi.Input[str]
    """The VPC of the nodes."""

    subnet_id: pulumi.Input[str]
    """The private subnet that it stands in."""

    cidr: str
    """Where the nodes are: the VPC's block."""

    ssh_port: int
    """The TCP port of the nodes' SSH server."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def ssh_group(name: str, description: str, args: WayInArgs, child: pulumi.ResourceOptions) -> aws.ec2.SecurityGroup:
    """A group without a rule for what comes in, and one for what goes out: the nodes' SSH port."""
    tags = {**args["tags"], "Name": name}
    group = aws.ec2.SecurityGroup(
        f"{name}-group", description=description, vpc_id=args["vpc_id"], tags=tags, opts=child
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-ssh-out",
        security_group_id=group.id,
        cidr_ipv4=args["cidr"],
        ip_protocol="tcp",
        from_port=args["ssh_port"],
        to_port=args["ssh_port"],
        description="SSH to the nodes",
        tags=tags,
        opts=child,
    )
    return group
