"""What an environment may say: every key, its kind, its default and its bounds.

Rules that hold between several keys stand in `stacks/rules.py`; `stacks/validation.py` applies both.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from components.instance_types import instance_type
from stacks.values import (
    Cidr,
    Host,
    ImageId,
    KnownType,
    Name,
    Number,
    Program,
    ProxyCommand,
    PublicKey,
    Region,
    RemoteFolder,
    ReservationId,
    TagValue,
    Text,
    Truth,
    User,
    Whole,
    Zone,
    refused,
)

PROJECT = "ai-datacenter"  # the name in Pulumi.yaml, and so the namespace of the settings
REGION = "aws:region"  # the one setting that is also the provider's

Port = Annotated[Whole, Field(ge=1, le=65535)]


class Section(BaseModel):
    """Frozen, and an unknown key is a mistake. Keys in the file are camelCase, as everywhere in Pulumi's files."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=False,
        defer_build=True,  # one validator for the whole of Settings, not one a class: 20 ms at every start
    )

    @field_validator("*", mode="before")
    @classmethod
    def _has_a_value(cls, value: object) -> object:
        """`sandbox:` with nothing behind it must not read as 'no sandbox'."""
        if value is None:
            raise refused("there is no value", "Write one, or remove the key.")
        return value


class Purchase(StrEnum):
    """How the instances are paid for."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    CAPACITY_RESERVATION = "capacity-reservation"
    CAPACITY_BLOCK = "capacity-block"


RESERVED = (Purchase.CAPACITY_RESERVATION, Purchase.CAPACITY_BLOCK)


class Placement(StrEnum):
    """Whether a fleet's instances stand close together."""

    CLUSTER = "cluster"
    NONE = "none"


class Isolation(StrEnum):
    """What keeps the sandbox's nodes apart."""

    LOOPBACK = "loopback"
    NAMESPACES = "namespaces"


class Network(Section):
    """The address space and the availability zones that it spans."""

    cidr: Cidr = Field(description="Private address block of the VPC, /16 to /22.", examples=["10.1.0.0/16"])
    zones: tuple[Zone, ...] = Field(
        min_length=1, description="Zones of the region; append new ones at the end.", examples=[["us-east-1a"]]
    )


class Fleet(Section):
    """Instances of one type in one zone that work on one job together."""

    instance_type: KnownType = Field(description="EC2 instance type.", examples=["p5.48xlarge"])
    nodes: Whole = Field(ge=1, le=1000, description="How many instances.", examples=[2])
    zone: Zone = Field(description="The zone, one of `network.zones`.", examples=["us-east-1a"])
    image: ImageId = Field(description="Machine image that every node starts from.", examples=["ami-0123456789abcdef0"])
    key_name: Text | None = Field(None, description="EC2 key pair that exists.", examples=["team"])
    purchase: Purchase = Field(Purchase.ON_DEMAND, description="How the instances are paid for.", examples=["spot"])
    reservation: ReservationId | None = Field(
        None,
        description="The Capacity Reservation or Capacity Block, where `purchase` is one.",
        examples=["cr-0123456789abcdef0"],
    )
    placement: Placement | None = Field(
        None,
        description="Whether a cluster placement group of its own holds the fleet. Left out: cluster for two or more"
        " nodes bought on demand or as spot, of a type that can; none otherwise.",
        examples=["none"],
    )
    python: Program = Field(
        "/opt/pytorch/bin/python", description="The Python on the image that has torch.", examples=["python3"]
    )

    @property
    def effective_placement(self) -> Placement:
        """The placement that holds: the one that the settings say, or what suits the purchase and the type.

        Reserved capacity is placed already, and one node has no neighbour to be close to.
        """
        if self.placement is not None:
            return self.placement
        alone = self.nodes == 1 or self.purchase in RESERVED
        return Placement.NONE if alone or not instance_type(self.instance_type).cluster_placement else Placement.CLUSTER


class Bucket(Section):
    """A bucket of the environment."""

    noncurrent_days: Whole = Field(
        30, ge=1, le=36500, description="Days that an overwritten or deleted version is kept.", examples=[7]
    )


class JumpHost(Section):
    """A host that connections to the nodes go through; its key is given, for it is not one of the nodes."""

    address: Host = Field(description="Host name or address.", examples=["bastion.example.com"])
    host_key: PublicKey = Field(
        description="Its public host key, one line.",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    )
    user: User | None = Field(None, description="User on it; left out, the user on the nodes.", examples=["ec2-user"])
    port: Port = Field(22, description="Its SSH port.", examples=[22])


class Access(Section):
    """How the nodes are reached by SSH: directly, through a jump host, or through a proxy command."""

    user: User = Field("ubuntu", description="User on the nodes.", examples=["ec2-user"])
    port: Port = Field(22, description="SSH port of the nodes.", examples=[22])
    identity_file: Text | None = Field(
        None, description="Private key file; relative to the folder of Pulumi.yaml.", examples=["~/.ssh/id_ed25519"]
    )
    agent: Truth = Field(
        default=True,
        description="Whether the keys of your SSH agent are offered where there is no identityFile.",
        examples=[False],
    )
    jump: JumpHost | None = Field(None, description="The jump host, where there is one.")
    proxy_command: ProxyCommand | None = Field(
        None,
        description="Command whose input and output are the connection; %h, %p, %r and %i are the node's address, port,"
        " user and instance id.",
        examples=["aws ec2-instance-connect open-tunnel --instance-id %i --remote-port %p"],
    )


class AllReduce(Section):
    """The all-reduce over all nodes of a fleet."""

    largest_message_mib: Whole = Field(1024, ge=1, le=65536, description="Largest message, MiB.", examples=[16])
    minimum_bus_bandwidth_gb_per_second: Number | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Bus bandwidth to reach at the largest message, GB/s (1e9 bytes). Left out: it is measured, and"
        " INCONCLUSIVE.",
        examples=[300],
    )


class Training(Section):
    """The training step over all nodes of a fleet."""

    steps: Whole = Field(60, ge=10, le=100000, description="Steps to train.", examples=[100])
    loss_fraction: Number = Field(
        0.5, gt=0, lt=1, allow_inf_nan=False, description="The last loss over the first, at most.", examples=[0.5]
    )


class Storage(Section):
    """Writing and reading back, on the nodes and in the bucket."""

    scratch: RemoteFolder = Field(
        "~", description="Folder on the nodes that is written to.", examples=["/opt/dlami/nvme"]
    )
    size_mib: Whole = Field(1024, ge=1, le=1048576, description="How much each node writes, MiB.", examples=[64])
    bucket: Name | None = Field(
        None,
        description="One of `buckets`, for the checkpoint; left out, no checkpoint is tried.",
        examples=["checkpoints"],
    )


class Smoke(Section):
    """What the smoke gate asks of the machines."""

    clock_offset_seconds: Number = Field(
        1.0, gt=0, allow_inf_nan=False, description="Furthest that a node's clock may be off, seconds.", examples=[0.5]
    )
    all_reduce: AllReduce = Field(default_factory=AllReduce, description="The all-reduce over all nodes of a fleet.")
    training: Training = Field(default_factory=Training, description="The training step over all nodes of a fleet.")
    storage: Storage = Field(default_factory=Storage, description="Writing and reading back.")


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
    sandbox: Sandbox | None = Field(None, description="Makes the environment a local one, without an account.")
