from typing import Any

import pytest

from playbooks.checks.training import resumption
from playbooks.checks.training.ranks import TrainingStep, parse
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import changed


def answers(*changes: dict[str, Any]) -> dict[str, TrainingStep]:
    """What the nodes of the capture answered, with changes to their ranks."""

    def stdout(index: int, change: dict[str, Any]) -> str:
        return changed(f"training-step.{index}.stdout", lambda facts: facts["ranks"][0].update(change))

    texts = [stdout(index, change) for index, change in enumerate(changes)]
    return {f"gpu-{index}": parse(text) for index, text in enumerate(texts)}


def test_the_capture_resumed_bit_for_bit() -> None:
    """Four nodes that share a disk, each with a checkpoint of its own."""
    found = resumption.finding("training-step", answers({}, {}, {}, {}))

    assert (found.verdict, len(found.nodes)) == (Verdict.PASS, 4)
    assert found.measurements[0].value == 0


@pytest.mark.parametrize(
    "change",
    [
        {"restored_checksum": "00"},
        {"went_on": [0.25, 0.25, 0.25], "resumed": [0.25, 0.25, 0.2500001]},
        {"went_on": [0.25], "resumed": [None]},
        {"device": "NVIDIA H200", "went_on": [0.25], "resumed": [0.2504]},
    ],
    ids=["other parameters", "another loss on a CPU", "not finite", "another loss on a GPU"],
)
def test_a_rank_that_resumed_differently_is_named_by_node(change: dict[str, Any]) -> None:
    """With what it saved and read."""
    found = resumption.finding("training-step", answers({}, change, {}))

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-1",))
    assert list(found.evidence) == ["gpu-1 rank 1"]


def test_gpus_may_round_differently() -> None:
    """They add in no fixed order."""
    change = {"device": "NVIDIA H200", "went_on": [0.25, 0.25], "resumed": [0.25, 0.2501]}
    found = resumption.finding("training-step", answers(change))

    assert found.verdict is Verdict.PASS
    assert found.measurements[0].value == pytest.approx(0.0004, rel=0.01)
