import pytest

from components.network.endpoints import SERVICES, Endpoints, EndpointsArgs
from playbooks.errors import EvaluationError
from stacks.settings.network import Endpoint
from tests.components.conftest import Declare, properties

ARGS: EndpointsArgs = {
    "vpc_id": "vpc-0123456789abcdef0",
    "cidr": "10.20.0.0/16",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "services": ["ecr.api", "sts"],
    "region": "us-east-1",
    "tags": {"owner": "us"},
}


def test_each_service_is_in_every_zone_under_its_own_name(declare: Declare) -> None:
    """Programs that know nothing of the endpoint use it by the service's public name."""
    endpoints = properties(declare(lambda: Endpoints("net-endpoints", ARGS)), "VpcEndpoint")

    names = [each["serviceName"] for each in endpoints]
    assert names == ["com.amazonaws.us-east-1.ecr.api", "com.amazonaws.us-east-1.sts"]
    assert [each["subnetIds"] for each in endpoints] == [["subnet-a", "subnet-b"]] * 2
    assert {(each["vpcEndpointType"], each["privateDnsEnabled"]) for each in endpoints} == {("Interface", True)}
    assert [each["securityGroupIds"] for each in endpoints] == [["net-endpoints-group-SecurityGroup"]] * 2


def test_https_from_the_vpc_is_let_in_and_nothing_out(declare: Declare) -> None:
    """An endpoint answers and never asks."""
    graph = declare(lambda: Endpoints("net-endpoints", ARGS))
    (rule,) = properties(graph, "SecurityGroupIngressRule")

    assert (rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("10.20.0.0/16", "tcp", 443, 443)
    assert properties(graph, "SecurityGroupEgressRule") == []


@pytest.mark.parametrize(
    ("services", "message"), [(["s3"], "'s3' is none of ec2, ecr.api"), (["sts", "sts"], "sts stands there twice")]
)
def test_a_service_that_cannot_be_had_is_refused(declare: Declare, services: list[str], message: str) -> None:
    """S3 has a gateway endpoint, which costs nothing."""
    with pytest.raises(EvaluationError, match=message):
        declare(lambda: Endpoints("net-endpoints", {**ARGS, "services": services}))


def test_the_settings_offer_the_same_services() -> None:
    """Settings are read without Pulumi, so the names stand in both."""
    assert list(SERVICES) == sorted(Endpoint)
