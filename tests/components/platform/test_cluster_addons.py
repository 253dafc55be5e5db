import json

import pulumi
import pytest

from components.cluster.node_group import TAINTS
from components.platform.chart_versions import CHARTS
from components.platform.cluster_addons import ClusterAddons, tolerations
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties


def addons(declare: Declare, *instance_types: str) -> Graph:
    """What the add-ons of a cluster with these types of node declare."""
    return declare(lambda: ClusterAddons("addons", {"instance_types": instance_types, "queued_namespace": "jobs"}))


def releases(graph: Graph) -> dict[str, dict[str, object]]:
    """The Helm releases' properties, by name."""
    return {str(each["name"]): each for each in properties(graph, "Release")}


def test_each_release_is_pinned_to_the_table(declare: Declare) -> None:
    """Chart, version and repository are those of `chart_versions`; what fails to come up is taken back."""
    found = releases(addons(declare, "p5.48xlarge"))

    assert found.keys() == CHARTS.keys()
    assert {name: (each["chart"], each["version"], each["namespace"]) for name, each in found.items()} == {
        name: (chart.chart, chart.version, chart.namespace) for name, chart in CHARTS.items()
    }
    assert {name: each.get("repositoryOpts") for name, each in found.items()} == {
        name: {"repo": chart.repository} if chart.repository else None for name, chart in CHARTS.items()
    }
    assert {each["atomic"] for each in found.values()} == {True}


@pytest.mark.parametrize(
    ("instance_type", "plugins"),
    [
        ("p5.48xlarge", {"nvidia-device-plugin", "dcgm-exporter", "efa-device-plugin"}),
        ("trn1.32xlarge", {"efa-device-plugin"}),
        ("g6.xlarge", {"nvidia-device-plugin", "dcgm-exporter"}),
        ("m7i.large", set()),
    ],
)
def test_plugins_follow_the_devices(declare: Declare, instance_type: str, plugins: set[str]) -> None:
    """A plugin whose device no node has would run nowhere; JobSet and Kueue serve every cluster."""
    assert set(releases(addons(declare, instance_type))) == {*plugins, "jobset", "kueue"}


def test_plugins_go_to_the_nodes_with_the_device_only(declare: Declare) -> None:
    """By the type of node, each type once."""
    found = releases(addons(declare, "trn1.32xlarge", "p5.48xlarge", "m7i.large", "p5.48xlarge"))
    terms = [
        {"matchExpressions": [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge"]}]}
    ]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}

    assert found["nvidia-device-plugin"]["values"]["affinity"] == affinity  # type: ignore[index]  # a chart's values
    assert found["dcgm-exporter"]["values"]["affinity"] == affinity  # type: ignore[index]  # the same
    assert found["efa-device-plugin"]["values"]["supportedInstanceLabels"] == {  # type: ignore[index]  # the same
        "keys": ["node.kubernetes.io/instance-type"],
        "values": ["p5.48xlarge", "trn1.32xlarge"],
    }


def test_plugins_tolerate_the_taints_of_node_groups(declare: Declare) -> None:
    """Else no node with an accelerator would offer it."""
    found = releases(addons(declare, "p5.48xlarge"))

    assert {each["key"] for each in tolerations()} == set(TAINTS.values())
    for plugin in ("nvidia-device-plugin", "dcgm-exporter", "efa-device-plugin"):
        assert found[plugin]["values"]["tolerations"] == tolerations()  # type: ignore[index]  # a chart's values


def test_the_gpu_plugin_leaves_efa_devices_alone(declare: Declare) -> None:
    """Whatever a later version has by default (k8s-device-plugin#1692)."""
    values = releases(addons(declare, "p5.48xlarge"))["nvidia-device-plugin"]["values"]

    assert values["mofedEnabled"] is False  # type: ignore[index]  # a chart's values


def test_kueue_holds_jobs_of_one_namespace(declare: Declare) -> None:
    """All of them there, and nothing anywhere else."""
    values = releases(addons(declare, "p5.48xlarge"))["kueue"]["values"]
    told = json.loads(values["managerConfig"]["controllerManagerConfigYaml"])  # type: ignore[index]  # a chart's values

    assert told["managedJobsNamespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "jobs"}}
    assert told["manageJobsWithoutQueueName"] is True
    assert told["integrations"] == {"frameworks": ["batch/job", "kubeflow.org/mpijob", "jobset.x-k8s.io/jobset"]}


def test_kueue_comes_after_the_kinds_of_job_that_it_queues(declare: Declare) -> None:
    """It looks at its start which there are."""
    graph = addons(declare, "p5.48xlarge")
    (kueue,) = (each for each in graph if each.name == "addons-kueue")
    needed = {urn.rpartition("::")[2] for urn in kueue.dependencies}

    assert {"addons-jobset", "addons-mpi-operator-job-kind", "addons-mpi-operator-deployment"} <= needed


@pytest.mark.parametrize(
    ("instance_types", "reason"), [((), "there are no nodes for jobs"), (("p5.48large",), "did you mean p5.48xlarge")]
)
def test_mistakes_name_the_fix(declare: Declare, instance_types: tuple[str, ...], reason: str) -> None:
    """Before anything is declared."""

    def program() -> None:
        with pytest.raises(pulumi.InputPropertyError, match=reason):
            ClusterAddons("addons", {"instance_types": instance_types, "queued_namespace": "jobs"})

    assert [each for each in declare(program) if each.custom] == []
