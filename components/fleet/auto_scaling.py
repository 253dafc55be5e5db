"""A fleet whose nodes have no numbers: an Auto Scaling group keeps as many as are wanted."""

import pulumi
import pulumi_aws as aws

from components.fleet.args import FleetArgs, Scaling

# Whoever scales the group between its bounds has the last word on how many there are now.
SCALED_BY_OTHERS = ["desiredCapacity"]
UNNUMBERED = "scaled"  # the `node` tag of such nodes; the inventory names them by their instance ids


def auto_scaling_group(
    name: str, args: FleetArgs, bounds: Scaling, template: aws.ec2.LaunchTemplate, parent: pulumi.Resource
) -> aws.autoscaling.Group:
    """Declare the group, in the fleet's one subnet; new nodes start from the template's latest version.

    Args:
        name: the fleet's name.
        args: the fleet's arguments.
        bounds: how far it may shrink and grow.
        template: what its nodes start from.
        parent: the component that the group belongs to.
    """
    tags = {**args["tags"], "Name": name, "node": UNNUMBERED}
    return aws.autoscaling.Group(
        f"{name}-scaling",
        min_size=bounds["minimum"],
        max_size=bounds["maximum"],
        desired_capacity=args["nodes"],
        vpc_zone_identifiers=[args["subnet_id"]],
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        instance_refresh={"strategy": "Rolling"} if bounds.get("refresh") else None,
        health_check_type="EC2",
        tags=[{"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items()],
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=SCALED_BY_OTHERS),
    )
