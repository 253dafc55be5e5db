import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.kubernetes.cluster_objects import of_kind, operator, queues
from tests.kubernetes.control_plane import ControlPlane

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
KUEUE_KINDS = "AIDC_KUEUE_KINDS"


@pytest.fixture
def kueue_kinds(control_plane: ControlPlane) -> None:
    """Kueue's kinds, as its release defines them."""
    folder = os.environ.get(KUEUE_KINDS)
    if not folder:
        pytest.skip(f"{KUEUE_KINDS} names no folder with Kueue's definitions (docs/platform.md says where they are)")
    definitions: list[dict[str, Any]] = [
        YAML(typ="safe").load(path) for path in sorted(Path(folder).glob("kueue.x-k8s.io_*.yaml"))
    ]
    control_plane.apply(*definitions)
    control_plane.kubectl("wait", "--for=condition=Established", "crd", "--all")


def test_every_object_of_the_operator_is_accepted(control_plane: ControlPlane) -> None:
    """By server-side apply with strict validation, and once more without a change."""
    declared = operator()
    control_plane.apply(*of_kind(declared, "Namespace"))
    control_plane.apply(*declared)
    control_plane.kubectl("wait", "--for=condition=Established", "crd/mpijobs.kubeflow.org")
    before = generations(control_plane, declared)
    control_plane.apply(*declared)

    assert generations(control_plane, declared) == before


@pytest.mark.usefixtures("kueue_kinds")
def test_every_object_of_the_queues_is_accepted(control_plane: ControlPlane) -> None:
    """By Kueue's own definitions, which know every field and its bounds."""
    declared = queues()
    control_plane.apply(*of_kind(declared, "Namespace"))
    control_plane.apply(*declared)
    (queue,) = of_kind(declared, "ClusterQueue")

    kept = control_plane.get("clusterqueue", "training")["spec"]
    assert {key: kept[key] for key in queue["spec"]} == queue["spec"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({}, "missing required field .mpiReplicaSpecs"),
        ({"mpiReplicaSpecs": {"Worker": {"template": {}}}}, "missing required field .Launcher"),
        ({"mpiReplicaSpecs": {"Launcher": {"template": {}}}, "mpiImplementation": "LAM"}, "Unsupported value"),
        ({"mpiReplicaSpecs": {"Launcher": {"template": {}}}, "slots": 8}, "unknown field"),
    ],
)
def test_a_job_that_can_not_run_is_refused(control_plane: ControlPlane, spec: dict[str, Any], reason: str) -> None:
    """By the definition of its kind, before the operator sees it."""
    declared = of_kind(operator(), "CustomResourceDefinition")
    control_plane.apply(*declared)
    control_plane.kubectl("wait", "--for=condition=Established", "crd/mpijobs.kubeflow.org")
    job = {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": {"name": "wrong", "namespace": "default"},
        "spec": spec,
    }

    with pytest.raises(AssertionError, match=reason):
        control_plane.apply(job)


def generations(control_plane: ControlPlane, declared: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    """How often each object's specification has changed."""
    found = []
    for each in declared:
        where = f"--namespace={each['metadata'].get('namespace', 'default')}"  # ignored for what stands in none
        found.append(control_plane.get(each["kind"], each["metadata"]["name"], where))
    return [(each["kind"], each["metadata"].get("generation")) for each in found]
