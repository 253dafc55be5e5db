from typing import Any

import pulumi
import pytest

from components.catalogue.instance_types import instance_type
from components.platform.queues import QueueArgs, Queues, quota
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare

TRAINING: QueueArgs = {"instance_type": "p5.48xlarge", "nodes": 16, "node_labels": {"fleet": "training"}}
SMALL: QueueArgs = {"instance_type": "m7i.large", "nodes": 2, "node_labels": {"fleet": "small"}}


def queues(declare: Declare, **fleets: QueueArgs) -> Graph:
    """What the queues of these fleets declare."""
    return declare(lambda: Queues("queues", {"namespace": "jobs", "fleets": fleets}))


def one(graph: Graph, name: str) -> dict[str, Any]:
    """The properties of the one resource of this name."""
    (found,) = (dict(each.properties) for each in graph if each.name == name)
    return found


def test_a_job_finds_its_fleet_by_the_queues_name(declare: Declare) -> None:
    """Local queue, cluster queue and flavor of a fleet have its name, in the namespace for jobs."""
    graph = queues(declare, training=TRAINING, small=SMALL)

    for fleet in ("training", "small"):
        local = one(graph, f"queues-{fleet}-local-queue")
        assert local["metadata"] == {"name": fleet, "namespace": "jobs"}
        assert local["spec"] == {"clusterQueue": fleet}
        (group,) = one(graph, f"queues-{fleet}-cluster-queue")["spec"]["resourceGroups"]
        assert [each["name"] for each in group["flavors"]] == [fleet]
    assert one(graph, "queues-namespace")["metadata"] == {"name": "jobs"}


def test_a_flavor_leads_to_the_fleets_nodes(declare: Declare) -> None:
    """Its label selects them, and their taint is tolerated where there is one."""
    graph = queues(declare, training=TRAINING, small=SMALL)
    training, small = (one(graph, f"queues-{fleet}-flavor")["spec"] for fleet in ("training", "small"))

    assert training["nodeLabels"] == {"fleet": "training"}
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in training["tolerations"]
    assert small == {"nodeLabels": {"fleet": "small"}}


def test_a_job_may_ask_for_the_huge_pages_that_there_are() -> None:
    """Below 94 vCPUs EFA's package sets fewer aside: of a larger quota a job would be admitted and never start."""
    assert quota(instance_type("g6.12xlarge"), 2)["hugepages-2Mi"] == f"{2 * 2641 * 2}Mi"


def test_the_quota_is_the_fleet(declare: Declare) -> None:
    """Sixteen p5 nodes: 8 GPUs, 32 EFA interfaces and 10,256 MiB of huge pages each."""
    (group,) = one(queues(declare, training=TRAINING), "queues-training-cluster-queue")["spec"]["resourceGroups"]
    ((flavor),) = group["flavors"]

    assert {each["name"]: each["nominalQuota"] for each in flavor["resources"]} == {
        "cpu": "3072",
        "memory": "33554432Mi",
        "nvidia.com/gpu": "128",
        "vpc.amazonaws.com/efa": "512",
        "hugepages-2Mi": "164096Mi",
    }
    assert group["coveredResources"] == [each["name"] for each in flavor["resources"]]


@pytest.mark.parametrize(
    ("name", "resources"),
    [
        ("m7i.large", {"cpu", "memory"}),
        ("g6.xlarge", {"cpu", "memory", "nvidia.com/gpu"}),
        ("trn1.32xlarge", {"cpu", "memory", "aws.amazon.com/neuron", "vpc.amazonaws.com/efa", "hugepages-2Mi"}),
    ],
)
def test_a_queue_has_what_its_nodes_have(name: str, resources: set[str]) -> None:
    """A resource without quota can't be asked for, one with a quota of 0 would never be given."""
    assert set(quota(instance_type(name), 1)) == resources


def test_queues_go_before_what_they_name(declare: Declare) -> None:
    """Kueue keeps a flavor that a queue still names, and a deletion would wait for ever."""
    graph = queues(declare, training=TRAINING)
    needs = {each.name: {urn.rpartition("::")[2] for urn in each.dependencies} for each in graph}

    assert "queues-training-flavor" in needs["queues-training-cluster-queue"]
    assert {"queues-training-cluster-queue", "queues-namespace"} <= needs["queues-training-local-queue"]


@pytest.mark.parametrize(
    ("wrong", "where", "reason"),
    [
        ({"instance_type": "p5.48large"}, "fleets.training.instance_type", "did you mean p5.48xlarge"),
        ({"nodes": 0}, "fleets.training.nodes", "at least one node, not 0"),
        ({"node_labels": {}}, "fleets.training.node_labels", "name one that only they have"),
    ],
)
def test_mistakes_name_the_fix(declare: Declare, wrong: dict[str, Any], where: str, reason: str) -> None:
    """Before anything is declared."""
    args: Any = {"namespace": "jobs", "fleets": {"training": {**TRAINING, **wrong}}}

    def program() -> None:
        with pytest.raises(pulumi.InputPropertyError, match=reason) as raised:
            Queues("queues", args)
        assert raised.value.property_path == where

    assert [each for each in declare(program) if each.custom] == []
