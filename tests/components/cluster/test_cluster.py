import json
from typing import Any

import pytest

from components.cluster.cluster import Cluster, ClusterArgs
from components.cluster.kubernetes_versions import SUPPORTED
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

ARGS: ClusterArgs = {
    "version": "1.36",
    "region": "us-east-1",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "private_cidr": "10.1.0.0/16",
    "public_cidrs": [],
    "grants": {
        "ops": {"principal": "arn:aws:iam::123456789012:role/ops", "policy": "AmazonEKSClusterAdminPolicy"},
        "users": {
            "principal": "arn:aws:iam::123456789012:role/users",
            "policy": "AmazonEKSEditPolicy",
            "namespaces": ["training"],
        },
    },
    "log_retention_days": 365,
    "pods_per_node": 32,
    "system_instance_type": "m7i.xlarge",
    "system_nodes": 2,
    "tags": {"owner": "us"},
}


def declared(declare: Declare, **changed: Any) -> Graph:  # noqa: ANN401 - any argument of a cluster
    """A cluster with these arguments instead."""
    args: ClusterArgs = {**ARGS, **changed}  # type: ignore[typeddict-item]
    return declare(lambda: Cluster("lab", args))


@pytest.fixture
def graph(declare: Declare) -> Graph:
    """A cluster's resources."""
    return declared(declare)


def cluster(graph: Graph) -> dict[str, Any]:
    """The properties of the cluster itself."""
    (found,) = (each for each in graph if each.type == "aws:eks/cluster:Cluster")
    return dict(found.properties)


def test_the_api_server_is_reached_from_inside_only(graph: Graph) -> None:
    """From the network's own addresses, by HTTPS."""
    network = cluster(graph)["vpcConfig"]
    (ingress,) = properties(graph, "SecurityGroupIngressRule")

    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert network["securityGroupIds"] == ["lab-endpoint-SecurityGroup"]
    assert (ingress["cidrIpv4"], ingress["fromPort"], ingress["toPort"]) == ("10.1.0.0/16", 443, 443)


def test_the_public_endpoint_is_for_the_networks_that_are_named(declare: Declare) -> None:
    """And the private one stays."""
    network = cluster(declared(declare, public_cidrs=["203.0.113.0/24"]))["vpcConfig"]

    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, True)
    assert network["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_all_five_logs_go_to_a_group_that_is_kept_and_encrypted(graph: Graph) -> None:
    """The group is there before EKS would make one without either."""
    (logs,) = properties(graph, "LogGroup")
    (made,) = (each for each in graph if each.type == "aws:eks/cluster:Cluster")

    assert cluster(graph)["enabledClusterLogTypes"] == [
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    ]
    assert (logs["name"], logs["retentionInDays"]) == ("/aws/eks/lab/cluster", 365)
    assert logs["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/lab-key"
    assert any(urn.endswith("lab-logs") for urn in made.dependencies)


def test_secrets_are_encrypted_with_a_key_that_rotates(graph: Graph) -> None:
    """The key is the cluster's own."""
    (key,) = properties(graph, "Key")

    assert key["enableKeyRotation"] is True
    assert cluster(graph)["encryptionConfig"] == {
        "provider": {"keyArn": "arn:aws:kms:us-east-1:123456789012:key/lab-key"},
        "resources": ["secrets"],
    }


def test_the_log_service_may_use_the_key_for_this_clusters_logs_alone(graph: Graph) -> None:
    """CloudWatch Logs says in the encryption context which group it writes."""
    (policy,) = properties(graph, "KeyPolicy")
    _, logs = json.loads(policy["policy"])["Statement"]

    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnEquals": {
            "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/eks/lab/cluster"
        }
    }


def test_what_the_cluster_would_be_lost_with_is_protected(graph: Graph) -> None:
    """By Pulumi, and the cluster by EKS too."""
    assert {(each.type.rpartition(":")[2], each.name) for each in graph if each.protect} == {
        ("Cluster", "lab"),
        ("Key", "lab-key"),
        ("LogGroup", "lab-logs"),
    }
    assert cluster(graph)["deletionProtection"] is True


