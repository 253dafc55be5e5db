"""The address space and its zones."""

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import Cidr, Zone


class Network(Section):
    """The address space and the availability zones that it spans."""

    cidr: Cidr = Field(description="Private address block of the VPC, /16 to /22.", examples=["10.1.0.0/16"])
    zones: tuple[Zone, ...] = Field(
        min_length=1, description="Zones of the region; append new ones at the end.", examples=[["us-east-1a"]]
    )
