"""A training step over a fleet: does a small model learn, and do all ranks end with the same parameters?"""

from collections import Counter
from collections.abc import Mapping, Sequence

from playbooks import thresholds
from playbooks.checks import answer, blame, collective
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Figure, Finding, Series, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome

NAME = "training-step"


class Rank(collective.RankAnswer):
    """What one rank trained; losses are pairs of step and mean over all ranks, None where that is not finite."""

    losses: tuple[tuple[int, float | None], ...]
    non_finite_losses: int
    checksum: str
    step_seconds: float
    samples_per_step: int
    flops_per_step: int
    precision: str


class TrainingStep(collective.NodeAnswer):
    """What `payload/training_step.py` answers on one node."""

    ranks: tuple[Rank, ...]


def parse(text: str) -> TrainingStep:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(TrainingStep, text)


def incomplete(steps: int, answers: Mapping[str, TrainingStep]) -> str:
    """What is missing from the answers of all nodes together; empty where nothing is."""
    if missing := collective.missing_ranks(answers):
        return missing
    for node, found in answers.items():
        for rank in found.ranks:
            if [step for step, _ in (*rank.losses[:1], *rank.losses[-1:])] != [0, steps - 1]:
                return f"rank {rank.rank} on {node} does not tell its first and its last loss"
            if rank.step_seconds <= 0:
                return f"rank {rank.rank} on {node} answered with a time that cannot be"
    return ""


def _arguments(ask: Ask, node: Node) -> list[str]:
    return [*collective.arguments(ask, node), "--steps", str(ask.smoke.training.steps)]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    return collective.of_declared(ask, _findings(ask, answers, failures))


def _findings(ask: Ask, answers: Mapping[str, TrainingStep], failures: Mapping[str, answer.Failure]) -> list[Finding]:
    if failures:
        return blame.collective(NAME, ask, failures)
    if reason := incomplete(ask.smoke.training.steps, answers):
        action = "Run the smoke gate again; an answer with a part missing proves nothing."
        return [Finding(NAME, tuple(answers), Verdict.ERROR, reason, action=action)]
    finite = _finite(answers)
    learnt = [_learnt(ask, answers)] if finite.verdict is Verdict.PASS else []
    return [*learnt, finite, _equal(answers)]


def _finite(answers: Mapping[str, TrainingStep]) -> Finding:
    """Every rank's own losses; a rank that met NaN first is the only one with the earliest."""
    counts = {node: sum(rank.non_finite_losses for rank in found.ranks) for node, found in answers.items()}
    threshold = thresholds.NO_NON_FINITE_LOSSES
    figure = Figure("losses that are not finite", sum(counts.values()), "")
    verdict = judge(figure, threshold)
    if verdict is Verdict.PASS:
        return Finding(NAME, tuple(answers), verdict, "every loss is finite on every rank", figure, threshold)
    most = max(counts.values())
    first = tuple(node for node, count in counts.items() if count == most)
    return Finding(
        NAME,
        first,
        verdict,
        "the losses became NaN or infinite, on these nodes first",
        figure,
        threshold,
        "Replace these nodes; where it is all of them, gradients spread it within a step: train on fewer to find it.",
        evidence={node: f"{count} losses are not finite" for node, count in counts.items() if count},
    )


def _learnt(ask: Ask, answers: Mapping[str, TrainingStep]) -> Finding:
    ranks = [rank for found in answers.values() for rank in found.ranks]
    losses = [(step, loss) for step, loss in ranks[0].losses if loss is not None]
    first, last = losses[0][1], losses[-1][1]
    threshold = thresholds.loss_fraction(ask.smoke)
    figure = Figure("last loss over first", last / first, "")
    verdict = judge(figure, threshold)
    reason = f"the loss fell from {first:.3g} to {last:.3g} in {losses[-1][0] + 1} steps"
    if verdict is Verdict.FAIL:
        reason = f"the loss went from {first:.3g} to only {last:.3g} in {losses[-1][0] + 1} steps"
    points = tuple((float(step), loss) for step, loss in losses)
    evidence = collective.software(next(iter(answers.values())), ranks)
    return Finding(
        NAME,
        tuple(answers),
        verdict,
        reason,
        figure,
        threshold,
        "" if verdict is Verdict.PASS else "See the loss curve; with the default 60 steps it falls to a tenth.",
        _speed(ranks),
        (Series("loss", "step", "", "mean loss of all ranks", "", points),),
        evidence | {"precision": ", ".join(sorted({rank.precision for rank in ranks}))},
    )


def _speed(ranks: Sequence[Rank]) -> tuple[Figure, ...]:
    """Step time is the slowest rank's median; what all ranks did in it is counted together."""
    seconds = max(rank.step_seconds for rank in ranks)
    return (
        Figure("step time", seconds, "s"),
        Figure("throughput", sum(rank.samples_per_step for rank in ranks) / seconds, "samples/s"),
        Figure("compute reached", sum(rank.flops_per_step for rank in ranks) / seconds, "FLOP/s"),
    )


def _equal(answers: Mapping[str, TrainingStep]) -> Finding:
    if next(iter(answers.values())).world == 1:
        return Finding(NAME, tuple(answers), Verdict.SKIPPED, "one rank's parameters have nothing to be compared with")
    checksums = {node: {rank.checksum for rank in found.ranks} for node, found in answers.items()}
    counted = Counter(rank.checksum for found in answers.values() for rank in found.ranks)
    threshold = thresholds.NO_DIFFERENT_CHECKSUMS
    figure = Figure("different checksums", len(counted), "")
    verdict = judge(figure, threshold)
    if verdict is Verdict.PASS:
        reason = "all ranks end with the same parameters, bit for bit"
        [checksum] = counted
        evidence = {"sha256": checksum}
        return Finding(NAME, tuple(answers), verdict, reason, figure, threshold, evidence=evidence)
    usual, count = counted.most_common(1)[0]
    known = count > counted.total() / 2
    return Finding(
        NAME,
        tuple(node for node, found in checksums.items() if not known or found != {usual}),
        verdict,
        "these nodes end with other parameters than most" if known else "the ranks end with different parameters",
        figure,
        threshold,
        "Replace the nodes that are named: a device or a link of theirs corrupts data.",
        evidence={node: "\n".join(sorted(found)) for node, found in checksums.items()},
    )


CHECK = Check(
    name=NAME,
    title="The fleet trains, and all ranks end up the same",
    scope=Scope.FLEET,
    payload="training_step.py",
    command_seconds=900,
    arguments=_arguments,
    judge=_judge,
)
