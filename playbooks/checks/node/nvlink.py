"""Whether every NVLink of every GPU is up at its full rate, and the GPUs have joined the fabric that connects them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components.catalogue.instance_types import known
from playbooks import thresholds
from playbooks.checks.check import Ask
from playbooks.checks.node import gpus, nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words
from playbooks.checks.node.nvidia_smi import Row
from playbooks.checks.node.per_gpu import Seen
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.thresholds import gpu_health

NAME = "nvlink"
LINKS: Words = ("nvidia-smi", "nvlink", "--status")
FABRIC = nvidia_smi.query("serial", "fabric.state", "fabric.status")  # drivers from 535; N/A before Hopper
COMMANDS: Mapping[str, Words] = {"links": LINKS, "fabric": FABRIC}
GPU = re.compile(r"GPU (\d+): .+ \(UUID: [^)]+\)")
LINK = re.compile(r"Link (\d+): (?:(\d+(?:\.\d+)?) GB/s|<inactive>)")
NO_LINKS = re.compile(r"NVML: Unable to retrieve NVLink information as all links are inActive", re.IGNORECASE)
FABRIC_STATUS = re.compile(r"[A-Za-z ]+")
_TERMS = per_gpu.Terms(
    NAME,
    "NVLink faults",
    gpu_health.NO_NVLINK_FAULTS,
    "See `systemctl status nvidia-fabricmanager` and `dmesg | grep -e Xid -e NVSwitch` on the node; stop and start it,"
    " or replace it.",
)


class Status(NamedTuple):
    """Rates in GB/s of the links that are up, by GPU, and the lines that could not be read."""

    rates: Mapping[str, tuple[float, ...]]
    garbled: tuple[str, ...]


def parse(text: str) -> Status:
    """What `nvidia-smi nvlink --status` printed; a GPU of which no link is up lists none.

    A GPU or a link that comes twice is no line of nvidia-smi's.
    """
    links: dict[str, dict[str, float | None]] = {}
    garbled: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if (found := GPU.fullmatch(line)) and f"GPU {found[1]}" not in links:
            links[f"GPU {found[1]}"] = {}
        elif (found := LINK.fullmatch(line)) and links and found[1] not in links[[*links][-1]]:
            links[[*links][-1]][found[1]] = float(found[2]) if found[2] else None
        elif not NO_LINKS.fullmatch(line):
            garbled.append(line)
    rates = {gpu: tuple(rate for rate in each.values() if rate is not None) for gpu, each in links.items()}
    return Status(rates, tuple(garbled))


def no_nvlinks(ask: Ask, node: Node) -> str:
    """Why a node has no NVLinks to look at; empty where it has some, or where nobody knows."""
    if without := gpus.no_gpus(ask, node):
        return without
    is_known = known(node.instance_type) is not None
    return f"{node.instance_type} has no NVLinks" if is_known and not gpu_health.nvlinks(node.instance_type) else ""


def links(node: Node, output: Output, full: float) -> Seen:
    """What is wrong with a node's links, `full` GB/s being what they reach on GPUs of this type."""
    if output.status is None:
        return Seen(unread=(f"nvidia-smi gave no answer: {output.wrong}",))
    rates, garbled = parse(output.stdout)
    unread = [f"the line {line!r} cannot be read" for line in garbled]
    threshold, wanted = thresholds.gpus(node.instance_type), gpu_health.nvlinks(node.instance_type)
    if not rates or (threshold and len(rates) < threshold.value):
        said = f": {output.wrong.splitlines()[0]}" if output.wrong else ""
        unread.append(f"nvidia-smi tells of the NVLinks of {len(rates)} GPUs{said}")
    most = 0 if garbled else wanted or max(map(len, rates.values()), default=0)  # the line may have been the link's
    faults = [said for gpu, found in rates.items() if (said := _fault(gpu, found, most, full))]
    doubts = () if wanted else (f"nobody knows how many NVLinks a GPU of {node.instance_type} has",)
    return Seen(tuple(faults), tuple(unread), doubts)


def _fault(gpu: str, rates: tuple[float, ...], wanted: int, full: float) -> str:
    slow = [rate for rate in rates if rate < full]
    if slow:
        return f"{len(slow)} NVLinks of {gpu} run below {full:g} GB/s, the slowest at {min(slow):g}"
    return f"{gpu} has {len(rates)} of {wanted} NVLinks up" if len(rates) < wanted else ""


def fabric(row: Row) -> Seen:
    """Whether a GPU has joined the fabric of NVSwitches.

    Raises:
        UnreadableValueError: it cannot be read.
    """
    joined = row.flag("fabric.state", ("Completed",), ("Not Started", "In Progress", "Not Supported"))
    status = row.told("fabric.status")
    if joined is False:
        return Seen((f"{row.name} has not joined the fabric: {row.values['fabric.state']}",))
    if status is not None and not FABRIC_STATUS.fullmatch(status):
        raise nvidia_smi.UnreadableValueError(f"fabric.status cannot be read in the line {row.line!r}")
    return Seen() if status in (None, "Success") else Seen((f"{row.name} could not join the fabric: {status}",))


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return COMMANDS


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    full: dict[str, float] = {}  # the rate of the fastest link on any node of a type
    for each in examined:
        rates = parse(each.outputs["links"].stdout).rates.values()
        fastest = max((rate for links in rates for rate in links), default=0.0)
        full[each.node.instance_type] = max(full.get(each.node.instance_type, 0.0), fastest)
    return [_finding(each, full[each.node.instance_type]) for each in examined]


def _finding(examined: Examined, full: float) -> Finding:
    node, outputs = examined.node, examined.outputs
    told = outputs["fabric"]
    seen = links(node, outputs["links"], full)
    if nvidia_smi.REFUSED not in told.stdout + told.wrong:
        seen = per_gpu.together(seen, per_gpu.see(node, FABRIC, told, fabric))
    sound = f"every GPU has all of its {gpu_health.nvlinks(node.instance_type)} NVLinks up at {full:g} GB/s"
    return per_gpu.finding(_TERMS, node, seen, sound, per_gpu.evidence(COMMANDS, outputs))


CHECK = NodeCheck(NAME, "The GPUs' NVLinks are up", _judge, _commands, no_nvlinks)
