"""Whether the GPUs' memory is sound: uncorrected errors since the driver was loaded, and rows to be remapped."""

from collections.abc import Mapping, Sequence

from playbooks.checks.check import Ask
from playbooks.checks.node import gpus, nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words
from playbooks.checks.node.nvidia_smi import Row
from playbooks.checks.node.per_gpu import Seen
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.thresholds.gpu_health import NO_MEMORY_FAULTS

NAME = "ecc"
UNCORRECTED = "ecc.errors.uncorrected.volatile.total"
ERRORS = nvidia_smi.query("serial", "ecc.mode.current", UNCORRECTED, "retired_pages.pending")
REMAPPED: Words = (  # from Ampere on; before it pages are retired
    "nvidia-smi",
    "--query-remapped-rows=gpu_bus_id,remapped_rows.uncorrectable,remapped_rows.pending,remapped_rows.failure,gpu_uuid",
    nvidia_smi.FORMAT,
)
REMAPPED_WORDS = ("Yes", "1"), ("No", "0")  # --query-remapped-rows prints numbers on some drivers, words on others
COMMANDS: Mapping[str, Words] = {"errors": ERRORS, "remapped": REMAPPED}
TERMS = per_gpu.Terms(
    NAME,
    "memory faults",
    NO_MEMORY_FAULTS,
    "Reboot the node, which resets its GPUs and remaps rows; replace it where errors come back or a remap has failed.",
    "Switch ECC on (`nvidia-smi -e 1`, then reboot), or see in `nvidia-smi -q -d ECC` why nothing is counted.",
)


def errors(row: Row) -> Seen:
    """What a GPU's counters say.

    Raises:
        UnreadableValueError: one of them cannot be read.
    """
    count, faults, doubts = row.number(UNCORRECTED), [], []
    if count:
        faults.append(f"{row.name} has {count} uncorrected ECC errors")
    if row.flag("retired_pages.pending"):
        faults.append(f"{row.name} has memory pages to retire")
    if row.flag("ecc.mode.current", ("Enabled",), ("Disabled",)) is False:
        doubts.append(f"ECC is off on {row.name}, so nobody counts its memory's errors")
    elif count is None:
        doubts.append(f"{row.name} tells nothing of its memory's errors")
    return Seen(tuple(faults), (), tuple(doubts))


def remapped(row: Row) -> Seen:
    """What a GPU says of rows of its memory that were replaced by spare ones.

    Raises:
        UnreadableValueError: it cannot be read.
    """
    row.number("remapped_rows.uncorrectable")  # of the past, and repaired: shown as evidence, and read to be believed
    faults = []
    if row.flag("remapped_rows.failure", *REMAPPED_WORDS):
        faults.append(f"{row.name} could not remap a row of its memory")
    if row.flag("remapped_rows.pending", *REMAPPED_WORDS):
        faults.append(f"{row.name} has rows of its memory to remap")
    return Seen(tuple(faults))


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return COMMANDS


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return [_finding(each) for each in examined]


def _finding(examined: Examined) -> Finding:
    sound = "no GPU has uncorrected ECC errors, nor rows to remap"
    evidence = per_gpu.evidence(COMMANDS, examined.outputs)
    return per_gpu.finding(TERMS, examined.node, seen(examined.node, examined.outputs), sound, evidence)


def seen(node: Node, outputs: Mapping[str, Output]) -> Seen:
    """What both queries say of a node's GPUs."""
    return per_gpu.together(
        per_gpu.see(node, ERRORS, outputs["errors"], errors),
        per_gpu.see(node, REMAPPED, outputs["remapped"], remapped),
    )


CHECK = NodeCheck(NAME, "The GPUs' memory is sound", _judge, _commands, gpus.no_gpus)
