import json
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from botocore.stub import Stubber
from rich.console import Console

from playbooks.account import Clients
from playbooks.engine.site import Site
from playbooks.errors import RemedyError
from playbooks.nodes import Node
from playbooks.remedy import kubernetes_node
from playbooks.remedy.cluster_api import ClusterApi, ConflictError, cluster_api
from playbooks.remedy.mark import Mark
from stacks.environment import load
from stacks.platform_layer import TUNNEL
from tests.kubernetes.control_plane import ADMINISTRATOR, ControlPlane, until
from tests.projects import ROOT

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
WHY = Mark("gpus", "r1", "2026-11-22T03:00:00+00:00", "7 of 8 GPUs")
BAD = Node("gpu-i-0bad", "gpu", 0, "i-0bad", "p5.48xlarge", "10.1.0.4", "python3")


def cluster(plane: ControlPlane, server: str = "") -> dict[str, str]:
    """How it is reached, as a kubeconfig says it."""
    (given,) = json.loads(plane.kubeconfig.read_text())["clusters"]
    authority = (plane.folder / "certificates" / "apiserver.crt").read_bytes()
    return {
        "server": server or given["cluster"]["server"],
        "certificate-authority-data": b64encode(authority).decode(),
    }


@pytest.fixture
def api(control_plane: ControlPlane) -> ClusterApi:
    """The API server, as an administrator speaks to it."""
    return ClusterApi("dev-cluster", cluster(control_plane), lambda: ADMINISTRATOR)


def machine(name: str, identity: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401 - of a Node
    """A node as a node group starts it."""
    room = {"cpu": "8", "memory": "8Gi", "pods": "16"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"remedy": name}},
        "spec": {
            "providerID": f"aws:///us-east-1a/{identity}",
            "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
            **spec,
        },
        "status": {"capacity": room, "allocatable": room},
    }


