"""A machine as Kubernetes sees it: found by its instance, kept free of new pods, and emptied of those it has."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from playbooks.errors import RemedyError
from playbooks.nodes import Node
from playbooks.remedy.cluster_api import ClusterApi, ConflictError, Object
from playbooks.remedy.mark import Mark

NODES = "/api/v1/nodes"
TAINT = "ai-datacenter/unhealthy"  # its value is the check
RUN, SINCE, REASON = "ai-datacenter/run", "ai-datacenter/since", "ai-datacenter/reason"
MADE_UNSCHEDULABLE = "ai-datacenter/made-unschedulable"  # whether that was our doing, and is ours to take back
ANNOTATIONS = (RUN, SINCE, REASON, MADE_UNSCHEDULABLE)
MIRROR = "kubernetes.io/config.mirror"  # of a pod that the node's own kubelet keeps
ENDED = ("Succeeded", "Failed")
DRAIN_SECONDS = 900.0  # as long as EKS itself tries ("Managed node groups", EKS user guide)
POLL_SECONDS = 2.0

again_after_a_conflict = retry(
    retry=retry_if_exception_type(ConflictError), wait=wait_random(0.1, 0.5), stop=stop_after_attempt(10), reraise=True
)


def find(api: ClusterApi, node: Node) -> Object | None:
    """The Kubernetes node that is this instance; None where it never joined, or has gone.

    Its provider id is `aws:///<zone>/<instance id>` (cloud-provider-aws).
    """
    listed = api.get(NODES)["items"]
    return next((each for each in listed if _instance(each) == node.instance_id), None)


def _instance(found: Object) -> str:
    provider, _, identity = str(found["spec"].get("providerID", "")).rpartition("/")
    return identity if provider.startswith("aws://") else ""


@again_after_a_conflict
def cordon(api: ClusterApi, node: Node, why: Mark) -> bool:
    """Let no new pod come, and write down why; whether there is such a node."""
    found = find(api, node)
    if found:
        api.patch(_path(found), cordoning(found, why))
    return found is not None


@again_after_a_conflict
def close(api: ClusterApi, node: Node) -> None:
    """Let no new pod come to a node that is about to end; nobody will take that back."""
    found = find(api, node)
    if found:
        api.patch(_path(found), _change(found, {}, {"unschedulable": True}))


@again_after_a_conflict
def uncordon(api: ClusterApi, node: Node) -> bool:
    """Take back exactly what `cordon` has made; whether there is such a node."""
    found = find(api, node)
    if found:
        api.patch(_path(found), uncordoning(found))
    return found is not None


def cordoning(found: Object, why: Mark) -> Object:
    """The change that cordons a node; one that somebody else had cordoned already stays so afterwards."""
    spec, annotations = found["spec"], _annotations(found)
    ours = annotations.get(MADE_UNSCHEDULABLE, "false" if spec.get("unschedulable") else "true")
    told = {RUN: why.run, SINCE: why.since, REASON: why.reason, MADE_UNSCHEDULABLE: ours}
    taint = {"key": TAINT, "value": why.check, "effect": "NoSchedule"}
    return _change(found, told, {"unschedulable": True, "taints": [*_other_taints(found), taint]})


def uncordoning(found: Object) -> Object:
    """The change that takes ours away, and no other's."""
    ours = _annotations(found).get(MADE_UNSCHEDULABLE) == "true"
    freed = {"unschedulable": None} if ours else {}
    return _change(found, dict.fromkeys(ANNOTATIONS), {**freed, "taints": _other_taints(found)})


def _change(found: Object, annotations: Mapping[str, str | None], spec: Object) -> Object:
    """A merge replaces the whole list of taints, so it must be the newest that it was made from."""
    version = found["metadata"]["resourceVersion"]
    return {"metadata": {"resourceVersion": version, "annotations": annotations}, "spec": spec}


def _annotations(found: Object) -> Mapping[str, str]:
    return found["metadata"].get("annotations") or {}


def _other_taints(found: Object) -> list[Any]:
    return [taint for taint in found["spec"].get("taints") or () if taint["key"] != TAINT]


def _path(found: Object) -> str:
    return f"{NODES}/{found['metadata']['name']}"


def drain(api: ClusterApi, node: Node, tell: Callable[[str], object], *, seconds: float = DRAIN_SECONDS) -> None:
    """Ask every pod to go that can run elsewhere, as disruption budgets allow, and wait until all have gone.

    Raises:
        RemedyError: some have not gone in time; the node is cordoned, and runs.
    """
    found = find(api, node)
    if found is None:
        tell(f"{node.name} ({node.instance_id}) is no node of the cluster, so there is nothing to move.")
        return
    deadline, asked = time.monotonic() + seconds, set[str]()
    while pods := list(_pods(api, found)):
        if time.monotonic() > deadline:
            names = ", ".join(map(_named, pods))
            raise RemedyError(
                f"{node.name} is not empty after {seconds:.0f} s: {names} did not go. It is cordoned and runs on; end"
                " them, or look at their disruption budgets (`kubectl get pdb -A`), and run this again"
            )
        for pod in pods:
            if _named(pod) not in asked and api.evict(pod["metadata"]["namespace"], pod["metadata"]["name"]):
                asked.add(_named(pod))
                tell(f"{_named(pod)} leaves {node.name}")
        time.sleep(POLL_SECONDS)


def _pods(api: ClusterApi, found: Object) -> Iterator[Object]:
    """What must go first: neither what has ended, nor what belongs to the node itself."""
    listed = api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={found['metadata']['name']}")["items"]
    for pod in listed:
        owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or ()}
        stays = "DaemonSet" in owners or MIRROR in _annotations(pod)
        if not stays and pod["status"].get("phase") not in ENDED:
            yield pod


def _named(pod: Object) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
