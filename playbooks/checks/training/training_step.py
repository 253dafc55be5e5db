"""A training step over a fleet: does a model learn, alike on all ranks, fast enough, and on from a checkpoint?"""

from collections import Counter
from collections.abc import Mapping

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.fabric import collective
from playbooks.checks.training import resumption, utilisation
from playbooks.checks.training.ranks import TrainingStep, incomplete, parse
from playbooks.findings import Figure, Finding, Series, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome

NAME = "training-step"


def _arguments(ask: Ask, node: Node) -> list[str]:
    steps = str(ask.smoke.training.steps)
    return [*collective.arguments(ask, node), "--steps", steps, "--scratch", ask.scratch]


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
    reached = utilisation.findings(NAME, ask, answers)
    if finite.verdict is not Verdict.PASS:
        return [finite, _equal(answers), *reached]
    return [_learnt(ask, answers), finite, _equal(answers), resumption.finding(NAME, answers), *reached]


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
        utilisation.speed(ranks),
        (Series("loss", "step", "", "mean loss of all ranks", "", points),),
        evidence=evidence | {"precision": ", ".join(sorted({rank.precision for rank in ranks}))},
    )


def _equal(answers: Mapping[str, TrainingStep]) -> Finding:
    if next(iter(answers.values())).world == 1:
        return Finding(NAME, tuple(answers), Verdict.SKIPPED, "one rank's parameters have nothing to be compared with")
    ends = {node: {(rank.checksum, rank.losses) for rank in found.ranks} for node, found in answers.items()}
    counted = Counter((rank.checksum, rank.losses) for found in answers.values() for rank in found.ranks)
    threshold = thresholds.NO_DIFFERENT_CHECKSUMS
    figure = Figure("different parameters or losses", len(counted), "")
    verdict = judge(figure, threshold)
    if verdict is Verdict.PASS:
        reason = "all ranks saw the same losses and end with the same parameters, bit for bit"
        [(checksum, _)] = counted
        evidence = {"sha256": checksum}
        return Finding(NAME, tuple(answers), verdict, reason, figure, threshold, evidence=evidence)
    usual, count = counted.most_common(1)[0]
    known = count > counted.total() / 2
    return Finding(
        NAME,
        tuple(node for node, found in ends.items() if not known or found != {usual}),
        verdict,
        "these nodes end with other parameters or losses than most" if known else "the ranks do not end alike",
        figure,
        threshold,
        "Replace the nodes that are named: a device or a link of theirs corrupts data.",
        evidence={
            node: "\n".join(sorted(f"{checksum}, last loss {losses[-1][1]}" for checksum, losses in found))
            for node, found in ends.items()
        },
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
