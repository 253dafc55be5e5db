import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import host_facts
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ENDED_AT, ask, completed, names, printed, verdicts

GPU = {"name": "NVIDIA H100 80GB HBM3", "uuid": "GPU-0", "memory_mib": 81559, "driver": "580.95.05", "wrong": ""}


def judged(
    change: dict[int, dict[str, Any]] | None = None, instance_type: str = "c6in.32xlarge", seconds: float = 1.0
) -> list[Finding]:
    """The findings on four nodes that answered well and in time, with changes by node."""
    question = ask(instance_type=instance_type)
    outcomes = {}
    for node in question.nodes:
        clock = {"clock": ENDED_AT - 0.4, "run_seconds": 0.2, "gpus_wrong": ""}
        facts = clock | (change or {}).get(node.index, {})
        text = json.dumps(json.loads(printed("host-facts.stdout")) | facts)
        outcomes[node.name] = completed(text, seconds=seconds)
    return host_facts.CHECK.judge(question, outcomes)


def test_a_good_fleet_without_gpus() -> None:
    """A clock a node, nothing to count, one set of versions."""
    assert verdicts(judged()) == [
        *(("PASS", (name,)) for name in names(ask())),
        ("SKIPPED", names(ask())),
        ("PASS", names(ask())),
    ]


@given(offset=st.floats(-100, 100), out=st.floats(0, 10), inside=st.floats(0, 10), back=st.floats(0, 10))
def test_the_true_offset_lies_within_the_uncertainty(offset: float, out: float, inside: float, back: float) -> None:
    """However the time is spent between the way there, the program and the way back; the program's is known."""
    facts = host_facts.parse(printed("host-facts.stdout")).model_copy(
        update={"clock": ENDED_AT + out + inside + offset, "run_seconds": inside}
    )
    seconds = out + inside + back
    found, uncertainty = host_facts.clock_offset(facts, seconds, ENDED_AT + seconds)

    assert abs(found - offset) <= uncertainty + 1e-6
    assert uncertainty == pytest.approx((out + back) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("offset", "seconds", "verdict", "judged_by"),
    [
        (0.0, 1.0, Verdict.PASS, "clock offset, at most"),
        (0.59, 1.0, Verdict.PASS, "clock offset, at most"),
        (-0.59, 1.0, Verdict.PASS, "clock offset, at most"),
        (0.61, 1.0, Verdict.INCONCLUSIVE, "clock offset, at most"),  # the way takes 0.8 s, so it may be 1.01
        (1.39, 1.0, Verdict.INCONCLUSIVE, "clock offset, at most"),  # or 0.99
        (1.41, 1.0, Verdict.FAIL, "clock offset, at least"),
        (-1.41, 1.0, Verdict.FAIL, "clock offset, at least"),
        (0.0, 3.0, Verdict.INCONCLUSIVE, "clock offset, at most"),
        (60.0, 3.0, Verdict.FAIL, "clock offset, at least"),
    ],
)
def test_the_clock_is_judged_with_its_uncertainty(
    offset: float, seconds: float, verdict: Verdict, judged_by: str
) -> None:
    """The program takes 0.2 s, the way the rest, half of it back; the threshold is 1 s."""
    clock = {"clock": ENDED_AT - (seconds - 0.2) / 2 + offset, "run_seconds": 0.2}
    found = judged({1: clock}, seconds=seconds)[1]

    assert (found.nodes, found.verdict) == (("gpu-1",), verdict)
    assert found.figure is not None
    assert found.figure.name == judged_by
    assert bool(found.action) == (verdict is not Verdict.PASS)


def test_a_wrong_clock_says_which_way() -> None:
    """Ahead or behind, by how much, and how well that is known."""
    found = judged({1: {"clock": ENDED_AT - 20.4}})[1]

    assert found.reason == "the clock is 20 s behind this machine's, give or take 0.4 s"


def test_a_clock_that_ssh_cannot_tell_is_never_good() -> None:
    """The message says that it cannot be told from here."""
    found = judged({1: {"clock": ENDED_AT - 0.1}}, seconds=1.9)[1]

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "the clock is 0.75 s off, give or take 0.85 s: over SSH from here 1 s cannot be told"


@pytest.mark.parametrize(("gpus", "verdict"), [(8, "PASS"), (7, "FAIL"), (0, "FAIL")])
def test_gpus_are_counted_against_the_instance_type(gpus: int, verdict: str) -> None:
    """A p5.48xlarge has eight."""
    eight = {"gpus": [GPU] * 8}
    found = judged({0: {"gpus": [GPU] * gpus}, 1: eight, 2: eight, 3: eight}, "p5.48xlarge")

    assert verdicts(found)[4:8] == [(verdict, ("gpu-0",)), *(("PASS", (f"gpu-{index}",)) for index in (1, 2, 3))]
    assert found[4].reason == f"the node shows {gpus} of 8 GPUs"


