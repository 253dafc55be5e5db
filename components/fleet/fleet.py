"""A fleet: instances of one type in one zone, with every network card in use, that work on one job together."""

import pulumi
import pulumi_aws as aws

from components.fleet.args import FleetArgs, LustreMount, Scaling, numbers, refuse_mistakes
from components.fleet.auto_scaling import auto_scaling_group
from components.fleet.instance_profile import BucketAccess, InstanceProfile
from components.fleet.launch_template import launch_template
from components.fleet.root_volume import RootVolume
from components.fleet.unhealthy import TAGS

__all__ = ("BucketAccess", "Fleet", "FleetArgs", "LustreMount", "RootVolume", "Scaling")

# The provider replaces an instance when its template's version changes (terraform-provider-aws,
# internal/service/ec2/ec2_instance.go: ForceNew("launch_template.0.version")), and a mere tag makes a new version.
# A mark of unhealthiness on a running node is no drift, and no update takes it away.
KEPT = ["launchTemplate", *(f'tags["{key}"]' for key in TAGS)]


class Fleet(pulumi.ComponentResource):
    """A launch template, a role for the nodes, a placement group where it helps, and the nodes.

    The nodes are numbered instances, or those of an Auto Scaling group. A changed template (another image, type or key)
    holds for nodes that are made later; running ones keep what they started from, until one is replaced by name:
    `pulumi up --replace <urn>`.

    Attributes:
        instance_ids: ids of the numbered instances, in order; none where they are an Auto Scaling group's.
        private_ips: their addresses, in the same order.
        auto_scaling_group: the group's name, where there is one.
        role_name: the role that the nodes have.
    """

    instance_ids: list[pulumi.Output[str]]
    private_ips: list[pulumi.Output[str]]
    auto_scaling_group: pulumi.Output[str] | None
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Fleet", name, {}, opts)
        refuse_mistakes(args)
        self._child = pulumi.ResourceOptions(parent=self)
        profile = InstanceProfile(name, {"buckets": args.get("buckets", ()), "tags": args["tags"]}, self._child)
        template = launch_template(name, args, profile.arn, self._placement_group(name, args), self._child)
        bounds = args.get("scaling")
        group = auto_scaling_group(name, args, bounds, template, self) if bounds else None
        nodes = [] if bounds else [self._node(name, number, template, args) for number in numbers(args)]
        self.instance_ids = [node.id for node in nodes]
        self.private_ips = [node.private_ip for node in nodes]
        self.auto_scaling_group, self.role_name = group.name if group else None, profile.role_name
        self.register_outputs(
            {
                "instanceIds": self.instance_ids,
                "privateIps": self.private_ips,
                "autoScalingGroup": self.auto_scaling_group,
                "roleName": self.role_name,
            }
        )

    def _placement_group(self, name: str, args: FleetArgs) -> pulumi.Output[str] | None:
        if not args.get("cluster_placement"):
            return None
        tags = {**args["tags"], "Name": name}
        return aws.ec2.PlacementGroup(f"{name}-placement", strategy="cluster", tags=tags, opts=self._child).name

    def _node(self, name: str, number: int, template: aws.ec2.LaunchTemplate, args: FleetArgs) -> aws.ec2.Instance:
        """One node. Its protections stand here, for the provider changes them on a running instance."""
        return aws.ec2.Instance(
            f"{name}-{number}",
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            disable_api_stop=args.get("stop_protection", False),
            disable_api_termination=args.get("termination_protection", False),
            tags={**args["tags"], "Name": f"{name}-{number}", "node": str(number)},
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=KEPT),
        )
