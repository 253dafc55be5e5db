"""What part of the GPUs' peak a training step's own operations reach."""

from collections.abc import Mapping, Sequence

from components.catalogue.instance_types import known
from playbooks.checks.check import Ask
from playbooks.checks.training.ranks import Rank, TrainingStep
from playbooks.findings import Figure, Finding, Samples, Threshold, Verdict, judge
from playbooks.thresholds import gpu

SETTING = "smoke.training.minimumModelFlopUtilisationPercent"
_ACTION = (
    "See the GEMM and the all-reduce in this report: what holds this back and not them is the host or the software."
)


def speed(ranks: Sequence[Rank]) -> tuple[Figure, ...]:
    """Step time is the slowest rank's median; what all ranks did in it is counted together."""
    seconds = max(rank.step_seconds for rank in ranks)
    return (
        Figure("step time", seconds, "s"),
        Figure("throughput", sum(rank.samples_per_step for rank in ranks) / seconds, "samples/s"),
        Figure("compute reached", sum(rank.flops_per_step for rank in ranks) / seconds, "FLOP/s"),
    )


def findings(check: str, ask: Ask, answers: Mapping[str, TrainingStep]) -> list[Finding]:
    """One over the fleet, whose ranks step together; nothing on CPUs, of which no peak is known."""
    ranks = [rank for found in answers.values() for rank in found.ranks]
    if not all(rank.is_gpu for rank in ranks):
        return []
    types = {node.name: node.instance_type for node in ask.nodes}
    peaks = {node: _peak(types[node]) for node in answers}
    unknown = dict.fromkeys(types[node] for node, peak in peaks.items() if peak is None)
    if unknown:
        reason = f"the catalogue states no peak in bf16 of the GPUs of {', '.join(unknown)}"
        return [Finding(check, tuple(answers), Verdict.SKIPPED, reason, measurements=speed(ranks))]
    seconds = max(rank.step_seconds for rank in ranks)
    flops = sum(rank.flops_per_step for rank in ranks)
    together = sum(len(found.ranks) * (peaks[node] or 0) for node, found in answers.items())
    figure = Figure("model FLOP utilisation", 100 * flops / seconds / together, "%")
    threshold = gpu.model_flop_utilisation(
        ask.smoke, [types[node] for node in answers], flops // len(ranks), ranks[0].gradient_bytes
    )
    return [_judged(check, answers, figure, threshold, ranks)]


def _judged(
    check: str,
    answers: Mapping[str, TrainingStep],
    figure: Figure,
    threshold: Threshold | None,
    ranks: Sequence[Rank],
) -> Finding:
    verdict = judge(figure, threshold)
    reason = f"the training step reaches {figure.value:.3g} % of the GPUs' peak"
    action = _ACTION if verdict is Verdict.FAIL else ""
    if threshold is None:
        reason, action = f"{reason}, and nothing is known to judge it by", f"Set {SETTING} to judge it."
    steps = {f"{node} rank {rank.rank}": rank.step_seconds for node, found in answers.items() for rank in found.ranks}
    samples = (Samples("step time", "s", tuple(steps), tuple(steps.values())),)
    nodes = tuple(answers)
    return Finding(check, nodes, verdict, reason, figure, threshold, action, speed(ranks), samples=samples)


def _peak(type_name: str) -> float | None:
    kind = known(type_name)
    return kind.accelerator_peak.bf16_flop_per_second if kind else None