def test_what_nvidia_smi_said_is_kept() -> None:
    """It explains why there are none."""
    wrong = {"gpus": [], "gpus_wrong": "nvidia-smi exited with 9: driver not loaded"}
    found = judged({0: wrong}, "p5.48xlarge")[4]

    assert found.evidence["nvidia-smi"] == "nvidia-smi exited with 9: driver not loaded"
    assert found.reason == "the node shows 0 of 8 GPUs; nvidia-smi exited with 9: driver not loaded"


def test_gpus_that_nobody_counted_are_an_error() -> None:
    """Never none of eight; what hindered it is named."""
    found = judged({0: {"gpus": None, "gpus_wrong": "nvidia-smi did not end within 60 s"}}, "p5.48xlarge")[4]

    assert (found.verdict, found.nodes, found.figure) == (Verdict.ERROR, ("gpu-0",), None)
    assert found.reason.endswith("for nvidia-smi gave no answer: nvidia-smi did not end within 60 s")
    assert found.action


def test_a_gpu_that_is_lost_is_not_counted_and_a_field_that_is_missing_is_no_loss() -> None:
    """The other seven are; memory is unknown where the driver does not tell it."""
    lost = GPU | {"uuid": "GPU-7", "memory_mib": None, "wrong": "[GPU is lost]"}
    found = judged({0: {"gpus": [GPU | {"memory_mib": None}] * 7 + [lost]}}, "p5.48xlarge")[4]

    assert (found.verdict, found.reason) == (Verdict.FAIL, "the node shows 7 of 8 GPUs")
    assert found.evidence["gpus"].splitlines()[-1] == "NVIDIA H100 80GB HBM3 GPU-7 memory unknown [GPU is lost]"


def test_trainium_is_not_counted_as_gpus() -> None:
    """nvidia-smi does not show it."""
    assert judged(instance_type="trn2.48xlarge")[4].reason == "trn2.48xlarge has no GPUs to count"


def test_nodes_with_other_versions_than_most_are_named() -> None:
    """With what differs."""
    found = judged({2: {"kernel": "6.1.0"}, 3: {"torch": None}})[-1]

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-2", "gpu-3"))
    assert found.reason == "these nodes differ from most in kernel, torch"
    assert found.evidence["torch"] == "2.15.0+cu132: gpu-0, gpu-1, gpu-2\nnone: gpu-3"


def test_on_a_tie_no_node_is_blamed() -> None:
    """All are named, and the evidence says which has which."""
    found = judged({0: {"kernel": "6.1.0"}, 1: {"kernel": "6.1.0"}})[-1]

    assert (found.verdict, found.nodes) == (Verdict.FAIL, names(ask()))
    assert found.reason == "the nodes differ in kernel, and no version of kernel has a majority"
    assert found.evidence["kernel"].splitlines()[0] == "6.1.0: gpu-0, gpu-1"


def test_one_node_alone_is_compared_with_nobody() -> None:
    """Also where others were asked and did not answer; the reason says how many are declared."""
    question = ask(count=1, declared=3)
    found = host_facts.CHECK.judge(question, {"gpu-0": completed(printed("host-facts.stdout"))})[-1]

    assert found.verdict is Verdict.SKIPPED
    assert found.reason == "one node's versions have nothing to be compared with (on 1 of 3 declared nodes)"


def test_drivers_are_versions_too() -> None:
    """The first GPU that tells it stands for the node; a node where none does has no other version."""
    other = {"gpus": [GPU | {"driver": "570.1"}] * 8}
    eight = {"gpus": [GPU] * 8}
    found = judged({0: eight, 1: other, 2: eight, 3: {"gpus": None}}, "p5.48xlarge")[-1]

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-1",))


def test_a_node_that_does_not_answer_does_not_hide_the_others() -> None:
    """Its failure comes first; where none answers, nothing else is said."""
    question = ask(count=2)
    good, bad = completed(printed("host-facts.stdout"), seconds=1e9), completed(exit_status=127)

    assert verdicts(host_facts.CHECK.judge(question, {"gpu-0": good, "gpu-1": bad}))[0] == ("ERROR", ("gpu-1",))
    assert verdicts(host_facts.CHECK.judge(question, {"gpu-0": bad, "gpu-1": bad})) == [
        ("ERROR", ("gpu-0",)),
        ("ERROR", ("gpu-1",)),
    ]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    text = printed("host-facts.stdout")

    assert host_facts.parse(text).model_dump(mode="json") == json.loads(text)
