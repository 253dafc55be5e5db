"""Launch templates, placement groups, instances and Auto Scaling groups."""

from collections.abc import Mapping

from sandbox.resources.row import NotHeld, Row, physical_name

ROWS: Mapping[str, Row | NotHeld] = {
    "aws:ec2/placementGroup:PlacementGroup": NotHeld("moto has no CreatePlacementGroup"),
    "aws:ec2/launchTemplate:LaunchTemplate": Row(
        "ec2",
        "create_launch_template",
        "LaunchTemplate.LaunchTemplateId",
        under="LaunchTemplateData",
        names={"securityGroups": "Groups"},
        ignored=("description", "updateDefaultVersion"),
        tagged="launch-template",
        more=lambda template, _: {"LaunchTemplateName": template.name},
        outputs={"latestVersion": "LaunchTemplate.LatestVersionNumber"},
    ),
    "aws:ec2/instance:Instance": Row(
        "ec2",
        "run_instances",
        "Instances[0].InstanceId",
        names={"id": "LaunchTemplateId"},
        tagged="instance",
        more=lambda _resource, _region: {"MinCount": 1, "MaxCount": 1},
        outputs={"privateIp": "Instances[0].PrivateIpAddress"},
    ),
    "aws:autoscaling/group:Group": Row(
        "autoscaling",
        "create_auto_scaling_group",
        "@AutoScalingGroupName",
        names={"id": "LaunchTemplateId"},
        ignored=("vpcZoneIdentifiers", "instanceRefresh"),
        more=lambda group, _: {
            "AutoScalingGroupName": physical_name(group),
            "VPCZoneIdentifier": ",".join(group.properties["vpcZoneIdentifiers"]),
        },
        outputs={"name": "@AutoScalingGroupName"},
    ),
}
