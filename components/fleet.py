"""A fleet: instances of one type in one zone, with every network card in use, that work on one job together."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.efa import interfaces
from components.instance_types import UnknownInstanceTypeError, instance_type

RESERVED_MARKETS = ("capacity-reservation", "capacity-block")
PURCHASES = ("on-demand", "spot", *RESERVED_MARKETS)
# The provider replaces an instance when its template's version changes (terraform-provider-aws,
# internal/service/ec2/ec2_instance.go: ForceNew("launch_template.0.version")), and a mere tag makes a new version.
KEPT = ["launchTemplate"]


class FleetArgs(TypedDict):
    """What a fleet is made from."""

    instance_type: str
    """Such as `p5.48xlarge`; every one of its network cards is used."""

    nodes: int
    """How many instances; their names are `<name>-0` and so on, so that removing the last touches no other."""

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

    tags: Mapping[str, str]
    """Tags of every resource, and of what the launch template starts."""


class Fleet(pulumi.ComponentResource):
    """A launch template, a placement group where it helps, and the instances.

    A changed template (another image, type or key) holds for nodes that are made later; running ones keep what they
    started from, until one is replaced by name: `pulumi up --replace <urn>`.

    Attributes:
        instance_ids: ids of the instances, in order.
        private_ips: their addresses, in the same order.
    """

    instance_ids: list[pulumi.Output[str]]
    private_ips: list[pulumi.Output[str]]

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Fleet", name, {}, opts)
        refuse_mistakes(args)
        self._child = pulumi.ResourceOptions(parent=self)
        template = self._launch_template(name, args)
        nodes = [self._node(name, index, template, args["tags"]) for index in range(args["nodes"])]
        self.instance_ids = [node.id for node in nodes]
        self.private_ips = [node.private_ip for node in nodes]
        self.register_outputs({"instanceIds": self.instance_ids, "privateIps": self.private_ips})

    def _launch_template(self, name: str, args: FleetArgs) -> aws.ec2.LaunchTemplate:
        tags = {**args["tags"], "Name": name}
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            description=f"Nodes of {name}",
            image_id=args["image_id"],
            instance_type=args["instance_type"],
            key_name=args.get("key_name"),
            network_interfaces=network_interfaces(args),
            placement=self._placement(name, args),
            instance_market_options=market_options(args),
            capacity_reservation_specification=reservation(args),
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("volume", "network-interface")],
            update_default_version=True,
            tags=tags,
            opts=self._child,
        )

    def _placement(self, name: str, args: FleetArgs) -> aws.ec2.LaunchTemplatePlacementArgsDict | None:
        if not args.get("cluster_placement"):
            return None
        tags = {**args["tags"], "Name": name}
        group = aws.ec2.PlacementGroup(f"{name}-placement", strategy="cluster", tags=tags, opts=self._child)
        return {"group_name": group.name}

    def _node(
        self, name: str, index: int, template: aws.ec2.LaunchTemplate, tags: Mapping[str, str]
    ) -> aws.ec2.Instance:
        return aws.ec2.Instance(
            f"{name}-{index}",
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            tags={**tags, "Name": f"{name}-{index}", "node": str(index)},
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=KEPT),
        )


def network_interfaces(args: FleetArgs) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgsDict]:
    """The launch template's interfaces: each in the fleet's subnet and security group, gone with the instance."""
    return [
        {
            "network_card_index": interface.network_card_index,
            "device_index": interface.device_index,
            "interface_type": interface.interface_type,
            "subnet_id": args["subnet_id"],
            "security_groups": [args["security_group_id"]],
            "delete_on_termination": "true",
        }
        for interface in interfaces(instance_type(args["instance_type"]).network_cards)
    ]


def market_options(args: FleetArgs) -> aws.ec2.LaunchTemplateInstanceMarketOptionsArgsDict | None:
    """The launch template's market: spot instances and Capacity Blocks have one of their own."""
    market = args.get("purchase", "on-demand")
    return {"market_type": market} if market in ("spot", "capacity-block") else None


def reservation(args: FleetArgs) -> aws.ec2.LaunchTemplateCapacityReservationSpecificationArgsDict | None:
    """Which reservation the instances fill; without one they fill none, not whichever is open."""
    target = args.get("reservation_id")
    if target:
        return {"capacity_reservation_target": {"capacity_reservation_id": target}}
    return {"capacity_reservation_preference": "none"} if args.get("purchase", "on-demand") == "on-demand" else None


def refuse_mistakes(args: FleetArgs) -> None:
    """Refuse arguments that AWS would refuse, or accept and get wrong, later.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    purchase, target = args.get("purchase", "on-demand"), args.get("reservation_id")
    try:
        clusters = instance_type(args["instance_type"]).cluster_placement
    except UnknownInstanceTypeError as error:
        raise pulumi.InputPropertyError("instance_type", str(error)) from None
    if args["nodes"] < 1:
        raise pulumi.InputPropertyError("nodes", f"a fleet has at least one node, not {args['nodes']}")
    if purchase not in PURCHASES:
        raise pulumi.InputPropertyError("purchase", f"{purchase!r} is none of {', '.join(PURCHASES)}")
    if bool(target) != (purchase in RESERVED_MARKETS):
        reason = f"purchase {purchase} {'takes no' if target else 'needs a'} reservation"
        raise pulumi.InputPropertyError("reservation_id", reason)
    if args.get("cluster_placement") and purchase in RESERVED_MARKETS:
        raise pulumi.InputPropertyError("cluster_placement", "reserved capacity is placed already; a group splits it")
    if args.get("cluster_placement") and not clusters:
        reason = f"{args['instance_type']} can't stand in a cluster placement group"
        raise pulumi.InputPropertyError("cluster_placement", reason)
