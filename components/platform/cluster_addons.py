"""What a cluster needs before it runs a training job: plugins that offer the devices, metrics, job kinds, a queue."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from components.catalogue.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from components.platform.chart_versions import CHARTS
from components.platform.mpi_operator import MpiOperator

INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type"  # every node has it, from the kubelet's first registration
# Taints that keep other pods off nodes with accelerators; both are the field's custom, by the resource's name.
NVIDIA_GPU, NEURON_DEVICE = "nvidia.com/gpu", "aws.amazon.com/neuron"
INSTALL_SECONDS = 900  # large images on every node of a large fleet; Helm's own 300 are few
QUEUED_KINDS = ("batch/job", "kubeflow.org/mpijob", "jobset.x-k8s.io/jobset")

Values = dict[str, Any]


class ClusterAddonsArgs(TypedDict):
    """What a cluster's add-ons are made from."""

    instance_types: Sequence[str]
    """The types of all nodes for jobs; plugins run on those that have the device and nowhere else."""

    queued_namespace: str
    """Where jobs run; Kueue holds back what is created there, and looks nowhere else."""


class ClusterAddons(pulumi.ComponentResource):
    """Device plugins, the exporter of GPU metrics, MPI Operator, JobSet and Kueue.

    NVIDIA's two stay out where no type has a GPU of theirs, and EFA's where no type has EFA.
    """

    def __init__(self, name: str, args: ClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:ClusterAddons", name, {}, opts)
        types = known_types(args["instance_types"])
        for addon, values in device_values(types).items():
            self._release(name, addon, values)
        operator = MpiOperator(f"{name}-mpi-operator", pulumi.ResourceOptions(parent=self))
        jobset = self._release(name, "jobset", {})
        # Kueue looks at its start which kinds of job exist.
        self._release(name, "kueue", kueue_values(args["queued_namespace"]), [operator, jobset])
        self.register_outputs({})

    def _release(
        self, name: str, addon: str, values: Values, after: Sequence[pulumi.Resource] = ()
    ) -> kubernetes.helm.v3.Release:
        chart = CHARTS[addon]
        return kubernetes.helm.v3.Release(
            f"{name}-{addon}",
            name=addon,
            chart=chart.chart,
            version=chart.version,
            repository_opts={"repo": chart.repository} if chart.repository else None,
            namespace=chart.namespace,
            create_namespace=True,
            values=values,
            atomic=True,  # what fails to come up is taken back, so that the next run starts clean
            timeout=INSTALL_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def known_types(names: Sequence[str]) -> list[InstanceType]:
    """The types, each once, sorted by name."""
    if not names:
        raise pulumi.InputPropertyError("instance_types", "there are no nodes for jobs; name at least one type")
    try:
        return [instance_type(name) for name in sorted(set(names))]
    except UnknownInstanceTypeError as error:
        raise pulumi.InputPropertyError("instance_types", str(error)) from None


def device_values(types: Sequence[InstanceType]) -> dict[str, Values]:
    """The charts that the nodes' devices call for, with their values."""
    gpu = [each.name for each in types if each.accelerator_manufacturer == "NVIDIA"]
    efa = [each.name for each in types if each.efa_interfaces]
    with_gpu = {"nvidia-device-plugin": nvidia_values(gpu), "dcgm-exporter": dcgm_values(gpu)} if gpu else {}
    return {**with_gpu, **({"efa-device-plugin": efa_values(efa)} if efa else {})}


def nvidia_values(types: Sequence[str]) -> Values:
    """NVIDIA's device plugin, by type of node: its own selector waits for labels of Node Feature Discovery."""
    return {"affinity": on(types), "tolerations": tolerations(), "mofedEnabled": False}


def dcgm_values(types: Sequence[str]) -> Values:
    """The exporter announces itself by annotation: a ServiceMonitor would need the Prometheus Operator's kinds."""
    return {
        "affinity": on(types),
        "tolerations": tolerations(),
        "serviceMonitor": {"enabled": False},
        "podAnnotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9400"},
    }


def efa_values(types: Sequence[str]) -> Values:
    """EFA's device plugin; the chart's own list of types is as old as the chart."""
    return {
        "supportedInstanceLabels": {"keys": [INSTANCE_TYPE_LABEL], "values": list(types)},
        "tolerations": tolerations(),
    }


def kueue_values(namespace: str) -> Values:
    """Kueue for one namespace: were it ill, its webhooks would hold back nothing elsewhere.

    In that namespace a job that names no queue waits, so that nothing passes by the queues.
    Source: Kueue's documentation, "Setup manageJobsWithoutQueueName", and the chart's default configuration.
    """
    configuration = {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        "metrics": {"bindAddress": ":8443"},
        "webhook": {"port": 9443},
        "leaderElection": {"leaderElect": True, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
        "clientConnection": {"qps": 300, "burst": 500},
        "manageJobsWithoutQueueName": True,
        "managedJobsNamespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "integrations": {"frameworks": list(QUEUED_KINDS)},
    }
    return {"managerConfig": {"controllerManagerConfigYaml": json.dumps(configuration, indent=2)}}


def on(types: Sequence[str]) -> Mapping[str, Any]:
    """The affinity that keeps a pod to nodes of these types."""
    expression = {"key": INSTANCE_TYPE_LABEL, "operator": "In", "values": list(types)}
    terms = [{"matchExpressions": [expression]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def tolerations() -> list[Mapping[str, str]]:
    """Of the taints on nodes with accelerators, whatever their value."""
    return [{"key": device, "operator": "Exists", "effect": "NoSchedule"} for device in (NVIDIA_GPU, NEURON_DEVICE)]
