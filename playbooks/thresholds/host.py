"""What the parts of a node beside its GPUs must show: interfaces of the fabric, the memory they take, disks."""

from collections.abc import Callable

from components.catalogue.huge_pages import PAGE_MIB
from components.catalogue.huge_pages import huge_pages as pages_of
from components.catalogue.instance_types import InstanceType, known
from playbooks.findings import Bound, Threshold

NO_EFA_ERRORS = Threshold(
    Bound.AT_MOST, 0, "EC2 user guide, Monitor an Elastic Fabric Adapter: each counts what went wrong"
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


def huge_pages(instance_type_name: str, cpus: int) -> Threshold:
    """MiB that a node must set aside in huge pages; `cpus` are the node's, where the catalogue does not know its type.

    EFA's package sizes them by core: below 94 vCPUs that is less than what cloud-init sets aside on fleets of our own.
    """
    kind = known(instance_type_name)
    vcpus = kind.vcpus if kind else cpus
    pages = pages_of(vcpus)
    source = f"{pages} pages of 2 MiB, which EFA's installer and EKS's images set aside on {vcpus} vCPUs"
    return Threshold(Bound.AT_LEAST, pages * PAGE_MIB, source)


def _of_type(name: str, count: Callable[[InstanceType], int]) -> Threshold | None:
    kind = known(name)
    return Threshold(Bound.AT_LEAST, count(kind), f"{name} in the catalogue of instance types") if kind else None
