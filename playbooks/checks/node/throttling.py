"""Whether something holds the GPUs' clocks down: heat, or a power brake of the machine.

Here at rest; `gemm` asks the same of GPUs that work (`playbooks/checks/gpu/under_load.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from playbooks.checks.check import Ask
from playbooks.checks.node import gpus, nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Words
from playbooks.checks.node.nvidia_smi import Row, Table
from playbooks.checks.node.per_gpu import Seen
from playbooks.findings import Finding, Samples
from playbooks.nodes import Node
from playbooks.thresholds.gpu_health import NO_SLOWDOWNS

NAME = "throttling"
REASONS = {
    "hw_thermal_slowdown": "is so hot that its clocks are halved",
    "hw_power_brake_slowdown": "is held back by the machine's power supply",
    "sw_thermal_slowdown": "is hotter than it may be at work",
}
UNNAMED = "hw_slowdown"  # any of the first two; or a change of clocks just then, as nvidia-smi's own help says
COMMANDS: Mapping[str, Words] = {  # by the newer name, and the one of drivers before 535
    names: nvidia_smi.query("serial", "temperature.gpu", *(f"{names}.{reason}" for reason in (*REASONS, UNNAMED)))
    for names in ("clocks_event_reasons", "clocks_throttle_reasons")
}
TERMS = per_gpu.Terms(
    NAME,
    "slowdowns",
    NO_SLOWDOWNS,
    "Replace the node: cooling and power are its host's; `nvidia-smi -q -d PERFORMANCE,TEMPERATURE` is the evidence.",
    "Run the smoke gate again: a change of clocks passes; see `nvidia-smi -q -d PERFORMANCE` where it stays.",
)


def look(row: Row, names: str) -> Seen:
    """What holds a GPU back.

    Raises:
        UnreadableValueError: it cannot be read.
    """
    active = {reason: row.flag(f"{names}.{reason}", ("Active",), ("Not Active",)) for reason in (*REASONS, UNNAMED)}
    heat = row.number("temperature.gpu")
    warm = "" if heat is None else f" ({heat} °C)"
    faults = tuple(f"{row.name}{warm} {said}" for reason, said in REASONS.items() if active[reason])
    if faults:
        return Seen(faults)
    if active[UNNAMED]:
        return Seen(doubts=(f"{row.name}{warm} has a hardware slowdown, and neither heat nor power is named",))
    told = any(value is not None for value in active.values())
    return Seen() if told else Seen(doubts=(f"{row.name} does not tell what holds its clocks",))


def _temperatures(table: Table) -> tuple[Samples, ...]:
    known = {row.name: row.values["temperature.gpu"] for row in table.rows}
    heats = {name: float(heat) for name, heat in known.items() if heat.isascii() and heat.isdecimal()}
    return (Samples("temperature", "°C", tuple(heats), tuple(heats.values())),) if heats else ()


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return COMMANDS


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return [_finding(each) for each in examined]


def _finding(examined: Examined) -> Finding:
    node, outputs = examined.node, examined.outputs
    newer, older = COMMANDS
    names = older if nvidia_smi.REFUSED in outputs[newer].stdout + outputs[newer].wrong else newer
    command, output = COMMANDS[names], outputs[names]
    seen = per_gpu.see(node, command, output, lambda row: look(row, names))
    samples = _temperatures(nvidia_smi.read(command, output.stdout))
    sound = "neither heat nor power holds a GPU's clocks down"
    finding = per_gpu.finding(TERMS, node, seen, sound, per_gpu.evidence({names: command}, outputs))
    return replace(finding, samples=samples)


CHECK = NodeCheck(NAME, "Nothing holds the GPUs' clocks down", _judge, _commands, gpus.no_gpus)
