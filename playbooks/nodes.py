"""A node of a fleet, as everything after the inventory sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One instance that exists and belongs to a fleet of the environment.

    Attributes:
        name: the node's name in the environment, `<fleet>-<index>`; `<fleet>-<instance id>` of an Auto Scaling
            group's.
        fleet: the fleet's name in the settings.
        index: the node's number in its fleet, from 0; where it has none, its place in the order of arrival.
        instance_id: the cloud's name of it.
        instance_type: such as `p5.48xlarge`.
        address: private IPv4 address of its first network card.
        python: the Python on it that has torch.
        zone: its Availability Zone; empty where the cloud does not say.
        unhealthy: the check for which `aidc smoke --cordon` has marked it; empty where it is not marked.
    """

    name: str
    fleet: str
    index: int
    instance_id: str
    instance_type: str
    address: str
    python: str
    zone: str = ""
    unhealthy: str = ""
