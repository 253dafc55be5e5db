"""What a Lustre file system on FSx must carry, by what it was bought as."""

from components.storage.lustre_capacity import SCRATCH_2
from playbooks.findings import Bound, Threshold
from stacks.settings import Lustre

SCRATCH_MB_PER_SECOND_PER_TIB = 200
# Of what the disks are specified for, over both ends of a run, at which streams begin and end one by one. No measured
# fraction is public; the network and the servers' caches carry 2 to 5 times the disks' part.
FRACTION = 0.9
# What one node is trusted to move by the streams of the check. A file system that is specified for more than its nodes
# can be trusted with is no worse for being slower.
NODE_GB_PER_SECOND = 2.0


def specified_gb_per_second(made_as: Lustre) -> float:
    """What its disks carry for as long as one likes, GB/s (1e9 bytes); FSx states MB/s for each TiB."""
    rate = SCRATCH_MB_PER_SECOND_PER_TIB if made_as.deployment == SCRATCH_2 else made_as.throughput or 0
    return rate * made_as.capacity_gib / 1024 / 1000


def throughput(made_as: Lustre) -> Threshold:
    """GB/s that all nodes together must reach."""
    specified = specified_gb_per_second(made_as)
    source = f"{FRACTION:g} of {specified:.4g} GB/s, the disks of {made_as.capacity_gib} GiB of {made_as.deployment}"
    return Threshold(Bound.AT_LEAST, FRACTION * specified, source)


def can_fill(nodes: int, made_as: Lustre) -> bool:
    """Whether so many nodes can be trusted to reach what the file system is specified for."""
    return nodes * NODE_GB_PER_SECOND >= specified_gb_per_second(made_as)
