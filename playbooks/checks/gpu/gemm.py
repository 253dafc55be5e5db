"""How fast each GPU multiplies matrices while all of its node do; on nodes without GPUs, whether the CPUs keep up."""

from collections.abc import Mapping
from statistics import median

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.gpu import devices, under_load
from playbooks.findings import Figure, Finding, Samples, Threshold, Verdict, judge
from playbooks.nodes import Node
from playbooks.report.quantities import compact
from playbooks.thresholds import gpu
from playbooks.transport.outcome import Outcome

NAME = "gemm"
QUANTITY = devices.Quantity(NAME, "bf16 GEMM", "TFLOP/s", "smoke.gpu.minimumGemmTflopPerSecond")
_SEE_CPUS = (
    "See on the node what else runs (`top`, steal time) and whether it is held back; replace it where it stays so."
)


class Device(under_load.Watched):
    """What one device reached, by repetition; CPUs multiply float32, GPUs before Ampere float16."""

    shape: tuple[int, int, int]
    precision: str
    tflop_per_second: tuple[float, ...]


class Gemm(devices.NodeAnswer):
    """What `payload/gemm.py` answers on one node."""

    devices: tuple[Device, ...]


def parse(text: str) -> Gemm:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    found = answer.parse(Gemm, text)
    if not found.devices:
        raise answer.UnreadableAnswerError("the answer is of no device")
    for device in found.devices:
        if not device.tflop_per_second or min(device.tflop_per_second) <= 0:
            raise answer.UnreadableAnswerError(f"{device.label} answered with no rate, or with one that cannot be")
    return found


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures)
    found += devices.missing(NAME, ask, {node: each.devices for node, each in answers.items()})
    with_gpus = [node for node in ask.nodes if node.name in answers and answers[node.name].devices[0].is_gpu]
    own = {node.name: gpu.gemm(ask.smoke, node.instance_type) for node in with_gpus}
    found += devices.slowest(QUANTITY, [_measured(node, answers[node.name]) for node in with_gpus], own)
    blamed = {name for finding in found for name in finding.nodes}
    found += under_load.findings({node: answers[node.name].devices for node in with_gpus})
    return found + _cpus({node: each for node, each in answers.items() if node not in blamed})


def _measured(node: Node, found: Gemm) -> devices.Measured:
    """The median of each GPU: what it holds, once it is warm."""
    medians = {device.label: median(device.tflop_per_second) for device in found.devices}
    spread = max(devices.spread_percent(device.tflop_per_second) for device in found.devices)
    known = {device.label: mhz for device in found.devices if (mhz := device.middle("sm_mhz")) is not None}
    measurements = [Figure("spread of one GPU's repetitions, largest", spread, "%")]
    samples = []
    if known:
        measurements.append(Figure("SM clock, lowest GPU", min(known.values()), "MHz"))
        samples.append(Samples("SM clock", "MHz", tuple(known), tuple(known.values())))
    evidence = {"ran on": found.software} | {device.label: _told(device) for device in found.devices}
    return devices.Measured(node, medians, evidence, tuple(measurements), tuple(samples))


def _told(device: Device) -> str:
    """One GPU for a vendor: which it is, what it computed, and how it was while it did."""
    shape = " x ".join(map(str, device.shape))
    rate = f"{median(device.tflop_per_second):.4g} TFLOP/s, median of {len(device.tflop_per_second)}"
    return ", ".join(filter(None, (device.name, device.uuid, f"{device.precision} {shape}", rate, *device.state)))


def _cpus(answers: Mapping[str, Gemm]) -> list[Finding]:
    """Each node's best repetition against a third of the fleet's median: others on its host must not make it fail."""
    best = {node: max(found.devices[0].tflop_per_second) for node, found in answers.items()}
    threshold = gpu.of_cpus(best)
    if threshold is None:
        reason = f"CPUs are judged by what the fleet's reach, which takes {gpu.FEWEST_CPU_NODES} nodes"
        return [Finding(NAME, tuple(best), Verdict.SKIPPED, reason)] if best else []
    return [
        _cpu(node, Figure("float32 GEMM, best repetition", rate, "TFLOP/s"), threshold) for node, rate in best.items()
    ]


def _cpu(node: str, figure: Figure, threshold: Threshold) -> Finding:
    verdict = judge(figure, threshold)
    slow = verdict is Verdict.FAIL
    reason = f"a core of the node reaches {'only ' if slow else ''}{compact(figure.value, figure.unit)}"
    return Finding(NAME, (node,), verdict, reason, figure, threshold, _SEE_CPUS if slow else "")


CHECK = Check(
    name=NAME,
    title="Every GPU computes as fast as its model does",
    scope=Scope.NODE,
    payload="gemm.py",
    command_seconds=300,
    judge=_judge,
)
