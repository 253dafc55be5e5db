"""Whether a model that was saved and read back goes on as the one that was not."""

from collections.abc import Mapping

from playbooks.checks.training.ranks import Rank, TrainingStep
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict, judge

# On CPUs every loss after the checkpoint is the same, bit for bit. GPUs add the gradients of attention, and of all
# ranks, in no fixed order, which bf16 rounds from the second of these losses on. Never seen on a GPU.
GPU_TOLERANCE = 1e-3
SAME_RESUMPTION = Threshold(
    Bound.AT_MOST, 0, f"what was saved must come back: the same losses, on GPUs to {100 * GPU_TOLERANCE:g} % of them"
)
_ACTION = (
    "See the scratch folder's disk and the memory of the nodes that are named: what they read is not what was saved."
)


def apart(rank: Rank) -> float:
    """The largest difference of a loss after the checkpoint, of the loss; infinite where one is not finite."""
    pairs = zip(rank.went_on, rank.resumed, strict=True)
    return max(_apart(went_on, resumed) for went_on, resumed in pairs)


def finding(check: str, answers: Mapping[str, TrainingStep]) -> Finding:
    """Ranks whose parameters did not come back, or whose losses went another way."""
    unlike = {node: [rank for rank in found.ranks if not _alike(rank)] for node, found in answers.items()}
    figure = Figure("ranks that resumed differently", sum(map(len, unlike.values())), "")
    verdict = judge(figure, SAME_RESUMPTION)
    furthest = max(apart(rank) for found in answers.values() for rank in found.ranks)
    if verdict is Verdict.PASS:
        reason = "a fresh model that read the checkpoint went on with the same losses"
        measured = (Figure("largest difference of a loss after the checkpoint", furthest, ""),)
        return Finding(check, tuple(answers), verdict, reason, figure, SAME_RESUMPTION, measurements=measured)
    return Finding(
        check,
        tuple(node for node, ranks in unlike.items() if ranks),
        verdict,
        "a fresh model that read the checkpoint did not go on as the one that was saved",
        figure,
        SAME_RESUMPTION,
        _ACTION,
        evidence={f"{node} rank {rank.rank}": _told(rank) for node, ranks in unlike.items() for rank in ranks[:1]},
    )


def _alike(rank: Rank) -> bool:
    tolerance = GPU_TOLERANCE if rank.is_gpu else 0.0
    return rank.restored_checksum == rank.checksum and apart(rank) <= tolerance


def _apart(went_on: float | None, resumed: float | None) -> float:
    if went_on is None or resumed is None:
        return float("inf")
    return abs(went_on - resumed) / max(abs(went_on), abs(resumed)) if went_on != resumed else 0.0


def _told(rank: Rank) -> str:
    return (
        f"saved sha256 {rank.checksum}\nread  sha256 {rank.restored_checksum}"
        f"\nwent on with {_listed(rank.went_on)}\nresumed with {_listed(rank.resumed)}"
    )


def _listed(losses: tuple[float | None, ...]) -> str:
    return ", ".join("not finite" if loss is None else f"{loss:.9g}" for loss in losses)
