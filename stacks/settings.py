"""What an environment may say: every key, its type, its default and its bounds."""

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=24)]


class Section(BaseModel):
    """Frozen, and an unknown key is a mistake. Keys in the file are camelCase, as everywhere in Pulumi's files."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=False)


class Purchase(StrEnum):
    """How the instances are paid for."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    CAPACITY_RESERVATION = "capacity-reservation"
    CAPACITY_BLOCK = "capacity-block"


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

    cidr: IPv4Network
    zones: tuple[str, ...] = Field(min_length=1)


class Fleet(Section):
    """Instances of one type in one zone that work on one job together."""

    instance_type: str
    nodes: Annotated[int, Strict(), Field(ge=1, le=1000)]
    zone: str
    image: Annotated[str, StringConstraints(pattern=r"^ami-[0-9a-f]{8,17}$")]
    key_name: str | None = None
    purchase: Purchase = Purchase.ON_DEMAND
    reservation: Annotated[str, StringConstraints(pattern=r"^cr-[0-9a-f]{8,17}$")] | None = None
    placement: Placement | None = None
    python: str = "/opt/pytorch/bin/python"


class Bucket(Section):
    """A bucket of the environment."""

    noncurrent_days: Annotated[int, Strict(), Field(ge=1)] = 30


class JumpHost(Section):
    """A host that connections to the nodes go through; its key is given, for it is not one of the nodes."""

    address: str
    host_key: str
    user: str | None = None
    port: Annotated[int, Strict(), Field(ge=1, le=65535)] = 22


class Access(Section):
    """How the nodes are reached by SSH: directly, through a jump host, or through a proxy command."""

    user: str = "ubuntu"
    port: Annotated[int, Strict(), Field(ge=1, le=65535)] = 22
    identity_file: str | None = None
    agent: bool = False
    jump: JumpHost | None = None
    proxy_command: str | None = None


class AllReduce(Section):
    """The all-reduce over all nodes of a fleet."""

    largest_message_mib: Annotated[int, Strict(), Field(ge=1)] = 1024
    minimum_bus_bandwidth_gb_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class Training(Section):
    """The training step over all nodes of a fleet."""

    steps: Annotated[int, Strict(), Field(ge=10)] = 60
    loss_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Storage(Section):
    """Writing and reading back, on the nodes and in the bucket."""

    scratch: str = "~"
    size_mib: Annotated[int, Strict(), Field(ge=1)] = 1024
    bucket: Name | None = None


class Smoke(Section):
    """What the smoke gate asks of the machines."""

    clock_offset_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    all_reduce: AllReduce = AllReduce()
    training: Training = Training()
    storage: Storage = Storage()


class Sandbox(Section):
    """Present in an environment that has no account behind it: a local moto server is its AWS."""

    isolation: Isolation = Isolation.LOOPBACK


class Tags(Section):
    """What every resource is tagged with, so that it can be found and paid for."""

    owner: str
    cost_center: str


class Settings(Section):
    """One environment."""

    name: Name
    region: Annotated[str, Field(alias="aws:region")]
    tags: Tags
    network: Network
    fleets: dict[Name, Fleet] = Field(min_length=1)
    buckets: dict[Name, Bucket] = {}
    access: Access = Access()
    smoke: Smoke = Smoke()
    sandbox: Sandbox | None = None
