"""Fleets: names, zones, how they are bought and placed."""

from collections.abc import Mapping, Sequence

from components.catalogue.instance_types import instance_type
from components.fleet import root_volume as gp3
from stacks.mistakes import instead, shown
from stacks.rules.rule import Refusal, Rule, too_long
from stacks.settings import RESERVED, Placement, Purchase
from stacks.values import as_moment, written_moment

LONGEST_ROLE = 64  # IAM CreateRole; instance profiles may have 128, launch templates 125, security groups 255
ROLE = "-role"  # as components.fleet.instance_profile ends its name


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


def block_is_bought(block: object, purchase: str) -> Refusal | None:
    """Only a Capacity Block has a window."""
    if block is None or purchase == Purchase.CAPACITY_BLOCK:
        return None
    remedy = f"Remove it, or write `purchase: {Purchase.CAPACITY_BLOCK}`."
    return Refusal(f"purchase {purchase} is no Capacity Block", remedy)


def block_ends_after_its_start(starts: str | None, ends: str | None) -> Refusal | None:
    """Between the two it can be used."""
    if starts is None or ends is None or as_moment(starts) < as_moment(ends):
        return None
    when = written_moment(as_moment(starts))
    return Refusal(f"the block would end before it starts ({when})", f"Write a time after {when}.")


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
    """Of the names that are made of a fleet's, its role's has the tightest bound."""
    return too_long(f"{environment}-{fleet}{ROLE}", LONGEST_ROLE, "an IAM role")


def fleet_name_is_free(fleet: str, fleets: Mapping[str, object]) -> Refusal | None:
    """Fleet `a-1` would have the name of node 1 of fleet `a`, now or when `a` grows."""
    stem, _, index = fleet.rpartition("-")
    if stem not in fleets or not index.isdecimal():
        return None
    return Refusal(f"node {index} of fleet {stem} is called {fleet} too", "Rename one of the two fleets.")


def numbers_are_the_fleets(without: Sequence[int], nodes: int, scaling: object) -> Refusal | None:
    """Only a node that there would be can be left out, and at least one stays."""
    if not without:
        return None
    if scaling is not None:
        return Refusal("the nodes of an Auto Scaling group have no numbers", "Remove it, or remove `scaling`.")
    if beyond := [number for number in without if not 0 <= number < nodes]:
        return Refusal(f"there is no node {beyond[0]}", f"Write numbers from 0 to {nodes - 1}, or more `nodes`.")
    if len(set(without)) < nodes:
        return None
    return Refusal("no node is left", "Leave out fewer, or remove the fleet.")


def nodes_within_scaling(minimum: int | None, maximum: int | None, nodes: int) -> Refusal | None:
    """An Auto Scaling group begins between its bounds."""
    if minimum is None or maximum is None or minimum <= nodes <= maximum:
        return None
    return Refusal(f"{nodes} nodes are not between {minimum} and {maximum}", "Write minimum <= nodes <= maximum.")


def gp3_has_it(size_gib: int, iops: int, throughput_mib_per_second: int) -> Refusal | None:
    """Size, IOPS and throughput of a gp3 volume hang together."""
    misfit = gp3.misfit(gp3.RootVolume(size_gib, iops, throughput_mib_per_second))
    return None if misfit is None else Refusal(misfit, "Write a larger sizeGib or iops, or less of the others.")


def disks_to_mount(folder: str | None, name: str) -> Refusal | None:
    """Not every instance type has local NVMe disks."""
    kind = instance_type(name)
    if folder is None or (kind.disks and kind.disk_nvme):
        return None
    return Refusal(f"{name} has no local NVMe disks", "Remove it, or write an instance type that has.")


def buckets_are_declared(given: Sequence[str], buckets: Mapping[str, object]) -> Refusal | None:
    """The nodes may use buckets of the environment."""
    if unknown := [bucket for bucket in given if bucket not in buckets]:
        declare = f"Declare it under buckets: `{unknown[0]}: {{}}`."
        return Refusal(f"no bucket {shown(unknown[0])}", instead(unknown[0], tuple(buckets)) if buckets else declare)
    return None


def lustre_is_beside(name: str | None, zone: str, zone_of: Mapping[str, str]) -> Refusal | None:
    """A fleet mounts a file system of the environment, in its own zone: another costs time and traffic at each read."""
    if name is None or zone_of.get(name) == zone:
        return None
    if name not in zone_of:
        declare = f"Declare it under lustre: `{name}: {{zone: {zone}, …}}`."
        return Refusal(f"no Lustre file system {shown(name)}", instead(name, tuple(zone_of)) if zone_of else declare)
    remedy = f"Write the zone of both as {zone} or {zone_of[name]}, or mount another."
    return Refusal(f"{name} stands in {zone_of[name]}, and the fleet in {zone}", remedy)


def protection_holds(protected: bool, purchase: str, scaling: object) -> Refusal | None:
    """What AWS ends all the same can't be protected (EC2 user guide, "Change instance termination protection")."""
    if not protected or (purchase != Purchase.SPOT and scaling is None):
        return None
    who = "an Auto Scaling group ends its nodes" if scaling else "AWS takes spot instances back"
    return Refusal(f"{who} all the same", "Remove it.")


RULES = (
    Rule("fleets.*", ("name", "*"), fleet_name_fits),
    Rule("fleets.*", ("*", "fleets"), fleet_name_is_free),
    Rule("fleets.*.zone", ("fleets.*.zone", "network.zones"), zone_in_network),
    Rule("fleets.*.reservation", ("fleets.*.reservation", "fleets.*.purchase"), reservation_fits),
    Rule("fleets.*.block", ("fleets.*.block", "fleets.*.purchase"), block_is_bought),
    Rule("fleets.*.block.ends", ("fleets.*.block.starts", "fleets.*.block.ends"), block_ends_after_its_start),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.purchase"), placement_suits_purchase),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.instanceType"), placement_suits_type),
    Rule("fleets.*.without", ("fleets.*.without", "fleets.*.nodes", "fleets.*.scaling"), numbers_are_the_fleets),
    Rule(
        "fleets.*.scaling",
        ("fleets.*.scaling.minimum", "fleets.*.scaling.maximum", "fleets.*.nodes"),
        nodes_within_scaling,
    ),
    Rule(
        "fleets.*.rootVolume",
        ("fleets.*.rootVolume.sizeGib", "fleets.*.rootVolume.iops", "fleets.*.rootVolume.throughputMibPerSecond"),
        gp3_has_it,
    ),
    Rule("fleets.*.localDisks", ("fleets.*.localDisks", "fleets.*.instanceType"), disks_to_mount),
    Rule("fleets.*.lustre", ("fleets.*.lustre.name", "fleets.*.zone", "lustre.**.zone"), lustre_is_beside),
    Rule("fleets.*.buckets", ("fleets.*.buckets", "buckets"), buckets_are_declared),
    Rule(
        "fleets.*.stopProtection",
        ("fleets.*.stopProtection", "fleets.*.purchase", "fleets.*.scaling"),
        protection_holds,
    ),
    Rule(
        "fleets.*.terminationProtection",
        ("fleets.*.terminationProtection", "fleets.*.purchase", "fleets.*.scaling"),
        protection_holds,
    ),
)
