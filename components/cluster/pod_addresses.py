"""How many addresses of a subnet the pods of a cluster take: pure arithmetic on prefixes."""

from math import ceil

PREFIX_ADDRESSES = (
    16  # the VPC CNI takes addresses for pods in blocks of /28 (EKS user guide, "Assign more IP addresses")
)
WARM_PREFIXES = 1  # kept free on every node, so that the next pod needn't wait for EC2
SYSTEM_PODS = 110  # at most, on a node of the system group: Kubernetes' own bound for small nodes


def prefixes(pods: int) -> int:
    """How many /28 prefixes a node holds when that many pods run on it."""
    return ceil(pods / PREFIX_ADDRESSES) + WARM_PREFIXES


def pod_addresses(nodes: int, pods_per_node: int) -> int:
    """Addresses that the pods of so many nodes take of their subnet, beside the one that each node has itself.

    Prefixes are aligned blocks, so that a subnet that is nearly full may have the addresses and yet no prefix.
    """
    return nodes * prefixes(pods_per_node) * PREFIX_ADDRESSES
