"""Whether the bytes between nodes went over EFA: NCCL's own log says so, and the interfaces have counted them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components.catalogue.instance_types import InstanceType
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict, judge
from playbooks.thresholds import fabric

NAME = "transport"
TITLE = "The bytes between nodes go over EFA"
# Instance types whose GPUs' memory EFA reads and writes itself (Amazon EC2 user guide, "Elastic Fabric Adapter for
# AI/ML and HPC workloads", GPUDirect RDMA), by their accelerators; NCCL logs no GDRDMA on others, such as G5 and G6.
GPU_DIRECT = ("A100", "H100", "H200", "B200", "B300")
NO_PLUGIN = re.compile(r"^NET/Plugin ?: (?:.*No plugin found|Could not find)", re.IGNORECASE)
PROVIDER = re.compile(r"Selected provider is (\S+?),? .*?\(found (\d+) nics\)", re.IGNORECASE)
OVER_TCP = re.compile(r"^(using network socket\b|via net/socket)", re.IGNORECASE)
CHANNEL = re.compile(r"^via NET/(?P<net>.+?)/\d+(?P<how>/.*)?$", re.IGNORECASE)
OF_PAYLOAD = 0.5  # less than half of what must have been sent is not the collectives' traffic
_SEE_EFA = (
    "See `fi_info -p efa` on the node, that the image has the EFA installer's aws-ofi-nccl on LD_LIBRARY_PATH, and that"
    " containers are given all EFA devices; the log's own lines are in the evidence."
)


class Told(NamedTuple):
    """What one node's part of the collectives tells of its transport.

    Attributes:
        lines: of NCCL's log, as `payload/nccl_log.py` keeps them, each once.
        sent_bytes: by how much its EFA interfaces' counters grew meanwhile; None where it has none.
        least_bytes: what the collectives must have sent from the node at the least.
    """

    lines: Sequence[str]
    sent_bytes: int | None
    least_bytes: float


def skipped(nodes: tuple[str, ...], reason: str) -> Finding:
    """Nothing to prove here."""
    return Finding(NAME, nodes, Verdict.SKIPPED, reason)


def findings(told: Mapping[str, Told], kind: InstanceType, *, in_cluster: bool) -> list[Finding]:
    """A finding each for what NCCL chose and for what the interfaces counted, naming the nodes where it is wrong.

    A cluster's nodes have no aws-ofi-nccl, which its pods bring: where NCCL found none on them, nothing is proven.
    """
    if in_cluster and all(without_plugin(each.lines) for each in told.values()):
        return [_not_on_hosts(told)]
    return [_chosen(told, kind), _counted(told)]


def gpu_direct(kind: InstanceType) -> bool:
    """Whether NCCL must say GDRDMA of every channel; p5.4xlarge need not (aws-ofi-nccl, src/platform-aws.cpp)."""
    return kind.accelerator in GPU_DIRECT and kind.accelerators > 1


def without_plugin(lines: Sequence[str]) -> bool:
    """Whether NCCL spoke TCP on a node because it found no plugin there, and for nothing else."""
    channels = [match["net"] for line in lines if (match := CHANNEL.search(line))]
    loaded = any(PROVIDER.search(line) for line in lines)
    found_none = any(NO_PLUGIN.search(line) for line in lines)
    return found_none and not loaded and bool(channels) and set(channels) == {"Socket"}


def faults(lines: Sequence[str], wanted_cards: float, *, gpu_direct: bool) -> list[str]:
    """What in a node's log does not prove that all went over EFA; none where it does."""
    providers = [(match[1], int(match[2])) for line in lines if (match := PROVIDER.search(line))]
    channels = [match for line in lines if (match := CHANNEL.search(line))]
    found = [f"NCCL speaks TCP: {line}" for line in lines if OVER_TCP.search(line)]
    found += [f"libfabric's provider is {name}, not efa" for name, _ in providers if name != "efa"]
    found += [f"NCCL found {cards} of {wanted_cards:g} network cards" for _, cards in providers if cards < wanted_cards]
    found += [f"not over libfabric: {match[0]}" for match in channels if not match["net"].endswith("Libfabric")]
    if gpu_direct:
        found += [f"not by GPUDirect RDMA: {match[0]}" for match in channels if "GDRDMA" not in (match["how"] or "")]
    if not providers:
        found.append("the log names no libfabric provider")
    if not channels:
        found.append("the log shows no channel to another node")
    return list(dict.fromkeys(found))


def _not_on_hosts(told: Mapping[str, Told]) -> Finding:
    reason = "a cluster's pods bring aws-ofi-nccl, and its nodes have none: here NCCL spoke TCP, whatever EFA can do"
    evidence = {"transport": "\n".join(next(iter(told.values())).lines)}
    return Finding(NAME, tuple(told), Verdict.SKIPPED, reason, evidence=evidence)


def _chosen(told: Mapping[str, Told], kind: InstanceType) -> Finding:
    cards, direct = fabric.network_cards(kind.name), gpu_direct(kind)
    wanted = cards.value if cards else 1
    wrong = {node: found for node, each in told.items() if (found := faults(each.lines, wanted, gpu_direct=direct))}
    threshold = Threshold(Bound.AT_MOST, 0, f"NCCL's log must name provider efa with {wanted:g} network cards")
    figure = Figure("nodes not proven to use EFA", len(wrong), "")
    verdict = judge(figure, threshold)
    if verdict is Verdict.PASS:
        reason = f"NCCL speaks to other nodes over EFA alone, with {wanted:g} network cards on every node"
        evidence = {"transport": "\n".join(next(iter(told.values())).lines)}
        return Finding(NAME, tuple(told), verdict, reason, figure, threshold, evidence=evidence)
    first = next(iter(wrong.values()))[0]
    evidence = {node: "\n".join([*found, "", *told[node].lines]) for node, found in wrong.items()}
    return Finding(
        NAME, tuple(wrong), verdict, f"not all went over EFA: {first}", figure, threshold, _SEE_EFA, evidence=evidence
    )


def _counted(told: Mapping[str, Told]) -> Finding:
    blind = tuple(node for node, each in told.items() if each.sent_bytes is None)
    if blind:
        return Finding(
            NAME,
            blind,
            Verdict.ERROR,
            "the EFA interfaces' counters cannot be read, so what they sent is not known",
            action="See /sys/class/infiniband/*/ports/*/hw_counters/tx_bytes on the node: is the EFA driver loaded?",
        )
    parts = {node: (each.sent_bytes or 0) / each.least_bytes for node, each in told.items()}
    threshold = Threshold(Bound.AT_LEAST, OF_PAYLOAD, "what the collectives must send from each node at the least")
    low = tuple(node for node, part in parts.items() if not threshold.holds(part))
    figure = Figure("bytes sent over EFA, of what must be", min(parts.values()), "")
    evidence = {
        node: f"{told[node].sent_bytes} B sent, at least {told[node].least_bytes:.0f} B had to be" for node in parts
    }
    if low:
        reason = "the EFA interfaces of these nodes did not carry the collectives' bytes"
        return Finding(NAME, low, Verdict.FAIL, reason, figure, threshold, _SEE_EFA, evidence=evidence)
    reason = "the EFA interfaces counted what the collectives sent"
    return Finding(NAME, tuple(told), Verdict.PASS, reason, figure, threshold, evidence=evidence)
