"""Whether each node shows the GPUs that its instance type has: as many, of that model, with that memory."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.catalogue.instance_types import known
from playbooks import thresholds
from playbooks.checks.check import Ask
from playbooks.checks.node import nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words
from playbooks.checks.node.nvidia_smi import Row
from playbooks.findings import Figure, Finding, Part, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import gpu_health

NAME = "gpus"
QUERY = nvidia_smi.query("name", "serial", "memory.total", "pci.bus_id")
_SEE_GPUS = "See `nvidia-smi` and the kernel log (`dmesg | grep Xid`) on the node; stop and start it, or replace it."
_SEE_DRIVER = "Run `nvidia-smi` on the node: install the driver, or reboot or replace the node where it hangs."


def no_gpus(ask: Ask, node: Node) -> str:
    """Why nothing is asked of a node's GPUs; empty where it has some, or where nobody knows."""
    if ask.stand_in:
        return "the sandbox's nodes are processes of one machine and have no GPUs of their own"
    limit = thresholds.gpus(node.instance_type)
    return f"{node.instance_type} has no GPUs" if limit and limit.value == 0 else ""


def part(row: Row) -> Part:
    """A GPU as its maker knows it."""
    return Part(row.name, row.told("name") or "", row.told("serial") or "", row.values["uuid"])


def unlike(node: Node, row: Row) -> str:
    """What is not as the catalogue says of the node's type; empty where all is, or where it does not know the type.

    Raises:
        UnreadableValueError: the memory is no number.
    """
    wanted, memory = known(node.instance_type), row.number("memory.total")
    if wanted is None:
        return ""
    if not _words(wanted.accelerator) <= _words(row.values["name"]):  # `RTX PRO Server 6000` has them in another order
        return f"{row.name} is a {row.values['name']}, and {wanted.name} has {wanted.accelerator}"
    most = wanted.accelerator_memory_mib
    if memory is not None and abs(memory - most) > gpu_health.MEMORY_TOLERANCE * most:
        return f"{row.name} has {memory} MiB, and those of {wanted.name} have {most} MiB"
    return ""


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", name.lower()))


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"gpus": QUERY}


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return [_finding(each.node, each.outputs["gpus"]) for each in examined]


def _finding(node: Node, output: Output) -> Finding:
    table, evidence = nvidia_smi.read(QUERY, output.stdout), per_gpu.evidence({"gpus": QUERY}, {"gpus": output})
    try:
        wrong = [said for row in table.rows if (said := unlike(node, row))]
        unread = [f"the line {line!r} cannot be read" for line in table.garbled]
    except nvidia_smi.UnreadableValueError as error:
        wrong, unread = [], [str(error)]
    if output.status is None:
        unread = [f"nvidia-smi gave no answer: {output.wrong}"]
    if unread:
        reason = f"the GPUs are not counted, for {unread[0]}"
        return Finding(NAME, (node.name,), Verdict.ERROR, reason, action=_SEE_DRIVER, evidence=evidence)
    found = _counted(node, len(table.rows) - len(wrong), [*wrong, *table.lost, *output.wrong.splitlines()[:1]])
    return replace(found, parts=tuple(map(part, table.rows)), evidence=evidence)


def _counted(node: Node, count: int, said: Sequence[str]) -> Finding:
    threshold, figure = thresholds.gpus(node.instance_type), Figure("GPUs", count, "")
    verdict = judge(figure, threshold)
    wanted = "an unknown number of" if threshold is None else f"{threshold.value:g}"
    reason = "; ".join([f"the node shows {count} of {wanted} GPUs", *said])
    action = "" if verdict is Verdict.PASS else _SEE_GPUS
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action)


CHECK = NodeCheck(NAME, "The GPUs that were ordered are there", _judge, _commands, no_gpus)
