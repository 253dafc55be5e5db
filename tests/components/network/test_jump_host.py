import json

import pytest

from components.network.jump_host import JumpHost, JumpHostArgs
from playbooks.errors import EvaluationError
from tests.components.conftest import Declare, properties

ARGS: JumpHostArgs = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_id": "subnet-a",
    "cidr": "10.20.0.0/16",
    "ssh_port": 2200,
    "image_id": "ami-0123456789abcdef0",
    "instance_type": "t3.medium",
    "tags": {"owner": "us"},
}


def test_nothing_comes_in_and_two_ports_go_out(declare: Declare) -> None:
    """The SSM agent asks over HTTPS; the nodes are reached on their SSH port."""
    graph = declare(lambda: JumpHost("lab", ARGS))
    ways_out = [
        (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) for rule in properties(graph, "SecurityGroupEgressRule")
    ]

    assert properties(graph, "SecurityGroupIngressRule") == []
    assert ways_out == [("10.20.0.0/16", 2200, 2200), ("0.0.0.0/0", 443, 443)]


def test_it_has_no_public_address_no_key_and_an_encrypted_disk(declare: Declare) -> None:
    """And its credentials are had with a token only."""
    (template,) = properties(declare(lambda: JumpHost("lab", ARGS)), "LaunchTemplate")
    (interface,), (disk,) = template["networkInterfaces"], template["blockDeviceMappings"]

    assert interface["associatePublicIpAddress"] == "false"
    assert "keyName" not in template
    assert disk["ebs"]["encrypted"] == "true"
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1


def test_it_may_be_managed_by_ssm_and_nothing_else(declare: Declare) -> None:
    """Who breaks into it gets no data."""
    graph = declare(lambda: JumpHost("lab", ARGS))
    attached = [each["policyArn"] for each in properties(graph, "RolePolicyAttachment")]

    assert attached == ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    assert properties(graph, "RolePolicy") == []


def test_its_session_leads_to_the_nodes_ssh_port_and_to_no_other(declare: Declare) -> None:
    """Over standard input and output: a `type` would make the plugin listen on a local port instead."""
    (document,) = properties(declare(lambda: JumpHost("lab", ARGS)), "Document")
    content = json.loads(document["content"])

    assert (document["documentType"], content["sessionType"]) == ("Session", "Port")
    assert content["properties"] == {"portNumber": "2200", "host": "{{ host }}"}
    assert list(content["parameters"]) == ["host"]


def test_it_is_found_by_its_tags_and_is_no_node(declare: Declare) -> None:
    """The inventory counts what has a fleet and a number."""
    (host,) = properties(declare(lambda: JumpHost("lab", ARGS)), "Instance")

    assert (host["tags"]["role"], host["tags"]["ssh-document"]) == ("jump-host", "lab-ssh-name")
    assert not {"fleet", "node"} & host["tags"].keys()


def test_an_instance_type_that_does_not_exist_is_refused(declare: Declare) -> None:
    """Before anything is created."""
    with pytest.raises(EvaluationError, match="instance_type.*t3.medum"):
        declare(lambda: JumpHost("lab", {**ARGS, "instance_type": "t3.medum"}))
