"""What an environment may say: every key, its kind, its default and its bounds.

A section a file. Rules that hold between several keys stand in `stacks/rules/`; `stacks/validation.py` applies both.
"""

from enum import StrEnum

from pydantic import Field

from stacks.settings.access import Access, JumpHost
from stacks.settings.fleet import RESERVED, Fleet, Placement, Purchase
from stacks.settings.network import Network
from stacks.settings.section import Section
from stacks.settings.smoke import AllReduce, Smoke, Storage, Training
from stacks.settings.storage import Bucket
from stacks.settings.waivers import Waiver
from stacks.values import Name, Region, TagValue

__all__ = (
    "PROJECT",
    "REGION",
    "RESERVED",
    "Access",
    "AllReduce",
    "Bucket",
    "Fleet",
    "Isolation",
    "JumpHost",
    "Network",
    "Placement",
    "Purchase",
    "Sandbox",
    "Section",
    "Settings",
    "Smoke",
    "Storage",
    "Tags",
    "Training",
    "Waiver",
)

PROJECT = "ai-datacenter"  # the name in Pulumi.yaml, and so the namespace of the settings
REGION = "aws:region"  # the one setting that is also the provider's


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


class Settings(Section):
    """One environment."""

    name: Name = Field(description="The environment's name, as in the name of its file.", examples=["dev"])
    region: Region = Field(alias=REGION, description="The AWS region.", examples=["us-east-1"])
    tags: Tags = Field(description="Tags of every resource.")
    network: Network = Field(description="The address space and its zones.")
    fleets: dict[Name, Fleet] = Field(min_length=1, description="The fleets, by name; their order means nothing.")
    buckets: dict[Name, Bucket] = Field(
        default_factory=dict, description="The buckets, by name.", examples=[{"checkpoints": {}}]
    )
    access: Access = Field(default_factory=Access, description="How the nodes are reached by SSH.")
    smoke: Smoke = Field(default_factory=Smoke, description="What the smoke gate asks of the machines.")
    waivers: tuple[Waiver, ...] = Field(
        (),
        description="Policies that are broken on purpose, for a time.",
        examples=[[{"rule": "vault-locked", "resource": "dev-vault", "reason": "dev data is remade every night"}]],
    )
    sandbox: Sandbox | None = Field(None, description="Makes the environment a local one, without an account.")
