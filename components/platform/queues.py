"""Queues: a job names its fleet's queue, and starts when the whole of it fits what the fleet has free."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from components.catalogue.huge_pages import PAGE_MIB, huge_pages
from components.catalogue.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from components.platform.cluster_addons import NEURON_DEVICE, NVIDIA_GPU, tolerations

KUEUE = "kueue.x-k8s.io/v1beta2"
EFA_DEVICE = "vpc.amazonaws.com/efa"
DEVICE_OF = {"NVIDIA": NVIDIA_GPU, "AWS": NEURON_DEVICE}


class QueueArgs(TypedDict):
    """The fleet behind one queue."""

    instance_type: str
    """The type of its nodes."""

    nodes: int
    """How many they are."""

    node_labels: Mapping[str, str]
    """Labels that its nodes have, and no others."""


class QueuesArgs(TypedDict):
    """What the queues are made from."""

    namespace: str
    """The namespace for jobs; it is made here."""

    fleets: Mapping[str, QueueArgs]
    """The fleets, by the names that their queues get."""


class Queues(pulumi.ComponentResource):
    """A queue a fleet, all in one namespace: `kueue.x-k8s.io/queue-name: <fleet>` on a job puts it into one.

    Kueue adds the node selector and the tolerations of the fleet, so a job says neither.
    """

    def __init__(self, name: str, args: QueuesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Queues", name, {}, opts)
        refuse_mistakes(args)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata={"name": args["namespace"]}, opts=pulumi.ResourceOptions(parent=self)
        )
        for fleet, queue in args["fleets"].items():
            self._queue(f"{name}-{fleet}", fleet, queue, namespace, args["namespace"])
        self.register_outputs({})

    def _queue(
        self, name: str, fleet: str, args: QueueArgs, namespace: kubernetes.core.v1.Namespace, namespace_name: str
    ) -> None:
        """Each needs the one before it, also when they go: Kueue keeps a flavor that a queue still names."""
        flavor = self._object(f"{name}-flavor", "ResourceFlavor", {"name": fleet}, flavor_spec(args))
        cluster_queue = self._object(
            f"{name}-cluster-queue",
            "ClusterQueue",
            {"name": fleet},
            cluster_queue_spec(fleet, args, namespace_name),
            [flavor],
        )
        self._object(
            f"{name}-local-queue",
            "LocalQueue",
            {"name": fleet, "namespace": namespace_name},
            {"clusterQueue": fleet},
            [cluster_queue, namespace],
        )

    def _object(
        self,
        name: str,
        kind: str,
        metadata: kubernetes.meta.v1.ObjectMetaArgsDict,
        spec: Mapping[str, Any],
        after: list[pulumi.Resource] | None = None,
    ) -> pulumi.Resource:
        options = pulumi.ResourceOptions(parent=self, depends_on=after)
        return kubernetes.apiextensions.CustomResource(
            name, api_version=KUEUE, kind=kind, metadata=metadata, spec=spec, opts=options
        )


def refuse_mistakes(args: QueuesArgs) -> None:
    """Refuse what would give a queue that admits nothing, or everything."""
    for fleet, queue in args["fleets"].items():
        where = f"fleets.{fleet}"
        try:
            instance_type(queue["instance_type"])
        except UnknownInstanceTypeError as error:
            raise pulumi.InputPropertyError(f"{where}.instance_type", str(error)) from None
        if queue["nodes"] < 1:
            raise pulumi.InputPropertyError(f"{where}.nodes", f"a fleet has at least one node, not {queue['nodes']}")
        if not queue["node_labels"]:
            reason = "no label tells the fleet's nodes from others; name one that only they have"
            raise pulumi.InputPropertyError(f"{where}.node_labels", reason)


def flavor_spec(args: QueueArgs) -> dict[str, Any]:
    """Which nodes the queue's jobs go to, and what they tolerate there."""
    tolerated = tolerations() if instance_type(args["instance_type"]).accelerators else []
    return {"nodeLabels": dict(args["node_labels"]), **({"tolerations": tolerated} if tolerated else {})}


def cluster_queue_spec(fleet: str, args: QueueArgs, namespace: str) -> dict[str, Any]:
    """What the fleet has in all, for jobs of one namespace."""
    has = quota(instance_type(args["instance_type"]), args["nodes"])
    resources = [{"name": resource, "nominalQuota": amount} for resource, amount in has.items()]
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "resourceGroups": [{"coveredResources": list(has), "flavors": [{"name": fleet, "resources": resources}]}],
    }


def quota(kind: InstanceType, nodes: int) -> dict[str, str]:
    """What so many nodes have of each resource that a job may ask for.

    Accelerators and EFA interfaces are exact, and bound what starts. Of CPUs and memory the kubelet keeps a part for
    itself, so a job that asks for every last one is admitted and then waits for a node.
    """
    huge_mib = huge_pages(kind.vcpus) * PAGE_MIB if kind.efa_interfaces else 0
    amounts = {
        "cpu": (kind.vcpus, ""),
        "memory": (kind.memory_mib, "Mi"),
        DEVICE_OF.get(kind.accelerator_manufacturer, ""): (kind.accelerators, ""),
        EFA_DEVICE: (kind.efa_interfaces, ""),
        "hugepages-2Mi": (huge_mib, "Mi"),
    }
    return {resource: f"{each * nodes}{unit}" for resource, (each, unit) in amounts.items() if each}
