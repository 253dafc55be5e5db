"""What a managed node group is made from, and which of it is refused before anything is declared."""

from collections.abc import Callable, Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.catalogue.instance_types import instance_type
from components.cluster.node_images import ROOT_DEVICE, image_type
from components.fleet.args import RESERVED_MARKETS, Scaling
from components.fleet.root_volume import RootVolume, misfit

# EKS's word for each purchase.
CAPACITY_TYPES = {
    "on-demand": "ON_DEMAND",
    "spot": "SPOT",
    "capacity-reservation": "ON_DEMAND",
    "capacity-block": "CAPACITY_BLOCK",
}
ROOT_VOLUME = RootVolume(device=ROOT_DEVICE)


class NodeGroupArgs(TypedDict):
    """What a node group is made from."""

    cluster_name: pulumi.Input[str]
    """The cluster's name at EKS."""

    version: str
    """The cluster's version of Kubernetes: nodes follow it."""

    node_role_arn: pulumi.Input[str]
    """The role of the nodes."""

    instance_type: str
    """Such as `p5.48xlarge`; every one of its network cards is used."""

    nodes: int
    """How many instances."""

    scaling: NotRequired[Scaling | None]
    """Between which numbers an autoscaler may move them; left out, their number is fixed."""

    pods_per_node: int
    """How many pods a node runs at most; it bounds the addresses that the node takes."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets: one for nodes that work together, that of the reservation's zone for reserved ones."""

    security_group_ids: Sequence[pulumi.Input[str]]
    """Of every interface. The cluster's own is one of them, for these replace it; a fleet's fabric is another."""

    purchase: NotRequired[str]
    """`on-demand` (the default), `spot`, `capacity-reservation` or `capacity-block`."""

    reservation_id: NotRequired[str | None]
    """`cr-…`, for the last two purchases."""

    cluster_placement: NotRequired[bool]
    """Whether the instances stand in a cluster placement group of the node group's own."""

    image_release: NotRequired[str | None]
    """Release of EKS's image, such as `1.36.3-20260911`; left out, the newest when the group is made."""

    root_volume: NotRequired[RootVolume]
    """How large and how fast the encrypted gp3 root volume is; images of containers stand on it."""

    labels: NotRequired[Mapping[str, str]]
    """Kubernetes labels, beside those that tell of GPUs and EFA."""

    tags: Mapping[str, str]
    """Tags of every resource, and of what the launch template starts."""


def refuse_mistakes(args: NodeGroupArgs) -> None:
    """Refuse arguments that EKS would refuse, or accept and get wrong, later.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    for argument, wrong in CHECKS:
        if reason := wrong(args):
            raise pulumi.InputPropertyError(argument, reason)


def purchase(args: NodeGroupArgs) -> str:
    """How the instances are paid for."""
    return args.get("purchase", "on-demand")


def _type(args: NodeGroupArgs) -> str | None:
    try:
        image_type(instance_type(args["instance_type"]))
    except LookupError as error:
        return str(error)
    return None


def _nodes(args: NodeGroupArgs) -> str | None:
    return f"a node group has at least one node, not {args['nodes']}" if args["nodes"] < 1 else None


def _scaling(args: NodeGroupArgs) -> str | None:
    bounds = args.get("scaling")
    if not bounds or 0 <= bounds["minimum"] <= args["nodes"] <= bounds["maximum"]:
        return None
    return f"{args['nodes']} nodes are not between {bounds['minimum']} and {bounds['maximum']}"


def _purchase(args: NodeGroupArgs) -> str | None:
    known = purchase(args) in CAPACITY_TYPES
    return None if known else f"{purchase(args)!r} is none of {', '.join(CAPACITY_TYPES)}"


def _reservation(args: NodeGroupArgs) -> str | None:
    target = args.get("reservation_id")
    if bool(target) == (purchase(args) in RESERVED_MARKETS):
        return None
    return f"purchase {purchase(args)} {'takes no' if target else 'needs a'} reservation"


def _placement(args: NodeGroupArgs) -> str | None:
    if not args.get("cluster_placement"):
        return None
    if purchase(args) in RESERVED_MARKETS:
        return "reserved capacity is placed already; a group splits it"
    if not instance_type(args["instance_type"]).cluster_placement:
        return f"{args['instance_type']} can't stand in a cluster placement group"
    return None


def _subnets(args: NodeGroupArgs) -> str | None:
    """Nodes that work together, and reserved ones, stand in one zone; EKS would spread them over all that it has."""
    together = instance_type(args["instance_type"]).efa_interfaces or args.get("cluster_placement")
    if len(args["subnet_ids"]) == 1 or not (together or purchase(args) in RESERVED_MARKETS):
        return None
    return f"{args['instance_type']} bought {purchase(args)} stands in one zone: give the one subnet of that zone"


def _root_volume(args: NodeGroupArgs) -> str | None:
    return misfit(args.get("root_volume", ROOT_VOLUME))


# In the order in which a person is told; a later check can count on the earlier ones.
CHECKS: tuple[tuple[str, Callable[[NodeGroupArgs], str | None]], ...] = (
    ("instance_type", _type),
    ("nodes", _nodes),
    ("scaling", _scaling),
    ("purchase", _purchase),
    ("reservation_id", _reservation),
    ("cluster_placement", _placement),
    ("subnet_ids", _subnets),
    ("root_volume", _root_volume),
)
