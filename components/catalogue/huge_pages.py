"""How many huge pages a node has for what its EFA interfaces read and write."""

PAGE_MIB = 2
# What EFA's provider takes for its buffers on the largest types, and what cloud-init sets aside on fleets of our own
# (EKS user guide, "Run machine learning training on Amazon EKS with Elastic Fabric Adapter").
MOST = 5128
CORE_MIB = 110  # that EFA's own package sets aside for each vCPU (awslabs/libfabric-ci-scripts, efa-check.sh)


def huge_pages(vcpus: int) -> int:
    """Pages of 2 MiB that EFA's installer and EKS's images set aside on a node with so many vCPUs, at least."""
    return min(MOST, vcpus * CORE_MIB // PAGE_MIB + 1)
