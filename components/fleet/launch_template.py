"""The launch template that every node of a fleet starts from."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.catalogue.instance_types import instance_type
from components.fabric.efa import interfaces
from components.fleet import cloud_init
from components.fleet.args import FleetArgs
from components.fleet.root_volume import RootVolume


def launch_template(
    name: str,
    args: FleetArgs,
    profile_arn: pulumi.Input[str],
    placement_group: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> aws.ec2.LaunchTemplate:
    """Declare the template of a fleet.

    Args:
        name: the fleet's name.
        args: the fleet's arguments.
        profile_arn: the instance profile that its nodes have.
        placement_group: the name of the placement group that they stand in, where there is one.
        opts: the resource's options.
    """
    tags = {**args["tags"], "Name": name}
    return aws.ec2.LaunchTemplate(
        f"{name}-template",
        description=f"Nodes of {name}",
        image_id=args["image_id"],
        instance_type=args["instance_type"],
        key_name=args.get("key_name"),
        iam_instance_profile={"arn": profile_arn},
        user_data=user_data(args),
        block_device_mappings=[root_device(args.get("root_volume", RootVolume()))],
        network_interfaces=network_interfaces(args),
        placement=None if placement_group is None else {"group_name": placement_group},
        instance_market_options=market_options(args),
        capacity_reservation_specification=reservation(args.get("purchase", "on-demand"), args.get("reservation_id")),
        metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
        monitoring={"enabled": args.get("detailed_monitoring", False)},
        tag_specifications=[{"resource_type": kind, "tags": tags} for kind in tagged(args)],
        update_default_version=True,
        tags=tags,
        opts=opts,
    )


def network_interfaces(args: FleetArgs) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgsDict]:
    """The launch template's interfaces, each in the fleet's security group and gone with the instance.

    Their subnet is the fleet's; an Auto Scaling group has it from its own settings, and takes none in the template.
    """
    subnet: Mapping[str, Any] = {} if args.get("scaling") else {"subnet_id": args["subnet_id"]}
    return [
        {
            "network_card_index": interface.network_card_index,
            "device_index": interface.device_index,
            "interface_type": interface.interface_type,
            "security_groups": [args["security_group_id"]],
            "delete_on_termination": "true",
            **subnet,  # type: ignore[typeddict-item]  # mypy does not follow a spread mapping
        }
        for interface in interfaces(instance_type(args["instance_type"]).network_cards)
    ]


def root_device(volume: RootVolume) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    """The root volume: gp3, encrypted, gone with the instance."""
    return {
        "device_name": volume.device,
        "ebs": {
            "volume_type": "gp3",
            "volume_size": volume.size_gib,
            "iops": volume.iops,
            "throughput": volume.throughput_mib_per_second,
            "encrypted": "true",
            "delete_on_termination": "true",
        },
    }


def market_options(args: FleetArgs) -> aws.ec2.LaunchTemplateInstanceMarketOptionsArgsDict | None:
    """The launch template's market: spot instances and Capacity Blocks have one of their own."""
    market = args.get("purchase", "on-demand")
    return {"market_type": market} if market in ("spot", "capacity-block") else None


def reservation(
    purchase: str, target: str | None
) -> aws.ec2.LaunchTemplateCapacityReservationSpecificationArgsDict | None:
    """Which reservation the instances fill; without one they fill none, not whichever is open."""
    if target:
        return {"capacity_reservation_target": {"capacity_reservation_id": target}}
    return {"capacity_reservation_preference": "none"} if purchase == "on-demand" else None


def tagged(args: FleetArgs) -> list[str]:
    """What the template starts and tags; a request for spot instances is there only where spot is bought."""
    spot = ["spot-instances-request"] if args.get("purchase") == "spot" else []
    return ["volume", "network-interface", *spot]


def user_data(args: FleetArgs) -> pulumi.Output[str]:
    """What the nodes do at their first boot, base64."""
    mount: pulumi.Output[Any] = pulumi.Output.from_input(args.get("lustre"))  # a mapping that holds outputs
    return mount.apply(lambda known: cloud_init.user_data(boot_parts(args, known)))


def boot_parts(args: FleetArgs, lustre: Mapping[str, str] | None) -> list[cloud_init.Part]:
    """What the nodes must set up, from the instance type and what the fleet asks for; `lustre` has known values."""
    kind, folder = instance_type(args["instance_type"]), args.get("local_disks")
    parts = []
    if kind.efa_interfaces:
        parts.append(cloud_init.efa())
    if folder:
        parts.append(cloud_init.local_disks(kind.disks, folder))
    if lustre:
        parts.append(cloud_init.lustre(lustre["dns_name"], lustre["mount_name"], lustre["folder"]))
    return parts
