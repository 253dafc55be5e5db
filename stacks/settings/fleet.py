"""Fleets: what they are, how they are paid for and where they stand."""

from enum import StrEnum

from pydantic import Field

from components.instance_types import instance_type
from stacks.settings.section import Section
from stacks.values import ImageId, KnownType, Program, ReservationId, Text, Whole, Zone


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
