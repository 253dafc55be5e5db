"""The Kubernetes cluster: its version, who may use it, and the nodes that its own software runs on."""

from enum import StrEnum

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import (
    Block,
    EksRelease,
    KnownType,
    KubernetesName,
    KubernetesVersion,
    Name,
    Principal,
    RetentionDays,
    Whole,
)


class AccessPolicy(StrEnum):
    """What EKS lets a principal do in a cluster (EKS user guide, "Review access policy permissions")."""

    CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
    ADMIN = "AmazonEKSAdminPolicy"
    EDIT = "AmazonEKSEditPolicy"
    VIEW = "AmazonEKSViewPolicy"
    ADMIN_VIEW = "AmazonEKSAdminViewPolicy"


class ClusterAccess(Section):
    """What one principal may do in the cluster."""

    principal: Principal = Field(
        description="ARN of an IAM role or user; the role that CI deploys with must be one of them.",
        examples=["arn:aws:iam::111111111111:role/ml-platform"],
    )
    policy: AccessPolicy = Field(description="What it may do.", examples=["AmazonEKSViewPolicy"])
    namespaces: tuple[KubernetesName, ...] = Field(
        (), description="Where it may; left out, in the whole cluster.", examples=[["training"]]
    )


class SystemNodes(Section):
    """The nodes that DNS, drivers and operators run on: without accelerators, over all zones."""

    instance_type: KnownType = Field("m7i.xlarge", description="EC2 instance type.", examples=["m7i.2xlarge"])
    nodes: Whole = Field(2, ge=2, le=100, description="How many, two at least.", examples=[3])


class Cluster(Section):
    """A Kubernetes cluster on EKS, for the fleets that say `cluster: true`."""

    version: KubernetesVersion = Field(
        description="Version of Kubernetes, in quotes; upgraded one minor version at a time.", examples=["1.36"]
    )
    image: EksRelease = Field(
        description="Release of EKS's image that the system nodes start from.", examples=["1.36.3-20260911"]
    )
    access: dict[Name, ClusterAccess] = Field(
        min_length=1,
        description="Who may use it, by a name of your own; whoever creates the cluster may not, unless named.",
        examples=[
            {"ops": {"principal": "arn:aws:iam::111111111111:role/ops", "policy": "AmazonEKSClusterAdminPolicy"}}
        ],
    )
    public_cidrs: tuple[Block, ...] = Field(
        (),
        description="Networks on the internet that may reach the API server; left out, it is reached from inside only.",
        examples=[["203.0.113.0/24"]],
    )
    log_retention_days: RetentionDays = Field(
        365, description="Days that the control plane's logs are kept.", examples=[90]
    )
    pods_per_node: Whole = Field(
        32,
        ge=16,
        le=250,
        description="Pods at most on each node of a fleet; they take addresses of the subnet, 16 at a time.",
        examples=[64],
    )
    system_nodes: SystemNodes = Field(
        default_factory=SystemNodes, description="The nodes that the cluster's own software runs on."
    )
