"""What the ranks of a training step answer, and whether their answers are whole."""

from collections.abc import Mapping

from playbooks.checks import answer
from playbooks.checks.fabric import collective


class Rank(collective.RankAnswer):
    """What one rank trained.

    Attributes:
        losses: pairs of step and mean over all ranks, None where that is not finite.
        non_finite_losses: how many of its own were not.
        checksum: of the parameters at the end.
        step_seconds: the median.
        samples_per_step: tokens that the rank drew for a step.
        flops_per_step: the model's floating-point operations on the rank, forward and backward.
        gradient_bytes: what a step adds up over all ranks.
        precision: of the matrix products.
        restored_checksum: of the parameters that a fresh model read back.
        went_on: the rank's own losses after the checkpoint, None where not finite.
        resumed: the same by the fresh model.
    """

    losses: tuple[tuple[int, float | None], ...]
    non_finite_losses: int
    checksum: str
    step_seconds: float
    samples_per_step: int
    flops_per_step: int
    gradient_bytes: int
    precision: str
    restored_checksum: str
    went_on: tuple[float | None, ...]
    resumed: tuple[float | None, ...]

    @property
    def is_gpu(self) -> bool:
        """Whether it trained on a GPU."""
        return self.device != "cpu"


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
            if reason := _incomplete(steps, rank):
                return f"rank {rank.rank} on {node} {reason}"
    return ""


def _incomplete(steps: int, rank: Rank) -> str:
    if [step for step, _ in (*rank.losses[:1], *rank.losses[-1:])] != [0, steps - 1]:
        return "does not tell its first and its last loss"
    if rank.step_seconds <= 0 or rank.flops_per_step <= 0:
        return "answered with a time or an amount of work that cannot be"
    if not rank.went_on or len(rank.went_on) != len(rank.resumed):
        return "does not tell its losses after the checkpoint"
    return ""