def test_access_is_by_entries_and_nobodys_by_having_created_it(graph: Graph) -> None:
    """A principal may do what the settings say, where they say it."""
    entries = {each["principalArn"].rpartition("/")[2] for each in properties(graph, "AccessEntry")}
    scopes = {
        each["policyArn"].rpartition("/")[2]: each["accessScope"]
        for each in properties(graph, "AccessPolicyAssociation")
    }

    assert cluster(graph)["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert entries == {"ops", "users"}
    assert scopes == {
        "AmazonEKSClusterAdminPolicy": {"type": "cluster"},
        "AmazonEKSEditPolicy": {"type": "namespace", "namespaces": ["training"]},
    }


def test_it_never_slips_into_extended_support(graph: Graph) -> None:
    """Which costs six times as much an hour; AWS upgrades it instead. No add-on comes that is not pinned."""
    assert cluster(graph)["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster(graph)["version"] == "1.36"
    assert cluster(graph)["bootstrapSelfManagedAddons"] is False


def test_the_control_plane_makes_no_log_group_while_it_is_deleted(graph: Graph) -> None:
    """It would stay behind, without an end to what it keeps (terraform-aws-eks#920)."""
    (policy,) = (each for each in properties(graph, "RolePolicy") if "kms:ListGrants" in each["policy"])
    use, deny = json.loads(policy["policy"])["Statement"]

    assert use["Resource"] == "arn:aws:kms:us-east-1:123456789012:key/lab-key"
    assert (deny["Effect"], deny["Action"]) == ("Deny", "logs:CreateLogGroup")


def test_nodes_have_no_rights_that_pods_should_have(graph: Graph) -> None:
    """The network add-on's are its own, by Pod Identity."""
    policies = {
        each["policyArn"].rpartition("/")[2]
        for each in properties(graph, "RolePolicyAttachment")
        if each["role"] == "lab-node-name"
    }

    assert policies == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }


def test_nodes_come_after_what_makes_them_ready_and_before_what_runs_on_them(graph: Graph) -> None:
    """Pod Identity, then the network, then the system nodes, then DNS."""
    after = {each.name: [urn.rpartition("::")[2] for urn in each.dependencies] for each in graph}

    assert "lab-eks-pod-identity-agent" in after["lab-vpc-cni"]
    assert {"lab-vpc-cni", "lab-kube-proxy"} <= set(after["lab-system"])
    assert "lab-system" in after["lab-coredns"]


def test_the_system_nodes_stand_in_every_zone_and_turn_nothing_away(graph: Graph) -> None:
    """What must run somewhere runs here."""
    (nodes,) = properties(graph, "NodeGroup")[1:]

    assert nodes["subnetIds"] == ["subnet-1", "subnet-2"]
    assert nodes.get("taints") is None
    assert nodes["amiType"] == "AL2023_x86_64_STANDARD"


def test_others_are_told_how_the_cluster_is_reached(declare: Declare) -> None:
    """In words and addresses, no kubeconfig and no token."""
    told: dict[str, str] = {}

    def program() -> None:
        made = Cluster("lab", ARGS)
        made.endpoint.apply(lambda value: told.update(endpoint=value))
        made.certificate_authority.apply(lambda value: told.update(authority=value))
        made.security_group_id.apply(lambda value: told.update(group=value))
        made.oidc_issuer.apply(lambda value: told.update(issuer=value))

    declare(program)

    assert told == {
        "endpoint": "lab-endpoint",
        "authority": "bGFiLWNlcnRpZmljYXRlQXV0aG9yaXR5",
        "group": "lab-clusterSecurityGroupId",
        "issuer": "https://oidc.eks.amazonaws.com/id/lab",
    }


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_supported_version_can_be_had(declare: Declare, version: str) -> None:
    """One that is near its end comes with a warning, and comes."""
    assert cluster(declared(declare, version=version))["version"] == version


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": "1.33"}, "standard support of Kubernetes 1.33 ended on 2026-07-29"),
        ({"subnet_ids": ["subnet-1"]}, "subnets of at least two zones"),
        ({"public_cidrs": ["0.0.0.0/0"]}, "is the whole internet: name the networks"),
        ({"log_retention_days": 100}, "CloudWatch Logs keeps nothing for 100 days; write 120"),
        ({"grants": {"users": ARGS["grants"]["users"]}}, "nobody could manage the cluster"),
        ({"system_nodes": 0}, "a node group has at least one node, not 0"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(declare: Declare, changed: dict[str, Any], message: str) -> None:
    """Before anything is declared, and so before anything is created."""
    with pytest.raises(EvaluationError, match=message):
        declared(declare, **changed)
