"""The cluster: its version, who reaches it, the fleets that belong to it, and the addresses of its pods."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import NamedTuple

from components.catalogue.instance_types import instance_type
from components.cluster.kubernetes_versions import FEWEST_ZONES, NEWEST, unsupported
from components.cluster.node_images import image_type
from components.cluster.pod_addresses import SYSTEM_PODS, pod_addresses
from components.network.address_plan import Claim
from stacks.rules.rule import Refusal, Rule, too_long
from stacks.settings import AccessPolicy

CONTROL_PLANE_ADDRESSES = 16  # of each subnet (EKS user guide, "Amazon EKS networking requirements": 6, better 16)
LONGEST_ROLE, LONGEST_OF_THE_ROLES = (
    64,
    "cluster-control-plane",
)  # IAM CreateRole; components.cluster.cluster. A fleet's role
# bounds its name more tightly (stacks.rules.fleets) than EKS does with the 63 characters of a node group's.
FOR_INSTANCES_ONLY = (
    *("without", "keyName", "imageParameter", "localDisks", "buckets"),
    *("detailedMonitoring", "stopProtection", "terminationProtection"),
)


def version_supported(version: str | None) -> Refusal | None:
    """A version that AWS supports at no extra charge, and whose add-ons are pinned."""
    reason = unsupported(version) if version else ""
    return Refusal(reason, f'Write a newer one, such as "{NEWEST}".') if reason else None


def of_the_version(image: str | None, version: str | None) -> Refusal | None:
    """Nodes run the cluster's version of Kubernetes, which an image's release begins with."""
    if image is None or version is None or unsupported(version) or image.startswith(f"{version}."):
        return None
    return Refusal(f"{image} is not of Kubernetes {version}", f"Write a release that begins with {version}.")


def somebody_manages(
    cluster: object, policies: Mapping[str, str], namespaces: Mapping[str, Sequence[str]]
) -> Refusal | None:
    """Whoever creates a cluster has no rights in it by that, so somebody must be given all of them."""
    administers = AccessPolicy.CLUSTER_ADMIN
    if cluster is None or any(policy == administers and not namespaces[who] for who, policy in policies.items()):
        return None
    return Refusal("nobody could manage the cluster", f"Give one principal `policy: {administers}`, in all namespaces.")


def not_for_everybody(cidr: str) -> Refusal | None:
    """The public endpoint is for networks that one can name."""
    if not cidr.endswith("/0"):
        return None
    return Refusal(f"{cidr} is the whole internet", "Write your own networks, or remove it: the VPC reaches it anyway.")


def zones_suffice(cluster: object, zones: Sequence[str]) -> Refusal | None:
    """EKS puts a control plane into two zones at least."""
    if cluster is None or len(zones) >= FEWEST_ZONES:
        return None
    return Refusal("a cluster needs subnets in two zones at least", "Append a zone to it, or remove `cluster`.")


def without_accelerators(name: str | None) -> Refusal | None:
    """The system nodes are for everybody: accelerators would be kept free of all that must run."""
    if name is None or not instance_type(name).accelerator:
        return None
    return Refusal(f"{name} has accelerators, which the cluster's own software can't use", "Write m7i.xlarge.")


def cluster_is_declared(belongs: bool, cluster: object) -> Refusal | None:
    """A fleet of the cluster needs one."""
    if not belongs or cluster is not None:
        return None
    return Refusal("there is no cluster", "Add the key `cluster`, or remove it here.")


def image_suits(image: str, belongs: bool, version: str | None) -> Refusal | None:
    """Instances start from an image of one's own, nodes of a cluster from EKS's."""
    if not belongs:
        remedy = "Write `ami-…`; `aidc image` shows the newest. With `cluster: true` a release is right."
        return None if image.startswith("ami-") else Refusal(f"{image} is a release of EKS's images", remedy)
    if image.startswith("ami-"):
        remedy = f"Write a release of EKS's images for it, such as {version or NEWEST}.3-20260911."
        return Refusal("the nodes of a cluster start from EKS's own image", remedy)
    return of_the_version(image, version)


def eks_has_image(name: str, belongs: bool) -> Refusal | None:
    """EKS has images for NVIDIA's and AWS's own accelerators."""
    try:
        image_type(instance_type(name))
    except LookupError as error:
        return Refusal(str(error), "Write another type, or remove `cluster: true`.") if belongs else None
    return None


def says_nothing(value: object, belongs: bool) -> Refusal | None:
    """What only numbered instances have is not silently left out."""
    if not belongs or not value:
        return None
    return Refusal("the nodes of a cluster have no such thing", "Remove it, or remove `cluster: true`.")


def role_names_fit(environment: str, cluster: object) -> Refusal | None:
    """IAM's bound, for the longest of the cluster's roles."""
    return too_long(f"{environment}-{LONGEST_OF_THE_ROLES}", LONGEST_ROLE, "an IAM role") if cluster else None


class ClusterNodes(NamedTuple):
    """What the addresses of pods depend on: nodes by fleet, at most, and the zone of each that is the cluster's."""

    nodes: Mapping[str, int]
    zone_of: Mapping[str, str]
    pods_per_node: int
    system_nodes: int
    zones: Sequence[str]

    def claims(self) -> list[Claim]:
        """Addresses that pods, system nodes and the control plane take of the private subnets."""
        pods = [
            Claim(f"pods of fleets.{fleet}", zone, pod_addresses(self.nodes[fleet], self.pods_per_node))
            for fleet, zone in self.zone_of.items()
        ]
        here = ceil(self.system_nodes / len(self.zones))
        system = here + pod_addresses(here, SYSTEM_PODS) + CONTROL_PLANE_ADDRESSES
        return [*pods, *(Claim("cluster", zone, system) for zone in self.zones)]


RULES = (
    Rule("cluster.version", ("cluster.version",), version_supported),
    Rule("cluster.image", ("cluster.image", "cluster.version"), of_the_version),
    Rule("cluster.access", ("cluster", "cluster.access.**.policy", "cluster.access.**.namespaces"), somebody_manages),
    Rule("cluster.publicCidrs.*", ("cluster.publicCidrs.*",), not_for_everybody),
    Rule("cluster.systemNodes.instanceType", ("cluster.systemNodes.instanceType",), without_accelerators),
    Rule("network.zones", ("cluster", "network.zones"), zones_suffice),
    Rule("name", ("name", "cluster"), role_names_fit),
    Rule("fleets.*.cluster", ("fleets.*.cluster", "cluster"), cluster_is_declared),
    Rule("fleets.*.image", ("fleets.*.image", "fleets.*.cluster", "cluster.version"), image_suits),
    Rule("fleets.*.instanceType", ("fleets.*.instanceType", "fleets.*.cluster"), eks_has_image),
    *(Rule(f"fleets.*.{key}", (f"fleets.*.{key}", "fleets.*.cluster"), says_nothing) for key in FOR_INSTANCES_ONLY),
)
