"""How fast things can be at best: reading from Lustre, and an all-reduce over a fleet. Nothing that must fit."""

from collections.abc import Iterator, Sequence

from components.catalogue import collectives
from components.catalogue.collectives import BITS_A_BYTE, Collective
from playbooks.plan.cost import component
from playbooks.plan.graph import Graph, Resource
from playbooks.plan.instances import SECURITY_GROUP, Instances
from playbooks.plan.plan import Fit, Fits

FILE_SYSTEM = "aws:fsx/lustreFileSystem:LustreFileSystem"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SCRATCH_MB_PER_SECOND_PER_TIB = 200  # FSx for Lustre user guide, "Performance"
WITH_EFA = "reached by EFA"
WITHOUT_EFA = (
    "without EFA, so that one node reads 100 Gb/s at most"
    " (AWS, Amazon FSx for Lustre increases throughput to GPU instances by up to 12x, 2024-11-27)"
)


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
    """The smaller of what the fabric can carry and what one node reaches inside."""
    at_best, complete, why = collectives.ceiling(Collective.ALL_REDUCE, fleet.type, fleet.nodes)
    reason = f"the smaller of two: {', '.join(why)}" if len(why) > 1 else why[0]
    least = None if at_best is None else round(at_best, 1)
    fits = Fits.YES if complete else Fits.NOT_EVALUATED
    return Fit("all-reduce bus bandwidth, at best", fleet.name, None, least, "GB/s", fits, reason)
