from base64 import b64decode
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.cluster.node_group import NodeGroup, NodeGroupArgs
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph, Resource
from tests.components.conftest import Declare, properties

BLOCK = "cr-0123456789abcdef0"
ARGS: NodeGroupArgs = {
    "cluster_name": "lab",
    "version": "1.36",
    "node_role_arn": "arn:aws:iam::123456789012:role/node",
    "instance_type": "p5.48xlarge",
    "nodes": 8,
    "pods_per_node": 32,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-cluster", "sg-fabric"],
    "image_release": "1.36.3-20260911",
    "labels": {"fleet": "training"},
    "tags": {"owner": "us", "fleet": "training"},
}


def declared(declare: Declare, **changed: Any) -> Graph:  # noqa: ANN401 - any argument of a node group
    """A node group with these arguments instead."""
    args: NodeGroupArgs = {**ARGS, **changed}  # type: ignore[typeddict-item]
    return declare(lambda: NodeGroup("training", args))


def template(graph: Graph) -> dict[str, Any]:
    """The properties of its launch template."""
    (found,) = properties(graph, "LaunchTemplate")
    return found


def group(graph: Graph) -> Resource:
    """The managed node group itself."""
    (found,) = (each for each in graph if each.type == "aws:eks/nodeGroup:NodeGroup")
    return found


def test_every_card_is_used_in_both_security_groups_and_in_no_subnet_of_the_templates(declare: Declare) -> None:
    """EKS refuses a template with a subnet, and a security group in it replaces the cluster's own."""
    interfaces = template(declared(declare))["networkInterfaces"]

    assert [each["interfaceType"] for each in interfaces] == ["interface", *["efa-only"] * 32]
    assert {tuple(each["securityGroups"]) for each in interfaces} == {("sg-cluster", "sg-fabric")}
    assert not any("subnetId" in each for each in interfaces)


def test_what_eks_wants_on_the_group_is_not_in_the_template(declare: Declare) -> None:
    """An image or a profile in the template would make EKS leave the nodes to us."""
    found = template(declared(declare))

    assert found["instanceType"] == "p5.48xlarge"
    assert "vpcSecurityGroupIds" not in found
    assert "imageId" not in found
    assert "iamInstanceProfile" not in found


def test_pods_reach_the_metadata_service_by_sessions_only(declare: Declare) -> None:
    """They are one hop further away than the node."""
    options = template(declared(declare))["metadataOptions"]

    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 2)


def test_the_disk_is_encrypted_gp3_on_the_images_root_device(declare: Declare) -> None:
    """Another device name would be a second disk."""
    (mapping,) = template(declared(declare))["blockDeviceMappings"]

    assert mapping["deviceName"] == "/dev/xvda"
    assert (mapping["ebs"]["volumeType"], mapping["ebs"]["encrypted"]) == ("gp3", "true")


def test_nodes_are_told_how_many_pods_they_run(declare: Declare) -> None:
    """In the form that Amazon Linux 2023's images read."""
    told = b64decode(template(declared(declare))["userData"]).decode()

    assert "Content-Type: application/node.eks.aws" in told
    assert "--max-pods=32" in told


def test_what_the_template_starts_is_tagged(declare: Declare) -> None:
    """Instances so that the inventory finds them: they have no numbers."""
    tags = {each["resourceType"]: each["tags"] for each in template(declared(declare))["tagSpecifications"]}

    assert set(tags) == {"instance", "volume", "network-interface"}
    assert tags["instance"] == {"owner": "us", "fleet": "training", "Name": "training", "node": "scaled"}


def test_the_group_keeps_its_nodes_whole_and_current(declare: Declare) -> None:
    """EKS repairs them, at the cluster's version, from the release that the settings say."""
    found = group(declared(declare)).properties

    assert found["nodeRepairConfig"] == {"enabled": True}
    assert (found["version"], found["releaseVersion"]) == ("1.36", "1.36.3-20260911")
    assert found["scalingConfig"] == {"minSize": 8, "desiredSize": 8, "maxSize": 8}
    assert found["updateConfig"] == {"maxUnavailable": 2, "updateStrategy": "DEFAULT"}


