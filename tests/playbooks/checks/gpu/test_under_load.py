from collections.abc import Sequence

import pytest

from playbooks.checks.gpu import under_load
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, verdicts
from tests.playbooks.checks.gpu.answers import READING, Facts

READINGS = 20


def slowed(*reasons: str) -> Facts:
    """A reading of a GPU that these hold back."""
    return READING | {"slowdowns": READING["slowdowns"] | dict.fromkeys(reasons, True)}


def gpu(index: int, readings: Sequence[Facts], unread: str = "", times: int = 0) -> under_load.Watched:
    """A GPU with these readings."""
    known = {"index": index, "name": "NVIDIA H200", "uuid": f"GPU-{index}", "memory_mib": 143771, "units": 132}
    told = {"readings": readings, "unread": unread, "unread_times": times}
    return under_load.Watched.model_validate(known | told)


def node(third: Sequence[Facts], unread: str = "", times: int = 0) -> list[under_load.Watched]:
    """Four GPUs, of which the third has these readings and the others are well."""
    found = [gpu(index, [READING] * READINGS) for index in range(4)]
    return [*found[:2], gpu(2, third, unread, times), found[3]]


def judged(check: str, *nodes: Sequence[under_load.Watched], instance_type: str = "p5en.48xlarge") -> list[Finding]:
    """The findings of one check on nodes with these GPUs."""
    question = ask(count=len(nodes), instance_type=instance_type)
    found = under_load.findings(dict(zip(question.nodes, nodes, strict=True)))
    return [finding for finding in found if finding.check == check]


@pytest.mark.parametrize("check", ["throttling", "pcie"])
def test_a_healthy_node_passes(check: str) -> None:
    """By what it showed while it worked."""
    [found] = judged(check, node([READING] * READINGS))

    assert found.verdict is Verdict.PASS
    assert "while all" in found.reason
    assert found.figure is not None
    assert found.figure.name.endswith("under load")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("hw_thermal_slowdown", "GPU 2 is so hot that its clocks are halved in 3 of 20 readings under load"),
        ("hw_power_brake_slowdown", "GPU 2 is held back by the machine's power supply in 3 of 20 readings under load"),
        ("sw_thermal_slowdown", "GPU 2 is hotter than it may be at work in 3 of 20 readings under load"),
    ],
)
def test_a_gpu_that_is_held_back_at_work_fails_its_node(reason: str, said: str) -> None:
    """And no other; a tenth of the readings is still a change of clocks."""
    sick = node([slowed(reason, "hw_slowdown")] * 3 + [READING] * 17)
    found = judged("throttling", node([READING] * READINGS), sick, node([slowed(reason)] * 2 + [READING] * 18))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",)), ("PASS", ("gpu-2",))]
    assert found[1].reason == said
    assert f"{reason} in 3" in found[1].evidence["GPU 2"]
    assert "699.1 W" in found[1].evidence["GPU 2"]


def test_of_few_readings_one_may_show_a_change_of_clocks() -> None:
    """It is of an instant, whatever part of them it is."""
    instant = [slowed("sw_thermal_slowdown")]
    found = judged("throttling", node(instant + [READING] * 4), node(instant * 2 + [READING] * 3))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]


def test_a_slowdown_without_a_reason_does_not_decide() -> None:
    """It may be anything."""
    [found] = judged("throttling", node([slowed("hw_slowdown")] * READINGS))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("GPU 2 has a hardware slowdown in 20 of 20 readings under load, and neither")


@pytest.mark.parametrize("check", ["throttling", "pcie"])
def test_a_gpu_that_was_not_read_never_passes(check: str) -> None:
    """The reason says why; the run may have been too short too."""
    [hangs] = judged(check, node([], unread="nvidia-smi did not answer within 20 s", times=1))
    [short] = judged(check, node([]))

    assert (hangs.verdict, hangs.reason) == (
        Verdict.INCONCLUSIVE,
        "GPU 2 was not read under load: nvidia-smi did not answer within 20 s",
    )
    assert (short.verdict, short.reason) == (
        Verdict.INCONCLUSIVE,
        "GPU 2 was not read under load: the run ended before the first",
    )


@pytest.mark.parametrize("check", ["throttling", "pcie"])
def test_a_gpu_that_tells_nothing_never_passes(check: str) -> None:
    """As a part of a GPU may be."""
    silent = dict.fromkeys(READING) | {"slowdowns": dict.fromkeys(READING["slowdowns"])}
    [found] = judged(check, node([silent] * READINGS))

    assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("check", ["throttling", "pcie"])
def test_readings_that_are_missing_among_others_are_said(check: str) -> None:
    """What was read decides."""
    [found] = judged(check, node([READING] * 18, unread="nvidia-smi printed 'Unknown Error'", times=2))

    assert found.verdict is Verdict.PASS
    assert found.reason.endswith("; not read: 2 readings of GPU 2 (nvidia-smi printed 'Unknown Error')")


def test_a_link_that_stays_slow_or_narrow_at_work_fails_its_node() -> None:
    """Where others of the type in the fleet have more; one that rises in time is well."""
    slow, narrow = READING | {"generation": 1.0}, READING | {"lanes": 8.0}
    found = judged("pcie", node([slow] * READINGS), node([narrow] * READINGS), node([slow, READING]))

    assert verdicts(found) == [("FAIL", ("gpu-0",)), ("FAIL", ("gpu-1",)), ("PASS", ("gpu-2",))]
    assert found[0].reason == "the link of GPU 2 has generation 1 of 5"
    assert found[1].reason == "the link of GPU 2 has width 8 of 16"
    assert "PCIe generation 1 of 5, PCIe width 16 of 16" in found[0].evidence["GPU 2"]


def test_links_that_are_all_alike_may_be_built_so() -> None:
    """nvidia-smi's maximum is not the wiring's; where the catalogue knows that, it counts."""
    narrow = [gpu(index, [READING | {"lanes": 8.0}] * READINGS) for index in range(4)]

    assert [found.verdict for found in judged("pcie", narrow)] == [Verdict.INCONCLUSIVE]
    assert [found.verdict for found in judged("pcie", narrow, instance_type="g5.12xlarge")] == [Verdict.PASS]
