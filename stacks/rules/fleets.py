"""Fleets: names, zones, how they are bought and placed."""

from collections.abc import Mapping, Sequence

from components.instance_types import instance_type
from stacks.rules.rule import Refusal, Rule, too_long
from stacks.settings import RESERVED, Placement

LONGEST_LAUNCH_TEMPLATE = 125  # terraform-provider-aws, ValidLaunchTemplateName; EC2 itself would take 128
LAUNCH_TEMPLATE = "-template"  # as components.fleet ends its name; security and placement groups may have 255


def zone_in_network(zone: str, zones: Sequence[str]) -> Refusal | None:
    """A fleet stands in a zone that the network spans."""
    if zone in zones:
        return None
    remedy = f"Write one of {', '.join(zones)}, or append {zone} to network.zones."
    return Refusal(f"the network has no zone {zone}", remedy)


def reservation_fits(reservation: str | None, purchase: str) -> Refusal | None:
    """A reservation exactly where the purchase is one."""
    if purchase in RESERVED and reservation is None:
        command = "describe-capacity-reservations"
        return Refusal(f"purchase {purchase} needs one", f"Add `reservation: cr-…`; `aws ec2 {command}` lists yours.")
    if purchase not in RESERVED and reservation is not None:
        remedy = f"Remove it, or write `purchase: {RESERVED[0]}` or `purchase: {RESERVED[1]}`."
        return Refusal(f"purchase {purchase} takes no reservation, and {reservation} is given", remedy)
    return None


def placement_suits_purchase(placement: str | None, purchase: str) -> Refusal | None:
    """Reserved capacity is placed already; a group of one's own split it: 11 of 16 nodes came (eksctl#7949)."""
    if placement != Placement.CLUSTER or purchase not in RESERVED:
        return None
    why = "AWS has placed that capacity already, and instances forced into another group don't all fit (eksctl#7949)"
    return Refusal(f"cluster can't be had with purchase {purchase}: {why}", "Remove it, or write `placement: none`.")


def placement_suits_type(placement: str | None, name: str) -> Refusal | None:
    """Not every instance type can stand in a cluster placement group."""
    if placement != Placement.CLUSTER or instance_type(name).cluster_placement:
        return None
    return Refusal(f"{name} can't stand in a cluster placement group", "Remove it, or write `placement: none`.")


def fleet_name_fits(environment: str, fleet: str) -> Refusal | None:
    """Of the names that are made of a fleet's, the launch template's has the tightest bound."""
    return too_long(f"{environment}-{fleet}{LAUNCH_TEMPLATE}", LONGEST_LAUNCH_TEMPLATE, "a launch template")


def fleet_name_is_free(fleet: str, fleets: Mapping[str, object]) -> Refusal | None:
    """Fleet `a-1` would have the name of node 1 of fleet `a`, now or when `a` grows."""
    stem, _, index = fleet.rpartition("-")
    if stem not in fleets or not index.isdecimal():
        return None
    return Refusal(f"node {index} of fleet {stem} is called {fleet} too", "Rename one of the two fleets.")


RULES = (
    Rule("fleets.*", ("name", "*"), fleet_name_fits),
    Rule("fleets.*", ("*", "fleets"), fleet_name_is_free),
    Rule("fleets.*.zone", ("fleets.*.zone", "network.zones"), zone_in_network),
    Rule("fleets.*.reservation", ("fleets.*.reservation", "fleets.*.purchase"), reservation_fits),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.purchase"), placement_suits_purchase),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.instanceType"), placement_suits_type),
)
