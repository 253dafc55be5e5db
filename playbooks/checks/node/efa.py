"""Whether a node shows every EFA interface of its type: libfabric by the provider that NCCL will use, or the kernel."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from playbooks.checks import answer
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.node.check import UNKNOWN_TYPE, Examined, NodeCheck, Output, Words, one_each, printed
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host

NAME = "efa"
PROVIDER, ENDPOINT = "efa", "FI_EP_RDM"
FI_INFO: Words = ("fi_info", "-p", PROVIDER, "-t", ENDPOINT)
NONE_FOUND = "No data available"  # fi_info of a node on which no interface answers
LINE = re.compile(r"\s*([a-z]+): ([\x21-\x7e]+)")
DRIVER = "/sys/class/infiniband/*/device/driver"  # what `payload/efa_counters.py` knows an interface by
FIELDS = ("provider", "fabric", "domain", "version", "type", "protocol")  # in the order of libfabric's util/info.c
_ACTION = (
    "See `lspci | grep EFA` and `dmesg | grep efa` on the node, and that it was launched with all its EFA interfaces;"
    " stop and start it for other hardware, or replace it."
)
_SEE_LIBFABRIC = (
    "Run `fi_info -p efa -t FI_EP_RDM` on the node; EFA's installer puts it into /opt/amazon/efa/bin. Where it is not"
    " installed, see `ls -l /sys/class/infiniband/*/device/driver`."
)


class Interface(NamedTuple):
    """One way into the fabric, as fi_info tells it; an interface shows once for each of its fabrics."""

    provider: str
    fabric: str
    domain: str
    version: str
    type: str
    protocol: str


class Kept(answer.Answer):
    """What `payload/efa_counters.py --keep` answers: the names of the interfaces whose driver is `efa`."""

    interfaces: tuple[str, ...]


class Shown(NamedTuple):
    """The interfaces that a node shows: who shows them, their names, and what proves it."""

    who: str
    names: Sequence[str]
    evidence: Mapping[str, str]


def parse(text: str) -> list[Interface]:
    """The blocks of fi_info.

    Raises:
        UnreadableAnswerError: a line is none of fi_info's, or a block is not whole.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    read = [_field(line) for line in lines]
    if len(read) % len(FIELDS):
        raise UnreadableAnswerError(f"fi_info's answer is cut: its last line is {lines[-1]!r}")
    blocks = [read[start : start + len(FIELDS)] for start in range(0, len(read), len(FIELDS))]
    for block in blocks:
        if tuple(name for name, _ in block) != FIELDS:
            raise UnreadableAnswerError(f"fi_info's answer is not in its order: {block!r}")
    return [Interface(*(value for _, value in block)) for block in blocks]


def _field(line: str) -> tuple[str, str]:
    found = LINE.fullmatch(line.rstrip())
    if not found:
        raise UnreadableAnswerError(f"fi_info has printed a line that is none of its own: {line[:200]!r}")
    return found[1], found[2]


def domains(interfaces: Sequence[Interface]) -> list[str]:
    """The interfaces themselves, each once: libfabric 2 shows each under the fabrics `efa` and `efa-direct`."""
    return sorted({each.domain for each in interfaces if each.provider == PROVIDER and each.type == ENDPOINT})


def no_efa(ask: Ask, node: Node) -> str:
    """Why nothing is asked of a node's fabric; empty where it has one, or where nobody knows."""
    if ask.stand_in:
        return f"the sandbox's nodes share one machine, which has none of {node.instance_type}'s network cards"
    limit = host.efa_interfaces(node.instance_type)
    return f"{node.instance_type} has no EFA" if limit and limit.value == 0 else ""


def _commands(_ask: Ask, node: Node) -> Mapping[str, Words]:
    return {"fi_info": FI_INFO, "counters kept": (node.python, "efa_counters.py", "--keep")}


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return one_each(NAME, examined, _finding, _SEE_LIBFABRIC)


def _finding(examined: Examined) -> Finding:
    node, fi_info, kept = examined.node, examined.outputs["fi_info"], examined.outputs["counters kept"]
    shown = by_libfabric(fi_info) if fi_info.installed else by_kernel(kept)
    threshold, figure = host.efa_interfaces(node.instance_type), Figure("EFA interfaces", len(shown.names), "")
    verdict = judge(figure, threshold)
    wanted = "an unknown number of" if threshold is None else f"{threshold.value:g}"
    reason = f"{shown.who} shows {len(shown.names)} of {wanted} EFA interfaces"
    evidence = {**shown.evidence, "fi_info": fi_info.wrong, "counters kept": kept.wrong}
    told = {name: text for name, text in evidence.items() if text}
    action = {Verdict.FAIL: _ACTION, Verdict.INCONCLUSIVE: UNKNOWN_TYPE}.get(verdict, "")
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action, evidence=told)


def by_libfabric(fi_info: Output) -> Shown:
    """The interfaces in what fi_info printed.

    Raises:
        UnreadableAnswerError: it did not end well, or printed something else.
    """
    interfaces = [] if _shows_none(fi_info) else parse(printed(fi_info))
    names, fabrics = domains(interfaces), sorted({each.fabric for each in interfaces})
    evidence = {"command": " ".join(FI_INFO), "domains": ", ".join(names) or "none", "fabrics": ", ".join(fabrics)}
    return Shown("libfabric", names, evidence)


def by_kernel(kept: Output) -> Shown:
    """The interfaces that the driver has made.

    EKS's images install EFA with `efa_installer.sh --minimal`, which brings no libfabric (awslabs/amazon-eks-ami,
    install-efa.sh): pods bring their own.

    Raises:
        UnreadableAnswerError: the program did not end well, or names an interface twice.
    """
    names = answer.parse(Kept, printed(kept)).interfaces
    if len(set(names)) < len(names):
        raise UnreadableAnswerError(f"an EFA interface is told twice: {', '.join(names)}")
    who = "fi_info is not installed, and the kernel"
    return Shown(who, names, {"counted": f"{DRIVER}: efa", "interfaces": ", ".join(names) or "none"})


def _shows_none(output: Output) -> bool:
    """Whether fi_info ran well and found nothing, which it says by an exit status of its own."""
    return output.status not in (0, None) and NONE_FOUND in output.stderr and not output.stdout.strip()


CHECK = NodeCheck(NAME, "Every network interface for the fabric is there", _judge, _commands, no_efa)
