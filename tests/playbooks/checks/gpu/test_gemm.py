import json
from collections.abc import Mapping

import pytest

from playbooks.checks.gpu import gemm
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts
from tests.playbooks.checks.gpu.answers import READING, Facts, ended, of_gpus

HOT = {**READING, "sm_mhz": 1005.0, "celsius": 88.0, "watts": None}


def reaching(*rates: float, slow: int = -1) -> str:
    """A node whose GPUs reach this, in TFLOP/s; the slow one at half of its clock."""

    def change(index: int, device: Facts) -> None:
        rate = rates[index % len(rates)]
        readings = [HOT if index == slow else READING] * 3
        device.update(
            tflop_per_second=[rate * 0.99, rate, rate * 1.01], precision="bfloat16", readings=readings, shape=[8192] * 3
        )

    return of_gpus("gemm.0.stdout", change)


def judged(
    *nodes: str, smoke: Mapping[str, object] | None = None, instance_type: str = "p5en.48xlarge"
) -> list[Finding]:
    """The findings on what these nodes reach; what they are under load is another story."""
    question = ask(smoke, count=len(nodes), instance_type=instance_type)
    return only_gemm(gemm.CHECK.judge(question, ended(question, dict(enumerate(nodes)))))


def only_gemm(findings: list[Finding]) -> list[Finding]:
    """The check's own findings."""
    return [finding for finding in findings if finding.check == gemm.NAME]


def test_what_held_the_gpus_while_they_worked_is_found_too() -> None:
    """By the checks' own names, of each node that answered; CPUs have neither."""
    question = ask(count=2, instance_type="p5en.48xlarge")
    found = gemm.CHECK.judge(question, ended(question, {0: reaching(725), 1: reaching(725)}))
    cpus = gemm.CHECK.judge(ask(), everywhere(ask(), lambda index: printed(f"gemm.{index}.stdout")))

    assert [(finding.check, finding.verdict.value, finding.nodes) for finding in found] == [
        (check, "PASS", (node,)) for check in ("gemm", "throttling", "pcie") for node in ("gpu-0", "gpu-1")
    ]
    assert {finding.check for finding in cpus} == {"gemm"}


def test_a_good_node_passes_with_a_sample_a_gpu() -> None:
    """Against what its model reached in public; the clocks of the run beside it."""
    [found] = judged(reaching(725, 715, 730, 728))

    assert (found.verdict, found.reason) == (Verdict.PASS, "the slowest of 8 GPUs, GPU 1, reaches 715 TFLOP/s")
    assert found.threshold is not None
    assert found.threshold.value == pytest.approx(656.46)
    assert "AWS P5" in found.threshold.source
    assert "74 % of the peak" in found.threshold.source
    assert [(sample.name, sample.unit, len(sample.values)) for sample in found.samples] == [
        ("bf16 GEMM", "TFLOP/s", 8),
        ("SM clock", "MHz", 8),
    ]
    assert {figure.name: figure.unit for figure in found.measurements} == {
        "bf16 GEMM, median": "TFLOP/s",
        "spread of one GPU's repetitions, largest": "%",
        "SM clock, lowest GPU": "MHz",
    }


def test_a_gpu_below_what_its_model_reaches_is_named_with_its_clock() -> None:
    """And the node with it, and no other."""
    good, bad = reaching(725), reaching(725, 725, 725, 512, 725, 725, 725, 725, slow=3)
    found = judged(good, bad, good)

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",)), ("PASS", ("gpu-2",))]
    assert found[1].reason == "GPU 3 of 8 GPUs reaches too little: GPU 3 512 TFLOP/s, wanted ≥ 656 TFLOP/s"
    assert "GPU-3" in found[1].evidence["GPU 3"]
    assert "1005 MHz, 1980 MHz at most, 88 °C" in found[1].evidence["GPU 3"]


