import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.cluster.node_group import TAINTS
from components.platform.mpi_operator import API_GROUP
from tests.kubernetes.cluster_objects import TRAINING, of_kind, operator, queues
from tests.kubernetes.control_plane import ControlPlane, missing, until

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "mpijob.yaml"
HEALTH_PORT = 8080  # the operator's, in its source; it takes no other
DEVICES = {"nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "32"}


def machine(name: str) -> dict[str, Any]:
    """A p5 node as a node group starts it: the fleet's label, the taint for GPUs, and what the plugins offer."""
    room = {"cpu": "192", "memory": "2Ti", "pods": "48", "hugepages-2Mi": "10256Mi", **DEVICES}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**TRAINING["node_labels"], "kubernetes.io/hostname": name}},
        "spec": {"taints": [{"key": TAINTS["NVIDIA"], "value": "present", "effect": "NoSchedule"}]},
        "status": {"capacity": room, "allocatable": room},
    }


def started(job: dict[str, Any]) -> dict[str, Any]:
    """The job as Kueue lets it go: every pod gets the node selector and the tolerations of the queue's flavor."""
    (flavor,) = of_kind(queues(), "ResourceFlavor")
    for replica in job["spec"]["mpiReplicaSpecs"].values():
        pod = replica["template"]["spec"]
        pod["nodeSelector"] = flavor["spec"]["nodeLabels"]
        pod["tolerations"] = flavor["spec"]["tolerations"]
    return job


@pytest.fixture
def mpi_operator(control_plane: ControlPlane) -> Iterator[None]:
    """The operator, with the rights that we give it and no others."""
    if missing(["mpi-operator"]):
        pytest.skip("not on PATH: mpi-operator (docs/platform.md says what it is)")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", HEALTH_PORT)) == 0:
            pytest.skip(f"something else listens on port {HEALTH_PORT}, which the MPI Operator needs")
    declared = operator()
    control_plane.apply(*of_kind(declared, "Namespace"))
    control_plane.apply(*(each for each in declared if each["kind"] != "Deployment"))
    control_plane.kubectl("wait", "--for=condition=Established", f"crd/mpijobs.{API_GROUP}")
    token = control_plane.kubectl("create", "token", "mpi-operator", "--namespace=mpi-operator").strip()
    (deployment,) = of_kind(declared, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    with control_plane.program("mpi-operator", *container["args"], f"-kubeConfig={control_plane.kubeconfig_of(token)}"):
        yield


@pytest.mark.usefixtures("mpi_operator")
def test_the_example_succeeds_on_two_nodes(control_plane: ControlPlane) -> None:
    """Two workers, each with all GPUs and all EFA interfaces of a node of its own; then the launcher, and the end.

    The workers are kept afterwards, so that one can look where they were.
    """
    control_plane.apply(machine("p5-0"), machine("p5-1"), *of_kind(queues(), "Namespace"))
    job = started(YAML(typ="safe").load(EXAMPLE))
    job["spec"]["runPolicy"]["cleanPodPolicy"] = "None"
    where = f"--namespace={job['metadata']['namespace']}"
    control_plane.apply(job)

    def conditions() -> dict[str, str]:
        found = control_plane.get("mpijob", job["metadata"]["name"], where).get("status", {}).get("conditions", [])
        return {each["type"]: each["status"] for each in found}

    until(lambda: conditions().get("Succeeded") == "True", "the job's success")
    workers = control_plane.get("pods", where, "--selector=training.kubeflow.org/job-role=worker")["items"]

    assert sorted(each["spec"]["nodeName"] for each in workers) == ["p5-0", "p5-1"]
    for worker in workers:
        (container,) = worker["spec"]["containers"]
        assert {device: container["resources"]["requests"][device] for device in DEVICES} == DEVICES
