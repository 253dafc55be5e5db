"""An instance is ended, by EC2 or by the Auto Scaling group that starts another one in its place."""

from collections.abc import Sequence

from playbooks.account import Client
from playbooks.nodes import Node
from playbooks.remedy.refusal import doing
from playbooks.remedy.replacement import Replacement

# Large instances take long to shut down; botocore's own patience is ten minutes, and a retry finds no node by then.
PATIENCE = {"Delay": 15, "MaxAttempts": 120}


def end(ec2: Client, replacements: Sequence[Replacement]) -> None:
    """Lift the protections of these instances, end them, and wait until they have ended.

    A reservation has room again only then.

    Raises:
        RemedyError: EC2 refuses, or one has not ended within half an hour.
    """
    ids = [each.node.instance_id for each in replacements]
    for each in replacements:
        for protection in each.protections:
            with doing(f"lift {protection} of {each.node.name} ({each.node.instance_id})"):
                ec2.modify_instance_attribute(InstanceId=each.node.instance_id, **{protection: {"Value": False}})
    with doing(f"end {', '.join(ids)}"):
        ec2.terminate_instances(InstanceIds=ids)
        ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig=PATIENCE)


def end_in_group(autoscaling: Client, node: Node) -> None:
    """End an instance; its group, as large as before, starts another one.

    Raises:
        RemedyError: the group refuses, or it is of none.
    """
    with doing(f"replace {node.name} ({node.instance_id}) in its Auto Scaling group"):
        autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=node.instance_id, ShouldDecrementDesiredCapacity=False
        )
