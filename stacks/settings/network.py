"""The address space and its zones."""

from enum import StrEnum

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import Block, Cidr, RetentionDays, SubnetId, VpcId, Zone


class Nat(StrEnum):
    """Where NAT gateways stand."""

    ONE = "one"
    PER_ZONE = "per-zone"
    NONE = "none"


class Endpoint(StrEnum):
    """An AWS service that can be had at private addresses inside the VPC."""

    EC2 = "ec2"
    ECR_API = "ecr.api"
    ECR_DKR = "ecr.dkr"
    EKS = "eks"
    EKS_AUTH = "eks-auth"
    FSX = "fsx"
    KMS = "kms"
    LOGS = "logs"
    MONITORING = "monitoring"
    SECRETSMANAGER = "secretsmanager"
    SSM = "ssm"
    SSMMESSAGES = "ssmmessages"
    STS = "sts"


class FlowLogs(Section):
    """A record of the network's traffic: which addresses spoke with which, and what was refused."""

    retention_days: RetentionDays = Field(
        90, description="Days that they are kept: one of the times that CloudWatch Logs offers.", examples=[30]
    )


class ExistingNetwork(Section):
    """A VPC that is there already; `network.cidr` and `network.zones` say what it has. Nothing of it is changed."""

    vpc: VpcId = Field(description="The VPC's id.", examples=["vpc-0123456789abcdef0"])
    private_subnets: dict[Zone, SubnetId] = Field(
        min_length=1,
        description="The id of a private subnet by zone, for each of `network.zones`.",
        examples=[{"us-east-1a": "subnet-0123456789abcdef0"}],
    )


class Network(Section):
    """The address space and the availability zones that it spans."""

    cidr: Cidr = Field(description="Private address block of the VPC, /16 to /22.", examples=["10.1.0.0/16"])
    zones: tuple[Zone, ...] = Field(
        min_length=1,
        description="Zones of the region, all by name or all by id (`use1-az4`); append new ones at the end.",
        examples=[["us-east-1a"]],
    )
    nat: Nat = Field(
        Nat.ONE,
        description="NAT gateways: one in the first zone, one per-zone, or none, and then no way to the internet.",
        examples=["per-zone"],
    )
    endpoints: tuple[Endpoint, ...] = Field(
        (), description="Services with an interface endpoint in every zone.", examples=[["ecr.api", "ecr.dkr", "sts"]]
    )
    flow_logs: FlowLogs | None = Field(None, description="Where given, traffic is logged to CloudWatch Logs.")
    avoid: tuple[Block, ...] = Field(
        (),
        description="Blocks that the network stays clear of: of peered networks, a VPN, an office.",
        examples=[["10.0.0.0/16"]],
    )
    existing: ExistingNetwork | None = Field(None, description="A VPC to use, where none is to be made.")
