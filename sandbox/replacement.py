"""Ends instances of the sandbox's moto server and starts others in their place, as a real replacement would."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.fleet.unhealthy import TAGS
from playbooks.account import Client, Clients

GROUP = "aws:autoscaling:groupName"
PLACE = ("ImageId", "InstanceType", "SubnetId")


def relaunch(clients: Clients, instance_ids: Iterable[str]) -> None:
    """Replace these instances: another one has another id and address, and a numbered node has its tags again."""
    ec2, autoscaling = clients("ec2"), clients("autoscaling")
    for identity in instance_ids:
        (reservation,) = ec2.describe_instances(InstanceIds=[identity])["Reservations"]
        (instance,) = reservation["Instances"]
        if GROUP in {tag["Key"] for tag in instance["Tags"]}:
            autoscaling.terminate_instance_in_auto_scaling_group(
                InstanceId=identity, ShouldDecrementDesiredCapacity=False
            )
        else:
            ec2.terminate_instances(InstanceIds=[identity])
            _run_like(ec2, instance)


def _run_like(ec2: Client, instance: Mapping[str, Any]) -> None:
    tags = [tag for tag in instance["Tags"] if tag["Key"] not in TAGS]
    ec2.run_instances(
        **{key: instance[key] for key in PLACE},
        SecurityGroupIds=[group["GroupId"] for group in instance["SecurityGroups"]],
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        MinCount=1,
        MaxCount=1,
    )
