"""How fast things can be at best: reading from Lustre, and an all-reduce over a fleet. Nothing that must fit."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from playbooks.plan.cost import component
from playbooks.plan.graph import Graph, Resource
from playbooks.plan.instances import SECURITY_GROUP, Instances
from playbooks.plan.plan import Fit, Fits

FILE_SYSTEM = "aws:fsx/lustreFileSystem:LustreFileSystem"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
BITS_A_BYTE = 8
SCRATCH_MB_PER_SECOND_PER_TIB = 200  # FSx for Lustre user guide, "Performance"
WITH_EFA = "reached by EFA"
WITHOUT_EFA = (
    "without EFA, so that one node reads 100 Gb/s at most"
    " (AWS, Amazon FSx for Lustre increases throughput to GPU instances by up to 12x, 2024-11-27)"
)


class Inside(NamedTuple):
    """What an all-reduce reaches inside one node: bus bandwidth in GB/s, and where the figure is from."""

    gb_per_second: float
    source: str


# By accelerator and how many of them a node has. Those of H100 and later are measured, with NVLink SHARP, which gets
# above NVLink's own rate in one direction.
INSIDE_A_NODE = {
    ("A100", 8): Inside(300, "NVIDIA A100 data sheet: NVLink, 600 GB/s both ways together"),
    ("H100", 8): Inside(480, "as measured on one p5.48xlarge"),
    ("H200", 8): Inside(480, "as measured on eight H200, with NVLink SHARP"),
    ("B200", 8): Inside(845.7, "as measured on eight B200, at 16 GiB"),
}


def ceilings(graph: Graph, instances: Sequence[Instances]) -> Iterator[Fit]:
    """What Lustre and the fabric can give at best, a row a file system and a row a fleet."""
    for resource in graph:
        if resource.type == FILE_SYSTEM:
            yield _lustre(resource, graph, instances)
    for each in instances:
        if each.type.accelerators and each.nodes * each.type.accelerators > 1:
            yield _all_reduce(each)


def _lustre(file_system: Resource, graph: Graph, instances: Sequence[Instances]) -> Fit:
    said = file_system.properties
    per_tib = said.get("perUnitStorageThroughput") or SCRATCH_MB_PER_SECOND_PER_TIB
    gb_per_second = said["storageCapacity"] / 1024 * per_tib / 1000
    why = [f"{said['storageCapacity']:,} GiB x {per_tib} MB/s a TiB from its disks"]
    groups = clients(file_system, graph)
    mounted = [each for each in instances if each.security_groups & groups]
    why += [_share(gb_per_second, each) for each in mounted] or ["no fleet mounts it"]
    why += [WITH_EFA if said.get("efaEnabled") else WITHOUT_EFA] if mounted else []
    name = component(file_system, graph)
    return Fit("Lustre throughput, at best", name, None, round(gb_per_second, 2), "GB/s", Fits.YES, "; ".join(why))


def clients(file_system: Resource, graph: Graph) -> frozenset[str]:
    """URNs of the security groups that a file system's own group lets in."""
    own = _groups(file_system, graph, "securityGroupIds")
    rules = [each for each in graph if each.type == INGRESS and _groups(each, graph, "securityGroupId") & own]
    return frozenset(urn for rule in rules for urn in _groups(rule, graph, "referencedSecurityGroupId")) - own


def _groups(resource: Resource, graph: Graph, key: str) -> frozenset[str]:
    urns = resource.property_dependencies.get(key, ())
    return frozenset(urn for urn in urns if urn in graph.by_urn and graph.by_urn[urn].type == SECURITY_GROUP)


def _share(gb_per_second: float, fleet: Instances) -> str:
    """How much of what a fleet could read comes, if nothing but its network cards bounds it."""
    rate = fleet.type.nic_gbit_per_second
    if rate is None:
        return f"how fast {fleet.name} could read is not known: AWS gives no number for {fleet.type.name}'s network"
    reads = fleet.nodes * rate / BITS_A_BYTE
    part = "all" if gb_per_second >= reads else f"{100 * gb_per_second / reads:.3g} %"
    return (
        f"{part} of what {fleet.title} of {fleet.name} could read if their network cards"
        f" alone bounded it ({reads:,.6g} GB/s, {rate:,.6g} Gb/s each)"
    )


def _all_reduce(fleet: Instances) -> Fit:
    """The smaller of what the fabric can carry and what one node reaches inside.

    With m nodes of k accelerators each, n = m k ranks and B the network rate of one accelerator, its network card
    carries 2 (m-1)/m of the k-th part of the message, so that bus bandwidth is B (n-1)/(m-1) at most.
    """
    what, unit, kind, nodes = "all-reduce bus bandwidth, at best", "GB/s", fleet.type, fleet.nodes
    why, known = [], []
    inside = INSIDE_A_NODE.get((kind.accelerator, kind.accelerators))
    if inside:
        known.append(inside.gb_per_second)
        why.append(f"inside one node {inside.gb_per_second:,.6g} ({inside.source})")
    elif kind.accelerators > 1:
        why.append(f"inside one node not known for {kind.accelerators} x {kind.accelerator}")
    rate = kind.nic_gbit_per_second_per_accelerator
    if nodes > 1 and rate is not None:
        ranks, each = nodes * kind.accelerators, rate / BITS_A_BYTE
        known.append(each * (ranks - 1) / (nodes - 1))
        why.append(
            f"over the fabric {known[-1]:,.4g}, = {each:,.4g} for each of {ranks} ranks x {ranks - 1}/{nodes - 1}"
        )
    elif nodes > 1:
        why.append(f"over the fabric not known: AWS gives no number for {kind.name}'s network")
    least = round(min(known), 1) if known else None
    complete = len(known) == (kind.accelerators > 1) + (nodes > 1)
    reason = f"the smaller of two: {', '.join(why)}" if len(why) > 1 else why[0]
    return Fit(what, fleet.name, None, least, unit, Fits.YES if complete else Fits.NOT_EVALUATED, reason)