@pytest.mark.parametrize(
    ("kind", "image", "labels", "taint"),
    [
        (
            "p5.48xlarge",
            "AL2023_x86_64_NVIDIA",
            {"nvidia.com/gpu.present", "vpc.amazonaws.com/efa.present"},
            "nvidia.com/gpu",
        ),
        ("trn1.32xlarge", "AL2023_x86_64_NEURON", {"vpc.amazonaws.com/efa.present"}, "aws.amazon.com/neuron"),
        ("m7i.xlarge", "AL2023_x86_64_STANDARD", set(), None),
    ],
)
def test_the_hardware_decides_on_image_labels_and_taint(
    declare: Declare, kind: str, image: str, labels: set[str], taint: str | None
) -> None:
    """Device plugins choose their nodes by the labels; the taint keeps away what needs no accelerator."""
    found = group(declared(declare, instance_type=kind)).properties

    assert found["amiType"] == image
    assert set(found["labels"]) == {"fleet", *labels}
    assert found.get("taints") == ([{"key": taint, "value": "present", "effect": "NO_SCHEDULE"}] if taint else None)


@pytest.mark.parametrize(
    ("purchase", "capacity", "market", "strategy"),
    [
        ("on-demand", "ON_DEMAND", None, "DEFAULT"),
        ("spot", "SPOT", None, "DEFAULT"),
        ("capacity-reservation", "ON_DEMAND", None, "MINIMAL"),
        ("capacity-block", "CAPACITY_BLOCK", {"marketType": "capacity-block"}, "MINIMAL"),
    ],
)
def test_each_purchase_stands_where_eks_looks_for_it(
    declare: Declare, purchase: str, capacity: str, market: dict[str, str] | None, strategy: str
) -> None:
    """Only a Capacity Block is in the template too; a reservation has no room for new nodes beside the old."""
    reserved = purchase.startswith("capacity")
    graph = declared(declare, purchase=purchase, reservation_id=BLOCK if reserved else None)
    target = {"capacityReservationTarget": {"capacityReservationId": BLOCK}}

    assert group(graph).properties["capacityType"] == capacity
    assert group(graph).properties["updateConfig"]["updateStrategy"] == strategy
    assert template(graph).get("instanceMarketOptions") == market
    assert not reserved or template(graph)["capacityReservationSpecification"] == target


def test_an_autoscaler_has_the_last_word_on_how_many_nodes_there_are(declare: Declare) -> None:
    """Without one the number is the settings'."""
    scaled = group(declared(declare, scaling={"minimum": 0, "maximum": 16}))

    assert scaled.properties["scalingConfig"] == {"minSize": 0, "desiredSize": 8, "maxSize": 16}
    assert scaled.ignore_changes == ("scalingConfig.desiredSize",)
    assert group(declared(declare)).ignore_changes == ()


def test_a_cluster_placement_group_where_asked_for(declare: Declare) -> None:
    """One of the node group's own."""
    together = declared(declare, cluster_placement=True)

    assert [each["strategy"] for each in properties(together, "PlacementGroup")] == ["cluster"]
    assert template(together)["placement"] == {"groupName": "training-placement-name"}


def test_what_the_caller_waits_for_the_nodes_wait_for(declare: Declare) -> None:
    """A node that starts before the cluster's network add-on never gets ready."""

    def program() -> None:
        first = aws.sqs.Queue("first")
        NodeGroup("training", ARGS, pulumi.ResourceOptions(depends_on=[first]))

    assert any(urn.endswith("::first") for urn in group(declare(program)).dependencies)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instance_type": "p5.48xlrge"}, "did you mean p5.48xlarge"),
        ({"nodes": 0}, "a node group has at least one node, not 0"),
        ({"scaling": {"minimum": 9, "maximum": 16}}, "8 nodes are not between 9 and 16"),
        ({"purchase": "reserved"}, "'reserved' is none of on-demand, spot"),
        ({"purchase": "capacity-block"}, "purchase capacity-block needs a reservation"),
        ({"reservation_id": BLOCK}, "purchase on-demand takes no reservation"),
        (
            {"purchase": "capacity-block", "reservation_id": BLOCK, "cluster_placement": True},
            "reserved capacity is placed already",
        ),
        ({"instance_type": "t3.micro", "cluster_placement": True}, "t3.micro can't stand in a cluster placement group"),
        ({"subnet_ids": ["subnet-1", "subnet-2"]}, "p5.48xlarge bought on-demand stands in one zone"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(declare: Declare, changed: dict[str, Any], message: str) -> None:
    """Before anything is declared, and so before anything is created."""
    with pytest.raises(EvaluationError, match=message):
        declared(declare, **changed)
