"""What the parts of a node beside its GPUs must show: interfaces of the fabric, the memory they take, disks."""

from collections.abc import Callable

from components.catalogue.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from components.fleet.cloud_init import HUGE_PAGES
from playbooks.findings import Bound, Threshold

HUGE_PAGE_KIB = 2048
NO_EFA_ERRORS = Threshold(
    Bound.AT_MOST, 0, "EC2 user guide, Monitor an Elastic Fabric Adapter: each counts what went wrong"
)
HUGE_PAGES_MIB = Threshold(
    Bound.AT_LEAST,
    HUGE_PAGES * HUGE_PAGE_KIB // 1024,
    f"{HUGE_PAGES} pages of 2 MiB, which EFA's installer and EKS's images set aside on types with EFA",
)
NO_NAMES_LOST = Threshold(Bound.AT_MOST, 0, "the VPC's own resolver knows each of them")
MOUNTED = Threshold(Bound.AT_LEAST, 1, "fleets.<fleet>.lustre of the settings: every node mounts it at boot")


def efa_interfaces(instance_type_name: str) -> Threshold | None:
    """EFA interfaces that a node must show; None where the catalogue does not know the type."""
    return _of_type(instance_type_name, lambda kind: kind.efa_interfaces)


def local_disks(instance_type_name: str) -> Threshold | None:
    """Local NVMe disks that a node must show; None where the catalogue does not know the type."""
    return _of_type(instance_type_name, lambda kind: kind.disks if kind.disk_nvme else 0)


def locked_memory(memory_mib: int) -> Threshold:
    """MiB that a process must be allowed to lock: all that the node has is as good as no limit."""
    source = "the node's memory: NCCL and libfabric lock what the network reads and writes, and EFA's installer lifts"
    return Threshold(Bound.AT_LEAST, memory_mib, f"{source} the limit")


def _of_type(name: str, count: Callable[[InstanceType], int]) -> Threshold | None:
    try:
        kind = instance_type(name)
    except UnknownInstanceTypeError:
        return None
    return Threshold(Bound.AT_LEAST, count(kind), f"{name} in the catalogue of instance types")
