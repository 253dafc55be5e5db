"""What EC2 tells of the switches above a fleet."""

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from playbooks.gate import switches
from playbooks.nodes import Node

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client

NODES = [
    Node(f"gpu-{index}", "gpu", index, f"i-{index}", "p5.48xlarge", f"10.0.0.{index}", "python3")
    for index in range(150)
]


@pytest.fixture
def ec2() -> "EC2Client":
    """A client of no account."""
    return boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def told(node: Node, *layers: str) -> dict[str, object]:
    """One instance as DescribeInstanceTopology shows it, the highest network node first."""
    return {"InstanceId": node.instance_id, "InstanceType": node.instance_type, "NetworkNodes": list(layers)}


def test_nodes_are_grouped_by_their_lowest_network_node(ec2: "EC2Client") -> None:
    """Of a hundred at a time; who has none is in no group."""
    answers = Stubber(ec2)
    for part in (NODES[:100], NODES[100:]):
        instances = [told(node, *(["nn-top", f"nn-{node.index // 8}"] if node.index != 3 else [])) for node in part]
        asked = {"InstanceIds": [node.instance_id for node in part]}
        answers.add_response("describe_instance_topology", {"Instances": instances}, asked)

    with answers:
        found = switches.of(ec2, NODES)

    answers.assert_no_pending_responses()
    assert found.unknown == ""
    assert found.groups["gpu-0"] == found.groups["gpu-7"] == "nn-0"
    assert found.groups["gpu-149"] == "nn-18"
    assert "gpu-3" not in found.groups


def test_what_the_account_refuses_is_said(ec2: "EC2Client") -> None:
    """The pairs are measured all the same."""
    answers = Stubber(ec2)
    answers.add_client_error("describe_instance_topology", "UnauthorizedOperation", "not allowed")

    with answers:
        found = switches.of(ec2, NODES[:2])

    assert found.groups == {}
    assert found.unknown.startswith(
        "which nodes share a switch is not known: An error occurred (UnauthorizedOperation)"
    )
