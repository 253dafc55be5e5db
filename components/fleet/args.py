"""What a fleet is made from, and which of it is refused before anything is declared."""

from collections.abc import Callable, Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.catalogue.instance_types import UnknownInstanceTypeError, instance_type
from components.fleet.instance_profile import BucketAccess
from components.fleet.root_volume import RootVolume, misfit

RESERVED_MARKETS = ("capacity-reservation", "capacity-block")
PURCHASES = ("on-demand", "spot", *RESERVED_MARKETS)


class Scaling(TypedDict):
    """How far an Auto Scaling group may shrink and grow."""

    minimum: int
    """The fewest nodes."""

    maximum: int
    """The most nodes."""

    refresh: NotRequired[bool]
    """Whether a changed template replaces the running nodes, a few at a time; left out, it does not."""


class LustreMount(TypedDict):
    """An FSx for Lustre file system that the nodes mount at boot."""

    dns_name: pulumi.Input[str]
    """The file system's DNS name."""

    mount_name: pulumi.Input[str]
    """Its mount name, which FSx makes up."""

    folder: str
    """Where the nodes have it, such as `/fsx`."""


class FleetArgs(TypedDict):
    """What a fleet is made from."""

    instance_type: str
    """Such as `p5.48xlarge`; every one of its network cards is used."""

    nodes: int
    """How many instances. Their names are `<name>-0` and so on, so that removing the last touches no other."""

    without: NotRequired[Sequence[int]]
    """Numbers below `nodes` that are left out: removing node 2 of 16 touches node 2 only."""

    scaling: NotRequired[Scaling | None]
    """An Auto Scaling group instead of numbered instances; it begins with `nodes`."""

    image_id: str
    """The machine image, `ami-…`."""

    subnet_id: pulumi.Input[str]
    """A private subnet: an instance with several network interfaces gets no public address."""

    security_group_id: pulumi.Input[str]
    """The fleet's security group; one that lets itself through in both directions where the type has EFA."""

    purchase: NotRequired[str]
    """`on-demand` (the default), `spot`, `capacity-reservation` or `capacity-block`."""

    reservation_id: NotRequired[str | None]
    """`cr-…`, for the last two purchases."""

    cluster_placement: NotRequired[bool]
    """Whether the instances stand in a cluster placement group of the fleet's own."""

    key_name: NotRequired[str | None]
    """An EC2 key pair that exists; the first user's authorized key."""

    root_volume: NotRequired[RootVolume]
    """How large and how fast the encrypted gp3 root volume is."""

    local_disks: NotRequired[str | None]
    """The folder at which the type's local NVMe disks are mounted, striped; left out, they stay as the image has it."""

    lustre: NotRequired[LustreMount | None]
    """A Lustre file system that the nodes mount at boot."""

    buckets: NotRequired[Sequence[BucketAccess]]
    """The buckets that the nodes may read and write; left out, none."""

    detailed_monitoring: NotRequired[bool]
    """Whether CloudWatch has the nodes' metrics every minute, and not every five; it costs by the metric."""

    stop_protection: NotRequired[bool]
    """Whether nobody can stop a node, which would empty its local disks; for numbered nodes only."""

    termination_protection: NotRequired[bool]
    """Whether nobody can terminate a node, Pulumi included, until this is taken away; for numbered nodes only."""

    tags: Mapping[str, str]
    """Tags of every resource, and of what the launch template starts."""


def numbers(args: FleetArgs) -> list[int]:
    """The numbers of a fleet's nodes, where they have any."""
    return [number for number in range(args["nodes"]) if number not in args.get("without", ())]


def refuse_mistakes(args: FleetArgs) -> None:
    """Refuse arguments that AWS would refuse, or accept and get wrong, later.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    for argument, wrong in CHECKS:
        if reason := wrong(args):
            raise pulumi.InputPropertyError(argument, reason)


def _type(args: FleetArgs) -> str | None:
    try:
        instance_type(args["instance_type"])
    except UnknownInstanceTypeError as error:
        return str(error)
    return None


def _nodes(args: FleetArgs) -> str | None:
    return f"a fleet has at least one node, not {args['nodes']}" if args["nodes"] < 1 else None


def _without(args: FleetArgs) -> str | None:
    without, nodes = args.get("without", ()), args["nodes"]
    if without and args.get("scaling"):
        return "the nodes of an Auto Scaling group have no numbers that could be left out"
    if beyond := sorted(number for number in without if not 0 <= number < nodes):
        return f"there is no node {beyond[0]}: the nodes are numbered from 0 to {nodes - 1}"
    return None if numbers(args) else "no node is left; a fleet has at least one"


def _scaling(args: FleetArgs) -> str | None:
    bounds = args.get("scaling")
    if not bounds or 0 <= bounds["minimum"] <= args["nodes"] <= bounds["maximum"]:
        return None
    return f"{args['nodes']} nodes are not between {bounds['minimum']} and {bounds['maximum']}"


def _purchase(args: FleetArgs) -> str | None:
    purchase = args.get("purchase", "on-demand")
    return None if purchase in PURCHASES else f"{purchase!r} is none of {', '.join(PURCHASES)}"


def _reservation(args: FleetArgs) -> str | None:
    purchase, target = args.get("purchase", "on-demand"), args.get("reservation_id")
    if bool(target) == (purchase in RESERVED_MARKETS):
        return None
    return f"purchase {purchase} {'takes no' if target else 'needs a'} reservation"


def _placement(args: FleetArgs) -> str | None:
    if not args.get("cluster_placement"):
        return None
    if args.get("purchase") in RESERVED_MARKETS:
        return "reserved capacity is placed already; a group splits it"
    if not instance_type(args["instance_type"]).cluster_placement:
        return f"{args['instance_type']} can't stand in a cluster placement group"
    return None


def _root_volume(args: FleetArgs) -> str | None:
    return misfit(args.get("root_volume", RootVolume()))


def _local_disks(args: FleetArgs) -> str | None:
    kind = instance_type(args["instance_type"])
    if not args.get("local_disks") or (kind.disks and kind.disk_nvme):
        return None
    return f"{kind.name} has no local NVMe disks"


def _protected(argument: str) -> Callable[[FleetArgs], str | None]:
    def wrong(args: FleetArgs) -> str | None:
        if not args.get(argument):
            return None
        if args.get("scaling"):
            return "an Auto Scaling group ends its nodes all the same"
        return "AWS takes spot instances back all the same" if args.get("purchase") == "spot" else None

    return wrong


# In the order in which a person is told; a later check can count on the earlier ones.
CHECKS: tuple[tuple[str, Callable[[FleetArgs], str | None]], ...] = (
    ("instance_type", _type),
    ("nodes", _nodes),
    ("without", _without),
    ("scaling", _scaling),
    ("purchase", _purchase),
    ("reservation_id", _reservation),
    ("cluster_placement", _placement),
    ("root_volume", _root_volume),
    ("local_disks", _local_disks),
    ("stop_protection", _protected("stop_protection")),
    ("termination_protection", _protected("termination_protection")),
)
