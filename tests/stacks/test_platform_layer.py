import json
import re
from typing import Any

import pytest

from playbooks.errors import EvaluationError
from playbooks.plan.evaluate import evaluate, evaluate_platform
from playbooks.plan.graph import Graph
from stacks.environment import Environment, engine_form
from stacks.platform_layer import TUNNEL, ClusterOutput, kubeconfig, reach
from stacks.settings import PROJECT
from tests.stacks.documents import PROJECT as FOLDER
from tests.stacks.documents import changed, settings_of

CLUSTER = {
    "version": "1.36",
    "image": "1.36.3-20260911",
    "access": {
        "ops": {"principal": "arn:aws:iam::111111111111:role/ops", "policy": "AmazonEKSClusterAdminPolicy"},
    },
}
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ON_CLUSTER = {
    "cluster": CLUSTER,
    "fleets__workers__cluster": True,
    "fleets__workers__image": "1.36.3-20260911",
    "fleets__solo": {"instanceType": "g6.8xlarge", "nodes": 1, "zone": "us-east-1a", "image": "ami-0123456789abcdef0"},
}
TOLD: ClusterOutput = {
    "name": "dev-cluster",
    "endpoint": "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com",
    "certificateAuthority": "Y2VydGlmaWNhdGU=",
    "region": "us-east-1",
}


def environment(**changes: object) -> Environment:
    """An environment with a cluster and one of its two fleets on it, and with other changes."""
    return environment_of(changed(**{**ON_CLUSTER, **changes}))


def environment_of(values: dict[str, Any]) -> Environment:
    """The environment that these settings make."""
    config = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in values.items()}
    return Environment("dev", FOLDER / "stacks/config/Pulumi.dev.yaml", settings_of(values), engine_form(config))


def layers() -> tuple[Graph, Graph]:
    """Both layers of the environment: its data centre and its platform."""
    chosen = environment()
    datacenter = evaluate(chosen)
    return datacenter, evaluate_platform(chosen, datacenter)


def one(graph: Graph, name: str) -> dict[str, Any]:
    """The properties of the one resource of this name."""
    (found,) = (dict(each.properties) for each in graph if each.name == name)
    return found


def test_the_cluster_of_the_one_layer_is_the_other_layers() -> None:
    """By the stack's outputs; the kubeconfig holds a command in place of a token."""
    datacenter, platform = layers()
    provider = one(platform, "dev-cluster")
    told = json.loads(provider["kubeconfig"])

    assert datacenter.outputs["cluster"]["name"] == told["clusters"][0]["name"]
    assert datacenter.outputs["cluster"]["endpoint"] == provider["clusterIdentifier"]
    assert told["users"][0]["user"].keys() == {"exec"}
    assert provider["enableServerSideApply"] == "true"


def test_a_queue_selects_the_nodes_of_its_fleet() -> None:
    """The label that the one layer gives to a node group is the one that the other looks for."""
    datacenter, platform = layers()
    flavors = {each.properties["metadata"]["name"]: each for each in platform if each.type.endswith(":ResourceFlavor")}
    groups = {each.name: each.properties["labels"] for each in datacenter if each.type == NODE_GROUP}

    assert flavors.keys() == {"workers"}
    assert flavors["workers"].properties["spec"]["nodeLabels"].items() <= groups["dev-workers"].items()
    assert [name for name, labels in groups.items() if labels.get("fleet") == "workers"] == ["dev-workers"]


def test_plugins_are_for_the_fleets_of_the_cluster() -> None:
    """A fleet of instances that stand by themselves has no part in it."""
    _, platform = layers()

    assert one(platform, "dev-addons-efa-device-plugin")["values"]["supportedInstanceLabels"]["values"] == [
        "p5.48xlarge"
    ]


def test_queues_come_after_what_serves_them() -> None:
    """Kueue's kinds come with its chart; what stands in a component waits for what the component waits for."""
    _, platform = layers()
    (queues,) = (each for each in platform if each.name == "dev-queues")

    assert "dev-addons-kueue" in {urn.rpartition("::")[2] for urn in queues.dependencies}


@pytest.mark.parametrize(("cluster", "missing"), [({}, "cluster"), ({"cluster": CLUSTER}, "fleet on its cluster")])
def test_without_a_cluster_there_is_no_platform(cluster: dict[str, object], missing: str) -> None:
    """And it says so, rather than declare nothing."""
    alone = environment_of(changed(**cluster))

    with pytest.raises(EvaluationError, match=f"dev has no {missing}, so there is nothing for dev-platform"):
        evaluate_platform(alone, evaluate(alone))


def test_a_stack_that_tells_of_no_cluster_is_brought_up_first() -> None:
    """As under the engine, where the platform comes second."""
    with pytest.raises(EvaluationError, match="the stack dev tells of no cluster yet: bring it up first"):
        evaluate_platform(environment(), Graph(()))


def test_the_api_server_is_reached_directly() -> None:
    """With the certificate authority that EKS gave it."""
    (cluster,) = kubeconfig(TOLD, "")["clusters"]

    assert cluster["cluster"] == {
        "server": "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com",
        "certificate-authority-data": "Y2VydGlmaWNhdGU=",
    }


def test_a_tunnel_leads_to_the_same_api_server() -> None:
    """Its certificate is checked against its own name, not the tunnel's."""
    (cluster,) = kubeconfig(TOLD, "127.0.0.1:8443")["clusters"]

    assert cluster["cluster"] == {
        "server": "https://127.0.0.1:8443",
        "tls-server-name": "0123456789abcdef.gr7.us-east-1.eks.amazonaws.com",
        "certificate-authority-data": "Y2VydGlmaWNhdGU=",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"answers inside its network only.*{TUNNEL}=127.0.0.1:8443"),
        ({"cluster": {**CLUSTER, "publicCidrs": ["203.0.113.0/24"]}}, "answers 203.0.113.0/24 only"),
    ],
)
def test_who_runs_it_is_told_from_where(changes: dict[str, object], words: str) -> None:
    """Before it is tried."""
    told = reach(environment(**changes).settings)

    assert told is not None
    assert re.search(words, told)


def test_without_a_cluster_nothing_is_told() -> None:
    """There is nothing to reach."""
    assert reach(settings_of(changed())) is None
