import copy
import json
from typing import Any

import pytest

from playbooks.checks.training import utilisation
from playbooks.checks.training.ranks import TrainingStep, parse
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import ask, printed

FLOPS = 350_000_000_000_000


def node(seconds: float, first: int = 0) -> TrainingStep:
    """A node of eight H200, made from what one rank really answered on a CPU: no GPU was there to ask."""
    facts: dict[str, Any] = json.loads(printed("training-step.0.stdout"))
    [rank] = facts["ranks"]
    rank.update(device="NVIDIA H200", flops_per_step=FLOPS, gradient_bytes=3_200_000_000, step_seconds=seconds)
    facts["ranks"] = [copy.deepcopy(rank) | {"rank": first + local} for local in range(8)]
    return parse(json.dumps(facts))


def test_two_good_nodes_pass_by_the_peak_of_all_their_gpus() -> None:
    """By hand: 350 TFLOP in 0.68 s of 989.5 TFLOP/s."""
    question = ask(count=2, instance_type="p5en.48xlarge")
    [found] = utilisation.findings("training-step", question, {"gpu-0": node(0.6), "gpu-1": node(0.68, 8)})

    assert (found.verdict, found.nodes) == (Verdict.PASS, ("gpu-0", "gpu-1"))
    assert found.figure is not None
    assert found.figure.value == pytest.approx(100 * 350 / 0.68 / 989.5)
    assert found.threshold is not None
    assert "Llama 3" in found.threshold.source
    assert len(found.samples[0].values) == 16


def test_a_fleet_that_is_too_slow_fails() -> None:
    """At a third of the peak."""
    question = ask(count=1, instance_type="p5en.48xlarge")
    [found] = utilisation.findings("training-step", question, {"gpu-0": node(1.1)})

    assert found.verdict is Verdict.FAIL
    assert found.reason == "the training step reaches 32.2 % of the GPUs' peak"


def test_what_nothing_is_known_of_is_not_judged() -> None:
    """No peak in bf16 (a T4), no figure in public (an accelerator of part of the catalogue), no GPU at all."""
    t4 = ask(count=1, instance_type="g4dn.12xlarge")
    [found] = utilisation.findings("training-step", t4, {"gpu-0": node(1.0)})
    assert found.verdict is Verdict.SKIPPED
    assert "g4dn.12xlarge" in found.reason

    cpus = ask(count=1)
    assert utilisation.findings("training-step", cpus, {"gpu-0": parse(printed("training-step.0.stdout"))}) == []
