"""What a cluster is made from, and which of it is refused before anything is declared."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.cluster.kubernetes_versions import FEWEST_ZONES, unsupported
from components.network import log_retention

EVERYWHERE = "0.0.0.0/0"
ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"


class Grant(TypedDict):
    """What one principal may do in the cluster."""

    principal: str
    """ARN of an IAM role or user."""

    policy: str
    """One of EKS's access policies, such as `AmazonEKSClusterAdminPolicy`."""

    namespaces: NotRequired[Sequence[str]]
    """The namespaces that it holds in; left out, the whole cluster."""


class ClusterArgs(TypedDict):
    """What a cluster is made from."""

    version: str
    """The version of Kubernetes, such as `1.36`."""

    region: str
    """The region; the log service has a name of its own in each."""

    vpc_id: pulumi.Input[str]
    """The VPC of the subnets."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, one a zone, of at least two zones."""

    private_cidr: str
    """From where the private endpoint is reached, such as the VPC's own block."""

    public_cidrs: Sequence[str]
    """From where the public endpoint is reached; none, and there is no public endpoint."""

    grants: Mapping[str, Grant]
    """Who may use the cluster, by a name of one's own; whoever creates it may not, unless named here."""

    log_retention_days: int
    """How long the control plane's logs are kept."""

    pods_per_node: int
    """How many pods run at most on each node of the node groups that are made for the cluster."""

    system_instance_type: str
    """The type of the nodes that the add-ons run on, without accelerators."""

    system_nodes: int
    """How many of them, over all zones."""

    system_image_release: NotRequired[str | None]
    """Release of EKS's image that they start from; left out, the newest when they are made."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def refuse_mistakes(args: ClusterArgs) -> None:
    """Refuse arguments that EKS would refuse, or that would leave the cluster open, or shut for everybody.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    if reason := unsupported(args["version"]):
        raise pulumi.InputPropertyError("version", reason)
    if len(args["subnet_ids"]) < FEWEST_ZONES:
        raise pulumi.InputPropertyError("subnet_ids", "EKS asks for subnets of at least two zones: give one of another")
    if EVERYWHERE in args["public_cidrs"]:
        raise pulumi.InputPropertyError("public_cidrs", f"{EVERYWHERE} is the whole internet: name the networks")
    if (days := args["log_retention_days"]) not in log_retention.DAYS:
        reason = f"CloudWatch Logs keeps nothing for {days} days; write {log_retention.next_allowed(days)}"
        raise pulumi.InputPropertyError("log_retention_days", reason)
    if not any(each["policy"] == ADMINISTRATOR for each in args["grants"].values()):
        reason = f"nobody could manage the cluster: give one principal {ADMINISTRATOR}"
        raise pulumi.InputPropertyError("grants", reason)
