"""Fleets: what they are, how they are paid for and where they stand."""

from enum import StrEnum

from pydantic import Field

from components.catalogue.instance_types import instance_type
from components.fleet import root_volume as gp3
from stacks.settings.section import Section
from stacks.values import (
    DeviceName,
    KnownType,
    Moment,
    MountFolder,
    Name,
    NodeImage,
    ParameterName,
    Program,
    ReservationId,
    Text,
    Truth,
    Whole,
    Zone,
)


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


class Scaling(Section):
    """How far an Auto Scaling group may shrink and grow."""

    minimum: Whole = Field(ge=0, le=1000, description="The fewest nodes.", examples=[1])
    maximum: Whole = Field(ge=1, le=1000, description="The most nodes.", examples=[8])
    refresh: Truth = Field(
        default=False,
        description="Whether a changed image or key replaces running nodes, a few at a time. Left out, it holds for new"
        " ones only.",
        examples=[True],
    )


class RootVolume(Section):
    """The root volume of each node: gp3, encrypted."""

    size_gib: Whole = Field(
        gp3.RootVolume().size_gib,
        ge=1,
        le=gp3.LARGEST_GIB,
        description="Its size, GiB; not less than the image's own.",
        examples=[500],
    )
    iops: Whole = Field(
        gp3.LEAST_IOPS,
        ge=gp3.LEAST_IOPS,
        le=gp3.MOST_IOPS,
        description="Operations per second, at most 500 a GiB.",
        examples=[6000],
    )
    throughput_mib_per_second: Whole = Field(
        gp3.LEAST_MIB_PER_SECOND,
        ge=gp3.LEAST_MIB_PER_SECOND,
        le=gp3.MOST_MIB_PER_SECOND,
        description="Throughput, MiB/s; each takes 4 IOPS.",
        examples=[1000],
    )
    device: DeviceName = Field(
        gp3.RootVolume().device,
        description="The image's name of its root device, which `aidc image` shows: /dev/sda1 on Ubuntu, /dev/xvda on"
        " Amazon Linux.",
        examples=["/dev/xvda"],
    )


class LustreMount(Section):
    """The Lustre file system of a fleet."""

    name: Name = Field(description="One of `lustre`, in the fleet's zone.", examples=["datasets"])
    folder: MountFolder = Field("/fsx", description="Where the nodes mount it at boot.", examples=["/data"])


class CapacityBlock(Section):
    """What a Capacity Block was bought as; `aws ec2 describe-capacity-reservations` tells it."""

    starts: Moment = Field(description="When it starts, UTC.", examples=["2027-06-30T11:30:00Z"])
    ends: Moment = Field(
        description="When it ends, UTC. EC2 ends the instances from 30 minutes before on, EKS from 40.",
        examples=["2027-07-14T11:30:00Z"],
    )
    instances: Whole = Field(ge=1, le=1000, description="How many instances it is for.", examples=[16])


class Fleet(Section):
    """Instances of one type in one zone that work on one job together."""

    instance_type: KnownType = Field(description="EC2 instance type.", examples=["p5.48xlarge"])
    nodes: Whole = Field(
        ge=1,
        le=1000,
        description="How many instances, numbered from 0; with `scaling`, how many at first.",
        examples=[2],
    )
    without: tuple[Whole, ...] = Field(
        (), description="Numbers of nodes to leave out: removing one touches no other.", examples=[[2]]
    )
    scaling: Scaling | None = Field(
        None,
        description="An Auto Scaling group instead of numbered nodes; they are named by their instance ids.",
        examples=[{"minimum": 1, "maximum": 8}],
    )
    zone: Zone = Field(description="The zone, one of `network.zones`.", examples=["us-east-1a"])
    cluster: Truth = Field(
        default=False,
        description="Whether its nodes are the Kubernetes cluster's, in a managed node group; they are named by their"
        " instance ids.",
        examples=[True],
    )
    image: NodeImage = Field(
        description="Machine image that every node starts from; with `cluster: true` the release of EKS's own image for"
        " the type, such as 1.36.3-20260911.",
        examples=["ami-0123456789abcdef0"],
    )
    image_parameter: ParameterName | None = Field(
        None,
        description="Public SSM parameter that `aidc image` looks the newest image up by. Left out: the PyTorch Deep"
        " Learning AMI's for GPUs, the Neuron one's for Trainium and Inferentia, Ubuntu's otherwise.",
        examples=["/aws/service/deeplearning/ami/x86_64/oss-nvidia-driver-gpu-pytorch-2.10-ubuntu-24.04/latest/ami-id"],
    )
    key_name: Text | None = Field(None, description="EC2 key pair that exists.", examples=["team"])
    purchase: Purchase = Field(Purchase.ON_DEMAND, description="How the instances are paid for.", examples=["spot"])
    reservation: ReservationId | None = Field(
        None,
        description="The Capacity Reservation or Capacity Block, where `purchase` is one.",
        examples=["cr-0123456789abcdef0"],
    )
    block: CapacityBlock | None = Field(
        None,
        description="When the Capacity Block starts and ends, and its size: left out, nobody is warned of its end.",
        examples=[{"starts": "2027-06-30T11:30:00Z", "ends": "2027-07-14T11:30:00Z", "instances": 16}],
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

    root_volume: RootVolume = Field(default_factory=RootVolume, description="The root volume of each node.")
    local_disks: MountFolder | None = Field(
        None,
        description="Folder at which the type's local NVMe disks are mounted, striped; they are empty after a stop."
        " Left out, they stay as the image has them.",
        examples=["/scratch"],
    )
    lustre: LustreMount | None = Field(
        None,
        description="A Lustre file system that lets the nodes in, and that they mount at boot; a cluster's pods mount"
        " it by the FSx CSI driver.",
        examples=[{"name": "datasets"}],
    )
    buckets: tuple[Name, ...] = Field(
        (), description="Those of `buckets` that the nodes may read and write.", examples=[["checkpoints"]]
    )
    detailed_monitoring: Truth = Field(
        default=False, description="Metrics every minute, not every five; costs by the metric.", examples=[True]
    )
    stop_protection: Truth = Field(
        default=False, description="Nobody can stop a node, which would empty its local disks.", examples=[True]
    )
    termination_protection: Truth = Field(
        default=False,
        description="Nobody can terminate a node, Pulumi included, until this is taken away again.",
        examples=[True],
    )

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its nodes; those of an Auto Scaling group or a node group have none."""
        if self.scaling or self.cluster:
            return ()
        return tuple(number for number in range(self.nodes) if number not in self.without)

    @property
    def fewest_nodes(self) -> int:
        """How many nodes there must be at least for the fleet to be whole."""
        if self.cluster and not self.scaling:
            return self.nodes
        return self.scaling.minimum if self.scaling else len(self.numbers)

    @property
    def most_nodes(self) -> int:
        """How many nodes there can be, those included that are left out now."""
        return self.scaling.maximum if self.scaling else self.nodes

    @property
    def effective_placement(self) -> Placement:
        """The placement that holds: the one that the settings say, or what suits the purchase and the type.

        Reserved capacity is placed already, and one node has no neighbour to be close to.
        """
        if self.placement is not None:
            return self.placement
        alone = self.most_nodes == 1 or self.purchase in RESERVED
        return Placement.NONE if alone or not instance_type(self.instance_type).cluster_placement else Placement.CLUSTER