def test_a_gpu_far_below_the_rest_of_its_fleet_fails_though_the_catalogue_would_pass_it() -> None:
    """The stricter of both counts."""
    found = judged(reaching(850), reaching(850, 850, 850, 850, 850, 850, 850, 740))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert found[1].threshold is not None
    assert "median of the fleet's 16" in found[1].threshold.source


def test_the_settings_count_instead_of_the_catalogue() -> None:
    """Where the user knows better: 510 would be far too little else."""
    smoke = {"gpu": {"minimumGemmTflopPerSecond": 500}}
    [enough] = judged(reaching(510), smoke=smoke)
    [slow] = judged(reaching(490), smoke=smoke)

    assert enough.verdict is Verdict.PASS
    assert slow.verdict is Verdict.FAIL
    assert slow.threshold is not None
    assert slow.threshold.source == "smoke.gpu.minimumGemmTflopPerSecond of the settings"


def test_gpus_of_which_nothing_is_known_are_inconclusive() -> None:
    """One node of four T4: nothing in public, and too few to compare."""
    text = json.loads(reaching(40))
    text["devices"] = text["devices"][:4]
    [found] = judged(json.dumps(text), instance_type="g4dn.12xlarge")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.action == "Set smoke.gpu.minimumGemmTflopPerSecond to judge it."
    assert "nothing is known of what g4dn.12xlarge reaches" in found.reason


def test_gpus_that_torch_does_not_see_are_an_error() -> None:
    """Those that it sees are judged."""
    text = json.loads(reaching(780))
    text["devices"] = text["devices"][:7]
    found = judged(json.dumps(text))
    assert verdicts(found) == [("ERROR", ("gpu-0",)), ("PASS", ("gpu-0",))]
    assert found[0].reason.startswith("torch sees 7 of the 8 GPUs of p5en.48xlarge")

    assert verdicts(judged(printed("gemm.0.stdout"))) == [("ERROR", ("gpu-0",))]


def test_cpus_of_a_healthy_fleet_pass_and_a_node_five_times_slower_is_named() -> None:
    """By what the fleet's reach, for there is nothing else."""
    question = ask()
    good = gemm.CHECK.judge(question, everywhere(question, lambda index: printed(f"gemm.{index}.stdout")))
    assert [finding.verdict for finding in good] == [Verdict.PASS] * 4

    def alike(index: int) -> str:
        rate = 0.01 if index == 2 else 0.05
        return changed("gemm.0.stdout", lambda facts: facts["devices"][0].update(tflop_per_second=[rate / 2, rate]))

    found = gemm.CHECK.judge(question, everywhere(question, alike))
    assert verdicts(found) == [
        ("PASS", ("gpu-0",)),
        ("PASS", ("gpu-1",)),
        ("FAIL", ("gpu-2",)),
        ("PASS", ("gpu-3",)),
    ]
    assert found[2].reason == "a core of the node reaches only 10 GFLOP/s"


def test_the_cpus_of_two_nodes_have_nothing_to_be_compared_with() -> None:
    """A fleet that is healthy must not end the gate as one of which nothing is known."""
    question = ask(count=2)
    [found] = gemm.CHECK.judge(question, everywhere(question, lambda _: printed("gemm.0.stdout")))

    assert (found.verdict, found.nodes) == (Verdict.SKIPPED, ("gpu-0", "gpu-1"))


def test_a_node_without_an_answer_keeps_no_other_from_its_verdict() -> None:
    """Each ran for itself."""
    question = ask(count=2, instance_type="p5en.48xlarge")
    outcomes = {"gpu-0": completed(reaching(780)), "gpu-1": completed(stderr="Killed", exit_status=137)}

    found = only_gemm(gemm.CHECK.judge(question, outcomes))
    assert verdicts(found) == [("ERROR", ("gpu-1",)), ("PASS", ("gpu-0",))]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    text = printed("gemm.0.stdout")

    assert gemm.parse(text).model_dump(mode="json") == json.loads(text)
