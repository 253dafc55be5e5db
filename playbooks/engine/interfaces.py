"""Network interfaces that were left behind in the environment's own VPC and keep its subnets from being deleted."""

from collections.abc import Iterable
from typing import NamedTuple

from playbooks.account import Client
from playbooks.engine.state import State
from playbooks.inventory import answering

VPC = "aws:ec2/vpc:Vpc"


class Interface(NamedTuple):
    """A network interface in a VPC of ours.

    Attributes:
        id: its id.
        description: who made it, in their words: `aws-K8S-i-…` is a node's of EKS.
        attached: to what; empty where nothing uses it.
    """

    id: str
    description: str
    attached: str

    def __str__(self) -> str:
        """The interface in words."""
        used = f"in use by {self.attached}" if self.attached else "in use by nothing"
        return f"{self.id} ({self.description or 'no description'}), {used}"


def left_over(ec2: Client, kept: State) -> list[Interface]:
    """The interfaces in the VPCs that this state made; another's VPC is none of our business.

    Raises:
        AccountError: the account does not answer.
    """
    vpcs = [each.id for each in kept.resources if each.type == VPC]
    if not vpcs:
        return []
    pages = ec2.get_paginator("describe_network_interfaces").paginate(Filters=[{"Name": "vpc-id", "Values": vpcs}])
    with answering("which network interfaces exist"):
        return [
            Interface(
                each["NetworkInterfaceId"],
                each.get("Description", ""),
                _user(each) if each["Status"] != "available" else "",
            )
            for page in pages
            for each in page["NetworkInterfaces"]
        ]


def removed(ec2: Client, interfaces: Iterable[Interface]) -> list[Interface]:
    """Delete those that nothing uses, and tell which.

    Raises:
        AccountError: the account does not answer, or refuses.
    """
    unused = [each for each in interfaces if not each.attached]
    for each in unused:
        with answering(f"that {each.id} is deleted"):
            ec2.delete_network_interface(NetworkInterfaceId=each.id)
    return unused


def _user(interface: dict[str, dict[str, str]]) -> str:
    attachment = interface.get("Attachment", {})
    return attachment.get("InstanceId") or attachment.get("InstanceOwnerId") or "another AWS service"
