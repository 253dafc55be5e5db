"""Instances that fit, or don't."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from components.catalogue.instance_types import instance_type
from playbooks.plan.instances import Instances
from playbooks.plan.places import Subnet
from playbooks.plan.plan import Fit

SUBNET = Subnet("dev-private-us-east-1a", "us-east-1a", IPv4Network("10.0.0.0/24"))
RESERVATION = "cr-0123456789abcdef0"


def fleet(
    type_name: str = "p5.48xlarge",
    nodes: int = 2,
    purchase: str = "on-demand",
    pods: int | None = None,
    subnets: tuple[Subnet, ...] = (SUBNET,),
) -> Instances:
    """A fleet called dev-training; a reserved one has a reservation."""
    reservation = RESERVATION if purchase.startswith("capacity") else ""
    groups = frozenset({"urn:group"})
    return Instances("dev-training", instance_type(type_name), nodes, purchase, reservation, 1, pods, subnets, groups)


def only(fits: Iterable[Fit]) -> Fit:
    """The one row."""
    (found,) = fits
    return found
