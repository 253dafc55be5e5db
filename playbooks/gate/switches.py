"""Which nodes hang on the same switch, as EC2 tells it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from playbooks.nodes import Node

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client

AT_ONCE = 100  # instances a request of DescribeInstanceTopology


class Topology(NamedTuple):
    """The switch group of each node that has one, by node name, and why it is not known of the others."""

    groups: Mapping[str, str]
    unknown: str = ""


UNKNOWN = Topology({})


def of(ec2: "EC2Client", nodes: Sequence[Node]) -> Topology:
    """The lowest network node above each node; what is not told is no group, and why is said.

    Only some types have a topology (EC2 user guide, "Amazon EC2 topology"); without one, pairs are drawn by chance and
    no switch is blamed.
    """
    names = {node.instance_id: node.name for node in nodes}
    found: dict[str, str] = {}
    try:
        for start in range(0, len(nodes), AT_ONCE):
            wanted = [node.instance_id for node in nodes[start : start + AT_ONCE]]
            for told in ec2.describe_instance_topology(InstanceIds=wanted)["Instances"]:
                if layers := told.get("NetworkNodes"):
                    found[names[told["InstanceId"]]] = layers[-1]
    except (BotoCoreError, ClientError) as error:
        return Topology({}, f"which nodes share a switch is not known: {error}")
    return Topology(found)
