"""What an environment may say: every key, its kind, its default and its bounds.

A section a file. Rules that hold between several keys stand in `stacks/rules/`; `stacks/validation.py` applies both.
"""

from enum import StrEnum

from pydantic import Field

from stacks.settings.access import Access, JumpHost
from stacks.settings.backup import Backup
from stacks.settings.budget import Budget
from stacks.settings.cluster import AccessPolicy, Cluster, ClusterAccess, SystemNodes
from stacks.settings.fleet import RESERVED, CapacityBlock, Fleet, LustreMount, Placement, Purchase, RootVolume, Scaling
from stacks.settings.network import Network
from stacks.settings.section import Section
from stacks.settings.smoke import AllReduce, Smoke, Storage, Training
from stacks.settings.storage import Bucket, BucketLogs, Lustre, Repository
from stacks.settings.waivers import Waiver
from stacks.values import AccountId, Day, Name, Region, TagValue

__all__ = (
    "ACCOUNTS",
    "PROJECT",
    "PROVIDERS_OWN",
    "REGION",
    "RESERVED",
    "Access",
    "AccessPolicy",
    "AllReduce",
    "Backup",
    "Bucket",
    "BucketLogs",
    "Budget",
    "CapacityBlock",
    "Cluster",
    "ClusterAccess",
    "Fleet",
    "Isolation",
    "JumpHost",
    "Lustre",
    "LustreMount",
    "Network",
    "Placement",
    "Purchase",
    "Repository",
    "RootVolume",
    "Sandbox",
    "Scaling",
    "Section",
    "Settings",
    "Smoke",
    "Storage",
    "SystemNodes",
    "Tags",
    "Training",
    "Waiver",
)

PROJECT = "ai-datacenter"  # the name in Pulumi.yaml, and so the namespace of the settings
REGION = "aws:region"
ACCOUNTS = "aws:allowedAccountIds"
PROVIDERS_OWN = (REGION, ACCOUNTS)  # the settings that are also the provider's


class Isolation(StrEnum):
    """What keeps the sandbox's nodes apart."""

    LOOPBACK = "loopback"
    NAMESPACES = "namespaces"


class Sandbox(Section):
    """Present in an environment that has no account behind it: a local moto server is its AWS."""

    isolation: Isolation = Field(
        Isolation.LOOPBACK,
        description="loopback: each node on an address of 127.0.0.0/8, no privileges needed; namespaces: each in a"
        " network namespace of its own, as root on Linux.",
        examples=["namespaces"],
    )


class Tags(Section):
    """What every resource is tagged with, so that it can be found and paid for."""

    owner: TagValue = Field(description="Who answers for it.", examples=["ml-platform@example.com"])
    cost_center: TagValue = Field(description="Who pays for it.", examples=["research"])
    expires_on: Day | None = Field(
        None,
        description="Day until which it is needed; a policy asks for it in every environment but prod.",
        examples=["2027-06-30"],
    )


class Settings(Section):
    """One environment."""

    name: Name = Field(description="The environment's name, as in the name of its file.", examples=["dev"])
    region: Region = Field(alias=REGION, description="The AWS region.", examples=["us-east-1"])
    accounts: tuple[AccountId, ...] | None = Field(
        None,
        alias=ACCOUNTS,
        min_length=1,
        description="The accounts that it may be created in, usually one: with credentials of another the provider, and"
        " aidc, refuse to work. Left out in a sandbox only, which has no account.",
        examples=[["111111111111"]],
    )
    tags: Tags = Field(description="Tags of every resource.")
    network: Network = Field(description="The address space and its zones.")
    fleets: dict[Name, Fleet] = Field(min_length=1, description="The fleets, by name; their order means nothing.")
    buckets: dict[Name, Bucket] = Field(
        default_factory=dict, description="The buckets, by name.", examples=[{"checkpoints": {}}]
    )
    cluster: Cluster | None = Field(
        None, description="A Kubernetes cluster; left out, the fleets are instances that stand by themselves."
    )
    bucket_logs: BucketLogs | None = Field(
        None,
        description="Where the access logs of the environment's buckets go; left out, S3 writes none.",
        examples=[{"keepDays": 90}],
    )
    lustre: dict[Name, Lustre] = Field(
        default_factory=dict,
        description="The Lustre file systems, by name.",
        examples=[{"fast": {"zone": "us-east-1a", "capacityGib": 4800, "throughput": 250}}],
    )
    backup: Backup | None = Field(
        None,
        description="Backups of every bucket and file system that does not say why not; left out, there are none.",
        examples=[{"dailyKeepDays": 35}],
    )
    access: Access = Field(default_factory=Access, description="How the nodes are reached by SSH.")
    budget: Budget | None = Field(
        None,
        description="What it may cost a month; left out, nobody is told.",
        examples=[{"monthlyUsd": 20000, "emails": ["ml-platform@example.com"]}],
    )
    smoke: Smoke = Field(default_factory=Smoke, description="What the smoke gate asks of the machines.")
    waivers: tuple[Waiver, ...] = Field(
        (),
        description="Policies that are broken on purpose, for a time.",
        examples=[
            [
                {
                    "rule": "vault-locked",
                    "resource": "dev-vault",
                    "reason": "dev data is remade every night",
                    "expires": "2027-06-30",
                }
            ]
        ],
    )
    sandbox: Sandbox | None = Field(None, description="Makes the environment a local one, without an account.")
