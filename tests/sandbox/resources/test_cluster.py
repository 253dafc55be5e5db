import pytest
from botocore.exceptions import ClientError

from components.cluster.cluster import Cluster
from components.network.network import Network
from playbooks.account import Clients
from playbooks.plan.evaluate import record
from sandbox.cloud import Cloud
from sandbox.resources import ROWS, NotHeld
from tests.components.cluster.test_cluster import ARGS


@pytest.fixture
def cloud(client: Clients) -> Cloud:
    """A cluster in a network, created."""

    def program() -> None:
        network = Network(
            "lab", {"cidr": "10.1.0.0/16", "zones": ["us-east-1a", "us-east-1b"], "region": "us-east-1", "tags": {}}
        )
        Cluster("lab", {**ARGS, "vpc_id": network.vpc_id, "subnet_ids": list(network.private_subnet_ids.values())})

    made = Cloud(client, {})
    record(program, "test", {"aws:region": "us-east-1"}, made.make)
    return made


@pytest.mark.usefixtures("cloud")
def test_the_cluster_stands_in_moto_as_declared(client: Clients) -> None:
    """With real ids of what stands around it."""
    cluster = client("eks").describe_cluster(name="lab")["cluster"]
    network = cluster["resourcesVpcConfig"]

    assert (cluster["version"], len(cluster["logging"]["clusterLogging"][0]["types"])) == ("1.36", 5)
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert all(subnet.startswith("subnet-") for subnet in network["subnetIds"])
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"].startswith("arn:aws:kms:us-east-1:")


@pytest.mark.usefixtures("cloud")
def test_the_system_nodes_are_a_node_group_of_it(client: Clients) -> None:
    """That starts from a real launch template."""
    eks = client("eks")
    (name,) = eks.list_nodegroups(clusterName="lab")["nodegroups"]
    group = eks.describe_nodegroup(clusterName="lab", nodegroupName=name)["nodegroup"]

    assert group["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 2}
    assert group["launchTemplate"]["id"].startswith("lt-")


def test_what_moto_cannot_hold_is_named_with_the_reason(cloud: Cloud) -> None:
    """And nothing else of a cluster is left out."""
    assert {kind.rpartition(":")[2] for kind in cloud.kept} == {"Addon", "AccessEntry", "AccessPolicyAssociation"}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_addon", {"addonName": "coredns"}),
        ("create_access_entry", {"principalArn": "arn:aws:iam::123456789012:role/ops"}),
        (
            "associate_access_policy",
            {"principalArn": "a", "policyArn": "b", "accessScope": {"type": "cluster"}},
        ),
    ],
)
def test_moto_still_has_no_such_operation(client: Clients, operation: str, arguments: dict[str, object]) -> None:
    """The day that it has, the row can be written."""
    with pytest.raises(ClientError, match="Not yet implemented"):
        getattr(client("eks"), operation)(clusterName="lab", **arguments)


def test_every_type_of_the_area_has_a_row() -> None:
    """Three are kept as declared."""
    rows = {kind: row for kind, row in ROWS.items() if kind.startswith("aws:eks/")}

    assert len(rows) == 5
    assert sum(isinstance(row, NotHeld) for row in rows.values()) == 3
