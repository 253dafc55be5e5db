import json
import re
from typing import Any

import pulumi
import pytest

from components.cluster.eks_addons import AFTER_NODES, AGENT, BEFORE_NODES, Target, addon_version, declare_addons
from components.cluster.kubernetes_versions import SUPPORTED
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

ADDONS = {**AGENT, **BEFORE_NODES, **AFTER_NODES}


@pytest.fixture
def graph(declare: Declare) -> Graph:
    """Every add-on of a cluster."""

    def program() -> None:
        parent = pulumi.ComponentResource("test:cluster", "lab")
        declare_addons(Target("lab", "lab", "1.36", {"owner": "us"}), ADDONS, parent, after=[])

    return declare(program)


def addon(graph: Graph, name: str) -> dict[str, Any]:
    """The properties of one add-on."""
    (found,) = (each for each in properties(graph, "Addon") if each["addonName"] == name)
    return found


@pytest.mark.parametrize("kubernetes", SUPPORTED)
def test_every_addon_is_pinned_for_every_version_of_kubernetes(kubernetes: str) -> None:
    """To one build of one version."""
    versions = [addon_version(name, each, kubernetes) for name, each in ADDONS.items()]

    assert [version for version in versions if not re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", version)] == []


def test_pods_get_whole_prefixes(graph: Graph) -> None:
    """And one is kept warm, as the addresses are counted; `efa-only` needs vpc-cni 1.18.5."""
    cni = addon(graph, "vpc-cni")
    environment = json.loads(cni["configurationValues"])["env"]

    assert environment == {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}
    assert tuple(map(int, re.findall(r"\d+", cni["addonVersion"])))[:3] >= (1, 18, 5)


def test_each_addon_that_calls_aws_does_so_as_a_role_of_its_own(graph: Graph) -> None:
    """Pod Identity gives it to the add-on's service account; the nodes have none of these rights."""
    given = {
        each["addonName"]: [(one["serviceAccount"], one["roleArn"].rpartition("/")[2]) for one in associations]
        for each in properties(graph, "Addon")
        if (associations := each.get("podIdentityAssociations"))
    }

    assert given == {
        "vpc-cni": [("aws-node", "lab-vpc-cni")],
        "aws-ebs-csi-driver": [("ebs-csi-controller-sa", "lab-ebs-csi")],
        "aws-efs-csi-driver": [("efs-csi-controller-sa", "lab-efs-csi")],
        "aws-fsx-csi-driver": [("fsx-csi-controller-sa", "lab-fsx-csi")],
        "amazon-cloudwatch-observability": [("cloudwatch-agent", "lab-cloudwatch")],
    }
    assert {json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"]["Service"] for role in roles(graph)} == {
        "pods.eks.amazonaws.com"
    }


def roles(graph: Graph) -> list[dict[str, Any]]:
    """The properties of every role."""
    return properties(graph, "Role")


def test_a_claim_makes_no_file_system(graph: Graph) -> None:
    """One that nothing backs up or protects; those that are declared can be looked up."""
    (policy,) = properties(graph, "RolePolicy")

    assert json.loads(policy["policy"])["Statement"][0]["Action"] == ["fsx:DescribeFileSystems"]


def test_an_addon_is_made_once_its_role_may_do_its_work(graph: Graph) -> None:
    """Otherwise its first minutes are refusals."""
    (ebs,) = (each for each in graph if each.name == "lab-aws-ebs-csi-driver")

    assert any(urn.endswith("lab-ebs-csi-AmazonEBSCSIDriverPolicyV2") for urn in ebs.dependencies)
