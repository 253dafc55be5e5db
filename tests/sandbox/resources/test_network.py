import json
from typing import Any

import pytest

from playbooks.account import Client, Clients
from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from sandbox.cloud import Cloud
from stacks.datacenter import declare
from tests.stacks.documents import changed, settings_of

WHOLE: dict[str, Any] = {
    "network__nat": "per-zone",
    "network__zones": ["use1-az4", "use1-az6"],
    "network__endpoints": ["ecr.api", "sts"],
    "network__flowLogs": {"retentionDays": 30},
    "fleets__workers__zone": "use1-az6",
    "access": {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef0"}},
}


def created(client: Clients, **changes: object) -> tuple[Graph, Cloud]:
    """An environment with these settings, created."""
    settings, cloud = settings_of(changed(**changes)), Cloud(client, {})
    return record(lambda: declare(settings), "dev", {"aws:region": "us-east-1"}, cloud.make), cloud


@pytest.fixture
def ec2(client: Clients) -> Client:
    """A network with all that can be asked for, created."""
    created(client, **WHOLE)
    return client("ec2")


def test_zones_by_id_are_the_places_that_they_name(ec2: Client) -> None:
    """Moto knows both, as AWS does."""
    subnets = ec2.describe_subnets(Filters=[{"Name": "tag:environment", "Values": ["dev"]}])["Subnets"]

    assert sorted({each["AvailabilityZoneId"] for each in subnets}) == ["use1-az4", "use1-az6"]


def test_each_zone_has_its_nat_gateway(ec2: Client) -> None:
    """In a public subnet of its own."""
    gateways = ec2.describe_nat_gateways()["NatGateways"]

    assert len({each["SubnetId"] for each in gateways}) == 2


def test_endpoints_are_private_names_behind_their_security_group(ec2: Client) -> None:
    """Beside S3's, which is a route."""
    endpoints = {each["ServiceName"]: each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    sts = endpoints["com.amazonaws.us-east-1.sts"]

    assert len(endpoints) == 3
    assert (sts["VpcEndpointType"], sts["PrivateDnsEnabled"], len(sts["SubnetIds"])) == ("Interface", True, 2)


def test_flow_logs_go_to_their_log_group(ec2: Client, client: Clients) -> None:
    """Which forgets after the days of the settings, and whose key CloudWatch Logs may use."""
    (log,) = ec2.describe_flow_logs()["FlowLogs"]
    (group,) = client("logs").describe_log_groups()["logGroups"]
    policy = client("kms").get_key_policy(KeyId=group["kmsKeyId"], PolicyName="default")["Policy"]

    assert (log["TrafficType"], log["MaxAggregationInterval"]) == ("ALL", 60)
    assert (group["logGroupName"], group["retentionInDays"]) == ("/vpc/dev-flow-logs", 30)
    assert [each["Sid"] for each in json.loads(policy)["Statement"]] == ["Account", "Logs"]


def test_the_jump_host_stands_beside_the_nodes_and_none_takes_its_address(ec2: Client) -> None:
    """It is an instance like them, in the first zone."""
    instances = [each for group in ec2.describe_instances()["Reservations"] for each in group["Instances"]]
    (host,) = (each for each in instances if {"Key": "role", "Value": "jump-host"} in each["Tags"])

    assert len({each["PrivateIpAddress"] for each in instances}) == len(instances) == 3
    assert host.get("PublicIpAddress") is None


def test_what_moto_cannot_hold_of_it_is_named(client: Clients) -> None:
    """One thing more than without: the connect endpoint."""
    _, cloud = created(client, access__through="connect-endpoint")

    assert cloud.kept["aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint"] == (
        "moto has no CreateInstanceConnectEndpoint"
    )
    with pytest.raises(NotImplementedError):
        client("ec2").create_instance_connect_endpoint(SubnetId="subnet-0123456789abcdef0")


def test_nothing_of_the_network_is_left_out(client: Clients) -> None:
    """Every property has its place in the call that creates, or a step after it."""
    _, cloud = created(client, **WHOLE)

    ours = ("vpc", "Vpc", "flowLog", "logGroup", "keyPolicy", "document", "subnet", "nat")
    assert [what for what in cloud.kept if what.split("/")[-1].startswith(ours)] == []
