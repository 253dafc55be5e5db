import pytest

from components.network.connect_endpoint import ConnectEndpoint
from components.network.ssh_group import WayInArgs
from playbooks.errors import EvaluationError
from tests.components.conftest import Declare, properties

ARGS: WayInArgs = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_id": "subnet-a",
    "cidr": "10.20.0.0/16",
    "ssh_port": 22,
    "tags": {"owner": "us"},
}


def test_the_nodes_see_the_endpoint_and_not_the_caller(declare: Declare) -> None:
    """Their security group lets the VPC in, and no office."""
    (endpoint,) = properties(declare(lambda: ConnectEndpoint("lab", ARGS)), "InstanceConnectEndpoint")

    assert endpoint["preserveClientIp"] is False
    assert (endpoint["subnetId"], endpoint["securityGroupIds"]) == ("subnet-a", ["lab-group-SecurityGroup"])


def test_it_reaches_the_nodes_ssh_port_and_nothing_else(declare: Declare) -> None:
    """And nothing reaches it but the AWS API."""
    graph = declare(lambda: ConnectEndpoint("lab", ARGS))
    (rule,) = properties(graph, "SecurityGroupEgressRule")

    assert (rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("10.20.0.0/16", "tcp", 22, 22)
    assert properties(graph, "SecurityGroupIngressRule") == []


def test_a_port_that_it_does_not_reach_is_refused(declare: Declare) -> None:
    """AWS would make the endpoint, and every connection would fail."""
    with pytest.raises(EvaluationError, match="ssh_port.*reaches port 22 and no other for SSH, not 2222"):
        declare(lambda: ConnectEndpoint("lab", {**ARGS, "ssh_port": 2222}))
