from typing import Any

import pytest

from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from stacks.datacenter import declare
from tests.components.conftest import properties
from tests.stacks.documents import changed, settings_of

EXISTING = {
    "vpc": "vpc-0123456789abcdef0",
    "privateSubnets": {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
}
OF_A_NETWORK = ("Vpc", "Subnet", "RouteTable", "Route", "NatGateway", "InternetGateway", "VpcEndpoint", "FlowLog")
HOST: dict[str, Any] = {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef1"}, "port": 2222}


def declared(**changes: object) -> Graph:
    """What these settings declare."""
    settings = settings_of(changed(**changes))
    return record(lambda: declare(settings), "dev", {"aws:region": "us-east-1"})


def test_nothing_is_declared_that_was_not_asked_for() -> None:
    """Interface endpoints cost by the hour; a jump host is a machine to patch."""
    kinds = {each.type.rpartition(":")[2] for each in declared() if not each.custom}

    assert not kinds & {"Endpoints", "FlowLogs", "JumpHost", "ConnectEndpoint"}


def test_nothing_of_a_network_is_declared_where_there_is_one() -> None:
    """Everything else uses it by its ids."""
    graph = declared(network__existing=EXISTING, access=HOST)

    assert [kind for kind in OF_A_NETWORK if properties(graph, kind)] == []
    assert {each["vpcId"] for each in properties(graph, "SecurityGroup")} == {"vpc-0123456789abcdef0"}
    subnets = {each["networkInterfaces"][0]["subnetId"] for each in properties(graph, "LaunchTemplate")}
    assert subnets == {"subnet-0123456789abcdef0"}


def test_endpoints_and_flow_logs_are_those_of_the_settings() -> None:
    """In every zone, for as long as asked."""
    graph = declared(network__endpoints=["ecr.dkr", "eks-auth"], network__flowLogs={"retentionDays": 7})
    endpoints = [each for each in properties(graph, "VpcEndpoint") if each["vpcEndpointType"] == "Interface"]

    assert [each["serviceName"].rpartition("us-east-1.")[2] for each in endpoints] == ["ecr.dkr", "eks-auth"]
    assert [len(each["subnetIds"]) for each in endpoints] == [2, 2]
    assert [each["retentionInDays"] for each in properties(graph, "LogGroup")] == [7]


@pytest.mark.parametrize(
    ("access", "port"), [(HOST, 2222), ({"through": "connect-endpoint"}, 22)], ids=["jump-host", "connect-endpoint"]
)
def test_the_way_in_reaches_the_port_that_the_nodes_listen_on(access: dict[str, Any], port: int) -> None:
    """What the fleets' groups let in from the VPC is what the way in lets out to it."""
    graph = declared(access=access)
    out = [each for each in properties(graph, "SecurityGroupEgressRule") if each.get("fromPort") == port]
    into = [each for each in properties(graph, "SecurityGroupIngressRule") if each.get("fromPort") == port]

    assert [each["cidrIpv4"] for each in out] == [each["cidrIpv4"] for each in into] == ["10.1.0.0/16"]


CLUSTER: dict[str, Any] = {
    "version": "1.36",
    "image": "1.36.3-20260911",
    "access": {
        "ops": {"principal": "arn:aws:iam::111111111111:role/ops", "policy": "AmazonEKSClusterAdminPolicy"},
        "users": {
            "principal": "arn:aws:iam::111111111111:role/users",
            "policy": "AmazonEKSEditPolicy",
            "namespaces": ["training"],
        },
    },
}


def test_a_fleet_of_the_cluster_is_a_node_group_and_no_instances() -> None:
    """In its one zone, in its fabric's security group and the cluster's, found by the fleet's name."""
    of_cluster = {"fleets__workers__cluster": True, "fleets__workers__image": "1.36.3-20260911"}
    graph = declared(cluster=CLUSTER, **of_cluster)
    (group,) = (each for each in properties(graph, "NodeGroup") if "fleet" in each.get("labels", {}))
    (template,) = (each for each in properties(graph, "LaunchTemplate") if each["tags"].get("fleet") == "workers")

    assert properties(graph, "Instance") == []
    assert (group["labels"]["fleet"], len(group["subnetIds"])) == ("workers", 1)
    assert template["networkInterfaces"][0]["securityGroups"] == [
        "dev-cluster-clusterSecurityGroupId",
        "dev-workers-fabric-group-SecurityGroup",
    ]
    assert template["blockDeviceMappings"][0]["deviceName"] == "/dev/xvda"


def test_the_cluster_is_that_of_the_settings() -> None:
    """Who may use it and where, in every zone; none is declared without asking."""
    graph = declared(cluster=CLUSTER)
    (cluster,) = (each.properties for each in graph if each.type == "aws:eks/cluster:Cluster")

    assert (cluster["name"], cluster["version"], len(cluster["vpcConfig"]["subnetIds"])) == ("dev-cluster", "1.36", 2)
    assert [each["accessScope"]["type"] for each in properties(graph, "AccessPolicyAssociation")] == [
        "cluster",
        "namespace",
    ]
    assert [each for each in declared() if each.type.startswith("aws:eks/")] == []


def test_a_budget_is_declared_where_one_is_asked_for() -> None:
    """It counts by the environment's tag; what exists once an account is for one environment to ask for."""
    budget = {"monthlyUsd": 1000, "emails": ["us@example.com"]}
    plain, first = declared(budget=budget), declared(budget={**budget, "activateTags": True, "anomalyUsd": 100})
    of_the_account = ("CostAllocationTag", "AnomalyMonitor")

    assert not properties(declared(), "Budget")
    assert properties(plain, "Budget")[-1]["costFilters"][0]["values"] == ["user:environment$dev"]
    assert [len(properties(plain, kind)) for kind in of_the_account] == [0, 0]
    assert [len(properties(first, kind)) for kind in of_the_account] == [4, 1]
