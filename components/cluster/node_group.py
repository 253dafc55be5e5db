"""A managed node group of a cluster: nodes of one type that EKS starts, repairs and replaces."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.catalogue.instance_types import InstanceType, instance_type
from components.cluster.node_group_args import CAPACITY_TYPES, ROOT_VOLUME, NodeGroupArgs, purchase, refuse_mistakes
from components.cluster.node_images import image_type, node_config
from components.fabric.interface_layout import interfaces
from components.fleet.args import RESERVED_MARKETS
from components.fleet.auto_scaling import UNNUMBERED
from components.fleet.launch_template import reservation, root_device

__all__ = ("NodeGroup", "NodeGroupArgs")

TAINTS = {  # nothing but what asks for an accelerator runs on such a node
    "NVIDIA": "nvidia.com/gpu",
    "AWS": "aws.amazon.com/neuron",
}
After = pulumi.Input[Sequence[pulumi.Input[pulumi.Resource]] | pulumi.Resource] | None
MOST_UNAVAILABLE = 100  # EKS API, NodegroupUpdateConfig


class NodeGroup(pulumi.ComponentResource):
    """A launch template with an interface on every network card, and the managed node group that starts from it.

    A changed template, version or image release replaces nodes, a quarter at a time, as pods can be moved.

    Attributes:
        name: the node group's name, with the random suffix that makes it unique.
    """

    name: pulumi.Output[str]

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:NodeGroup", name, {}, opts)
        refuse_mistakes(args)
        self._name, self._args = name, args
        self._hardware = instance_type(args["instance_type"])
        self._child = pulumi.ResourceOptions(parent=self)
        # what the caller waits for its child must wait for: a component's own options reach no child
        group = self._group(self._launch_template(), opts.depends_on if opts else None)
        self.name = group.node_group_name
        self.register_outputs({"name": self.name})

    def _launch_template(self) -> aws.ec2.LaunchTemplate:
        args, tags = self._args, {**self._args["tags"], "Name": self._name}
        started = {"instance": {**tags, "node": UNNUMBERED}, "volume": tags, "network-interface": tags}
        return aws.ec2.LaunchTemplate(
            f"{self._name}-template",
            description=f"Nodes of {self._name}",
            instance_type=args["instance_type"],
            network_interfaces=network_interfaces(self._hardware, args["security_group_ids"]),
            block_device_mappings=[root_device(args.get("root_volume", ROOT_VOLUME))],
            placement=self._placement(tags),
            instance_market_options=market_options(args),
            capacity_reservation_specification=reservation(purchase(args), args.get("reservation_id")),
            # pods are one hop further away than the node: with 1 none of them reaches the metadata service
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 2},
            user_data=b64encode(node_config(self._hardware, args["pods_per_node"]).encode()).decode(),
            tag_specifications=[{"resource_type": kind, "tags": each} for kind, each in started.items()],
            update_default_version=True,
            tags=tags,
            opts=self._child,
        )

    def _placement(self, tags: Mapping[str, str]) -> aws.ec2.LaunchTemplatePlacementArgsDict | None:
        if not self._args.get("cluster_placement"):
            return None
        group = aws.ec2.PlacementGroup(f"{self._name}-placement", strategy="cluster", tags=tags, opts=self._child)
        return {"group_name": group.name}

    def _group(self, template: aws.ec2.LaunchTemplate, after: After) -> aws.eks.NodeGroup:
        args = self._args
        reserved = purchase(args) in RESERVED_MARKETS
        bounds = args.get("scaling") or {"minimum": args["nodes"], "maximum": args["nodes"]}
        return aws.eks.NodeGroup(
            self._name,
            cluster_name=args["cluster_name"],
            version=args["version"],
            release_version=args.get("image_release"),
            node_role_arn=args["node_role_arn"],
            subnet_ids=args["subnet_ids"],
            ami_type=image_type(self._hardware),
            capacity_type=CAPACITY_TYPES[purchase(args)],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={
                "min_size": bounds["minimum"],
                "desired_size": args["nodes"],
                "max_size": bounds["maximum"],
            },
            update_config=update_config(args["nodes"], reserved),
            node_repair_config={"enabled": True},
            labels={**hardware_labels(self._hardware), **args.get("labels", {})},
            taints=taints(self._hardware) or None,
            tags={**args["tags"], "Name": self._name},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=after,
                delete_before_replace=reserved,  # a reservation has no room for a second group beside the first
                ignore_changes=["scalingConfig.desiredSize"] if args.get("scaling") else None,  # the autoscaler's
            ),
        )


def network_interfaces(
    kind: InstanceType, security_groups: Sequence[pulumi.Input[str]]
) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgsDict]:
    """The template's interfaces, without a subnet: EKS refuses a template that has one."""
    return [
        {
            "network_card_index": interface.network_card_index,
            "device_index": interface.device_index,
            "interface_type": interface.interface_type,
            "security_groups": security_groups,
            "delete_on_termination": "true",
        }
        for interface in interfaces(kind.network_cards)
    ]


def market_options(args: NodeGroupArgs) -> aws.ec2.LaunchTemplateInstanceMarketOptionsArgsDict | None:
    """A Capacity Block is a market of the template's; for spot EKS asks by itself, and refuses a template that does.

    Source: EKS user guide, "Customize managed nodes with launch templates".
    """
    return {"market_type": "capacity-block"} if purchase(args) == "capacity-block" else None


def update_config(nodes: int, reserved: bool) -> aws.eks.NodeGroupUpdateConfigArgsDict:
    """A quarter of the nodes at a time; a reservation has no room for more, so its old ones go before new ones come."""
    return {
        "max_unavailable": min(max(1, nodes // 4), MOST_UNAVAILABLE),
        "update_strategy": "MINIMAL" if reserved else "DEFAULT",
    }


def hardware_labels(kind: InstanceType) -> dict[str, str]:
    """What the device plugins choose their nodes by, without a feature discovery of their own."""
    gpu = {"nvidia.com/gpu.present": "true"} if kind.accelerator_manufacturer == "NVIDIA" else {}
    return {**gpu, **({"vpc.amazonaws.com/efa.present": "true"} if kind.efa_interfaces else {})}


def taints(kind: InstanceType) -> list[aws.eks.NodeGroupTaintArgsDict]:
    """Keep what needs no accelerator away from nodes that have some."""
    if not kind.accelerator_manufacturer:
        return []
    return [{"key": TAINTS[kind.accelerator_manufacturer], "value": "present", "effect": "NO_SCHEDULE"}]
