"""A VPC that is there already: what everything else needs to know of it, and nothing that is created."""

from collections.abc import Mapping
from typing import NamedTuple, Self

import pulumi


class ExistingNetwork(NamedTuple):
    """A VPC and its subnets by their ids, in the place of a `Network`.

    Attributes:
        vpc_id: the VPC's id.
        cidr: its address block, or that of its blocks that the subnets lie in.
        private_subnet_ids: the id of each zone's private subnet, by zone.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    private_subnet_ids: Mapping[str, pulumi.Output[str]]

    @classmethod
    def of(cls, vpc_id: str, cidr: str, private_subnet_ids: Mapping[str, str]) -> Self:
        """The network of these ids.

        Raises:
            pulumi.InputPropertyError: there is no subnet.
        """
        if not private_subnet_ids:
            raise pulumi.InputPropertyError("private_subnet_ids", "there must be one; nodes stand in it")
        subnets = {zone: pulumi.Output.from_input(subnet) for zone, subnet in private_subnet_ids.items()}
        return cls(pulumi.Output.from_input(vpc_id), cidr, subnets)
