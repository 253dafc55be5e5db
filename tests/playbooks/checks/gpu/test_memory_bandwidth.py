import json

import pytest

from playbooks.checks.gpu import memory_bandwidth
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, everywhere, printed, verdicts
from tests.playbooks.checks.gpu.answers import Facts, ended, of_gpus

NAME = "memory-bandwidth.stdout"


def reaching(*rates: float) -> str:
    """A node whose GPUs reach this triad, in GB/s."""

    def change(index: int, device: Facts) -> None:
        rate = rates[index % len(rates)]
        device.update(copy_gb_per_second=[rate * 0.98] * 3, triad_gb_per_second=[rate, rate * 1.01, rate * 0.99])

    return of_gpus(NAME, change)


def judged(*nodes: str, instance_type: str = "p5en.48xlarge") -> list[Finding]:
    """The findings on these nodes' answers."""
    question = ask(count=len(nodes), instance_type=instance_type)
    return memory_bandwidth.CHECK.judge(question, ended(question, dict(enumerate(nodes))))


def test_a_good_node_passes_and_a_slow_memory_is_named() -> None:
    """Against what a triad reached in public on this model."""
    found = judged(reaching(4150), reaching(4150, 4150, 3100, 4150))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert found[0].threshold is not None
    assert found[0].threshold.value == pytest.approx(3735)
    assert found[1].reason.startswith("GPU 2, GPU 6 of 8 GPUs reach too little: GPU 2 3.1 TB/s")
    assert found[0].samples[0].values == (4150,) * 8


def test_gpus_that_nobody_measured_are_judged_by_their_fleet() -> None:
    """Eight B200, one far below."""
    found = judged(reaching(7000, 7000, 7000, 7000, 7000, 7000, 7000, 5000), instance_type="p6-b200.48xlarge")

    assert verdicts(found) == [("FAIL", ("gpu-0",))]
    assert found[0].threshold is not None
    assert "median of the fleet's 8" in found[0].threshold.source


def test_a_fleet_without_gpus_is_skipped_and_one_that_nobody_knows_is_asked() -> None:
    """The reason names the type."""
    assert memory_bandwidth.CHECK.skip(ask()) == "c6in.32xlarge has no GPUs"
    unknown = ask(count=1, instance_type="z9.metal")
    assert memory_bandwidth.CHECK.skip(unknown) == ""
    [found] = memory_bandwidth.CHECK.judge(unknown, everywhere(unknown, lambda _: printed(NAME)))

    assert found.verdict is Verdict.SKIPPED
    assert "does not know z9.metal" in found.reason


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert memory_bandwidth.parse(printed(NAME)).model_dump(mode="json") == json.loads(printed(NAME))