@pytest.fixture
def nodes(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """A control plane with a bad node and a good one."""
    control_plane.apply(machine("bad", "i-0bad"), machine("good", "i-0good"))
    yield control_plane
    control_plane.kubectl("delete", "node", "bad", "good")


def marks(node: dict[str, Any]) -> tuple[bool, set[str], dict[str, str]]:
    """Whether a node is cordoned, the keys of its taints, and our annotations; not what Kubernetes sets by itself."""
    taints = {taint["key"] for taint in node["spec"].get("taints", ()) if "node.kubernetes.io" not in taint["key"]}
    annotations = node["metadata"].get("annotations", {})
    ours = {key: value for key, value in annotations.items() if key.startswith("ai-datacenter/")}
    return node["spec"].get("unschedulable", False), taints, ours


def test_a_cordon_marks_that_node_alone_and_is_taken_back_without_a_trace(nodes: ControlPlane, api: ClusterApi) -> None:
    """The taint of the accelerator stays throughout."""
    done = kubernetes_node.cordon(api, BAD, WHY)
    bad, good = marks(nodes.get("node", "bad")), marks(nodes.get("node", "good"))
    kubernetes_node.uncordon(api, BAD)

    assert done
    assert bad[:2] == (True, {"nvidia.com/gpu", "ai-datacenter/unhealthy"})
    assert (bad[2]["ai-datacenter/run"], bad[2]["ai-datacenter/reason"]) == ("r1", "7 of 8 GPUs")
    assert good == (False, {"nvidia.com/gpu"}, {})
    assert marks(nodes.get("node", "bad")) == good


def test_a_node_that_somebody_else_had_cordoned_stays_cordoned(nodes: ControlPlane, api: ClusterApi) -> None:
    """By kubectl, for example; what was cordoned twice by us is freed by one."""
    nodes.kubectl("cordon", "bad")
    kubernetes_node.cordon(api, BAD, WHY)
    kubernetes_node.cordon(api, BAD, WHY._replace(check="fabric"))
    kubernetes_node.uncordon(api, BAD)

    assert marks(nodes.get("node", "bad")) == (True, {"nvidia.com/gpu"}, {})


def test_a_change_made_for_an_older_node_is_a_conflict(nodes: ControlPlane, api: ClusterApi) -> None:
    """A merge would take another's new taint away."""
    found = kubernetes_node.find(api, BAD)
    assert found is not None
    nodes.kubectl("taint", "node", "bad", "team=other:NoSchedule")
    with pytest.raises(ConflictError):
        api.patch("/api/v1/nodes/bad", kubernetes_node.cordoning(found, WHY))
    kubernetes_node.cordon(api, BAD, WHY)

    assert marks(nodes.get("node", "bad"))[1] == {"nvidia.com/gpu", "team", "ai-datacenter/unhealthy"}


@pytest.mark.usefixtures("nodes")
def test_an_instance_that_never_joined_has_no_node(api: ClusterApi) -> None:
    """Nothing is changed, and nothing needs to be."""
    stranger = Node("gpu-i-0b", "gpu", 1, "i-0b", "p5.48xlarge", "10.1.0.5", "python3")

    assert not kubernetes_node.cordon(api, stranger, WHY)
    assert not kubernetes_node.uncordon(api, stranger)


def workload(kind: str, name: str) -> dict[str, Any]:
    """A Deployment of one pod, or a DaemonSet, that runs on the bad node."""
    tolerated = {} if kind == "DaemonSet" else {"key": "nvidia.com/gpu"}
    pod = {
        "nodeSelector": {"remedy": "bad"},
        "tolerations": [{"operator": "Exists", **tolerated}],
        "containers": [{"name": "it", "image": "none"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
        },
    }


def budget(least: int) -> dict[str, Any]:
    """How many pods of the trainer must run."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "trainer", "namespace": "default"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "trainer"}}},
    }


def running(plane: ControlPlane, app: str) -> list[str]:
    """The nodes on which an application's pods run."""
    pods = plane.get("pods", f"--selector=app={app}")["items"]
    return [pod["spec"]["nodeName"] for pod in pods if pod["status"].get("phase") == "Running"]


def test_a_drain_waits_for_disruption_budgets_and_leaves_daemon_sets(nodes: ControlPlane, api: ClusterApi) -> None:
    """Refused while the budget wants the pod, it says which is left; then it goes, and the node's own pods stay."""
    nodes.apply(workload("Deployment", "trainer"), workload("DaemonSet", "plugin"), budget(1))
    try:
        until(lambda: running(nodes, "trainer") == running(nodes, "plugin") == ["bad"], "the pods on the bad node")
        kubernetes_node.close(api, BAD)
        with pytest.raises(RemedyError, match="not empty after 3 s: default/trainer-.* did not go"):
            kubernetes_node.drain(api, BAD, print, seconds=3)
        nodes.apply(budget(0))
        said: list[str] = []
        kubernetes_node.drain(api, BAD, said.append, seconds=60)
        left = nodes.get("pods", "--field-selector=spec.nodeName=bad")["items"]
    finally:
        nodes.kubectl("delete", "deployment/trainer", "daemonset/plugin", "pdb/trainer")

    assert [pod["metadata"]["labels"]["app"] for pod in left] == ["plugin"]
    assert [line.rpartition(" leaves ")[2] for line in said] == ["gpu-i-0bad"]


def test_whoever_may_not_is_told_which_right_is_missing(control_plane: ControlPlane) -> None:
    """A service account has no rights to nodes; a token that is none is refused the same way."""
    token = control_plane.kubectl("create", "token", "default", "--namespace=default").strip()
    for given in (token, "no-token"):
        stranger = ClusterApi("dev-cluster", cluster(control_plane), partial(str, given))
        with pytest.raises(RemedyError, match="AmazonEKSClusterAdminPolicy"):
            kubernetes_node.find(stranger, BAD)


def test_an_api_server_that_does_not_answer_or_is_another_is_told(control_plane: ControlPlane) -> None:
    """With what a person must know of the way to it; a certificate of another authority is not trusted."""
    closed = ClusterApi("dev-cluster", cluster(control_plane, "https://127.0.0.1:1"), lambda: "", "Use the VPN.")
    with pytest.raises(RemedyError, match="API server of dev-cluster does not answer: .*Use the VPN."):
        kubernetes_node.find(closed, BAD)
    other = {**cluster(control_plane), "tls-server-name": "elsewhere.example.com"}
    with pytest.raises(RemedyError, match="does not answer: .*elsewhere.example.com"):
        kubernetes_node.find(ClusterApi("dev-cluster", other, lambda: ADMINISTRATOR), BAD)


def test_the_cluster_is_found_by_the_environment_and_asks_who_calls(
    control_plane: ControlPlane, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EKS tells where it is; a token of EKS is none to this API server, which therefore refuses it, by name."""
    monkeypatch.delenv(TUNNEL, raising=False)
    environment = load(ROOT, "staging")
    known, eks = cluster(control_plane), client("eks")
    told = {"endpoint": known["server"], "certificateAuthority": {"data": known["certificate-authority-data"]}}
    with Stubber(eks) as stub:
        stub.add_response("describe_cluster", {"cluster": told}, {"name": "staging-cluster"})
        clients: Clients = lambda service: eks if service == "eks" else client(service)  # noqa: E731 - one service differs
        found = cluster_api(Site(environment, ROOT, lambda _: clients, Console(), yes=False))
        with pytest.raises(RemedyError, match="staging-cluster refuses GET /api/v1/nodes .401.: Unauthorized"):
            kubernetes_node.find(found, BAD)
