"""What the programs of one GPU share: how a device answers, where they apply, and the judgement of a node's slowest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple, Protocol, TypeVar

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask
from playbooks.findings import Figure, Finding, Samples, Threshold, Verdict, judge
from playbooks.nodes import Node
from playbooks.report.quantities import compact, shown
from playbooks.thresholds import fleet, gpu
from stacks.settings import Smoke

SEE_GPUS = (
    "See the GPU's clocks, throttling and ECC errors in this report and in `nvidia-smi -q` on the node; stop and start"
    " the instance, and replace it where it stays so."
)
_SEE_TORCH = "See `nvidia-smi` on {node}, and whether {python} there has a torch built for its driver (`torch.cuda`)."


class Device(answer.Answer):
    """What every program tells of one GPU, or of a node's CPUs: then `uuid` is empty and `units` are threads."""

    index: int
    name: str
    uuid: str
    memory_mib: int
    units: int

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"GPU {self.index}" if self.is_gpu else "CPU"

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU: CPUs tell no memory of their own."""
        return self.memory_mib > 0


class NodeAnswer(answer.Answer):
    """What all programs built on `payload/devices.py` answer beside their devices' figures."""

    hostname: str
    torch: str
    cuda: str | None
    driver: str | None

    @property
    def software(self) -> str:
        """What the programs ran on, as evidence."""
        return f"torch {self.torch}, CUDA {self.cuda or 'none'}, driver {self.driver or 'none'}"


class WithDevices(Protocol):
    """An answer of one node with a row for each of its devices."""

    @property
    def devices(self) -> Sequence[Device]:
        """The devices of this node."""


N = TypeVar("N", bound=WithDevices)


class Quantity(NamedTuple):
    """What is measured of each device: the check's name, the figure's, its unit, and the setting for it."""

    check: str
    name: str
    unit: str
    setting: str


class Measured(NamedTuple):
    """One node's devices: a figure of each by its label, which higher is better, and what a report says besides."""

    node: Node
    values: Mapping[str, float]
    evidence: Mapping[str, str]
    measurements: tuple[Figure, ...] = ()
    samples: tuple[Samples, ...] = ()


def only_gpus(ask: Ask) -> str:
    """Why a check of GPUs does not apply to a fleet; empty where it has some, or where nobody knows."""
    types = dict.fromkeys(node.instance_type for node in ask.nodes)
    limits = [thresholds.gpus(each) for each in types]
    return f"{', '.join(types)} has no GPUs" if all(limit and limit.value == 0 for limit in limits) else ""


def missing(check: str, ask: Ask, devices: Mapping[str, Sequence[Device]]) -> list[Finding]:
    """An ERROR for each node of whose GPUs torch sees fewer than its type has."""
    found = []
    for node in ask.nodes:
        limit = thresholds.gpus(node.instance_type)
        if node.name not in devices or limit is None:
            continue
        seen = sum(device.is_gpu for device in devices[node.name])
        if seen < limit.value:
            reason = (
                f"torch sees {seen} of the {limit.value:g} GPUs of {node.instance_type}: the others are not measured"
            )
            action = _SEE_TORCH.format(node=node.name, python=node.python)
            found.append(Finding(check, (node.name,), Verdict.ERROR, reason, action=action))
    return found


def without_gpus(check: str, ask: Ask, devices: Mapping[str, Sequence[Device]]) -> list[Finding]:
    """The nodes without a GPU of types that nobody knows, to which the check does not apply."""
    types = {node.name: node.instance_type for node in ask.nodes if thresholds.gpus(node.instance_type) is None}
    bare = [node for node, each in devices.items() if node in types and not any(device.is_gpu for device in each)]
    if not bare:
        return []
    unknown = ", ".join(dict.fromkeys(types[node] for node in bare))
    reason = f"torch sees no GPU there, and the catalogue of instance types does not know {unknown}"
    return [Finding(check, tuple(bare), Verdict.SKIPPED, reason)]


def of_gpus(
    quantity: Quantity,
    ask: Ask,
    read: tuple[Mapping[str, N], Mapping[str, answer.Failure]],
    measured: Callable[[Node, N], Measured],
    own: Callable[[Smoke, str], Threshold | None],
) -> list[Finding]:
    """The findings of a check that only GPUs have: nodes that failed, GPUs that are missing, and the slowest of each.

    Args:
        quantity: what is measured.
        ask: what was asked.
        read: the answers and the failures, by node name.
        measured: what one node's answer tells of its GPUs; no values where it has none.
        own: what a GPU of an instance type must reach, by the settings and its name.
    """
    answers, failures = read
    seen = {node: each.devices for node, each in answers.items()}
    found = blame.each(quantity.check, failures)
    found += missing(quantity.check, ask, seen) + without_gpus(quantity.check, ask, seen)
    every = [measured(node, answers[node.name]) for node in ask.nodes if node.name in answers]
    thresholds_of = {node.name: own(ask.smoke, node.instance_type) for node in ask.nodes}
    return found + slowest(quantity, [each for each in every if each.values], thresholds_of)


def slowest(quantity: Quantity, measured: Sequence[Measured], own: Mapping[str, Threshold | None]) -> list[Finding]:
    """A finding a node on its slowest GPU: against the node's own threshold and the fleet's, whichever is stricter."""
    everywhere = {f"{each.node.name} {label}": value for each in measured for label, value in each.values.items()}
    usual = fleet.of_fleet(everywhere)
    return [
        _judged(quantity, each, gpu.strictest(own[each.node.name], usual), fleet.too_few(everywhere))
        for each in measured
    ]


def spread_percent(values: Sequence[float]) -> float:
    """How far the values of one device lie apart, of their median."""
    return 100 * (max(values) - min(values)) / median(values)


def _judged(quantity: Quantity, measured: Measured, threshold: Threshold | None, too_few: str) -> Finding:
    values = measured.values
    label = min(values, key=lambda each: values[each])
    figure = Figure(f"{quantity.name}, slowest GPU", values[label], quantity.unit)
    verdict = judge(figure, threshold)
    finding = Finding(
        quantity.check,
        (measured.node.name,),
        verdict,
        f"the slowest of {len(values)} GPUs, {label}, reaches {compact(figure.value, figure.unit)}",
        figure,
        threshold,
        measurements=(
            Figure(f"{quantity.name}, median", median(values.values()), quantity.unit),
            *measured.measurements,
        ),
        samples=(Samples(quantity.name, quantity.unit, tuple(values), tuple(values.values())), *measured.samples),
        evidence=measured.evidence,
    )
    if threshold is None:
        why = f"nothing is known of what {measured.node.instance_type} reaches, and {too_few}"
        return replace(finding, reason=f"{finding.reason}; {why}", action=f"Set {quantity.setting} to judge it.")
    if verdict is Verdict.FAIL:
        slow = [each for each, value in values.items() if not threshold.holds(value)]
        reached, limit = shown(figure, threshold)
        reason = f"{', '.join(slow)} of {len(values)} GPUs {_verb(slow)} too little: {label} {reached}, wanted {limit}"
        return replace(finding, reason=reason, action=SEE_GPUS)
    return finding


def _verb(names: Sequence[str]) -> str:
    return "reaches" if len(names) == 1 else "reach"
