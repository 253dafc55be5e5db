import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import host_facts
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ENDED_AT, ask, completed, names, printed, verdicts

GPU = {"name": "NVIDIA H100 80GB HBM3", "uuid": "GPU-0", "memory_mib": 81559, "driver": "580.95.05"}


def judged(
    change: dict[int, dict[str, Any]] | None = None, instance_type: str = "c6in.32xlarge", seconds: float = 1.0
) -> list[Finding]:
    """The findings on four nodes that answered well and in time, with changes by node."""
    question = ask(instance_type=instance_type)
    outcomes = {}
    for node in question.nodes:
        clock = {"clock_started": ENDED_AT - 0.6, "clock_answered": ENDED_AT - 0.4}
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


@given(
    offset=st.floats(-100, 100),
    out=st.floats(0, 10),
    inside=st.floats(0, 10),
    back=st.floats(0, 10),
)
def test_the_true_offset_lies_within_the_uncertainty(offset: float, out: float, inside: float, back: float) -> None:
    """However the time is spent between the way there, the program and the way back."""
    facts = host_facts.parse(printed("host-facts.stdout")).model_copy(
        update={"clock_started": ENDED_AT + out + offset, "clock_answered": ENDED_AT + out + inside + offset}
    )
    seconds = out + inside + back
    found, uncertainty = host_facts.clock_offset(facts, seconds, ENDED_AT + seconds)

    assert abs(found - offset) <= uncertainty + 1e-6
    assert uncertainty == pytest.approx((out + back) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("offset", "seconds", "verdict"),
    [
        (0.0, 1.0, Verdict.PASS),
        (0.9, 1.0, Verdict.PASS),
        (1.3, 1.0, Verdict.PASS),  # 0.4 s of it may be the way
        (1.5, 1.0, Verdict.FAIL),
        (-1.5, 1.0, Verdict.FAIL),
        (0.0, 3.0, Verdict.INCONCLUSIVE),
        (60.0, 3.0, Verdict.FAIL),
    ],
)
def test_the_clock_is_judged_with_its_uncertainty(offset: float, seconds: float, verdict: Verdict) -> None:
    """The program takes 0.2 s in the middle, the way the rest; the threshold is 1 s."""
    middle = ENDED_AT - seconds / 2 + offset
    clock = {"clock_started": middle - 0.1, "clock_answered": middle + 0.1}
    found = judged({1: clock}, seconds=seconds)[1]

    assert (found.nodes, found.verdict) == (("gpu-1",), verdict)
    assert bool(found.action) == (verdict is not Verdict.PASS)


def test_a_wrong_clock_says_which_way() -> None:
    """Ahead or behind, by how much."""
    found = judged({1: {"clock_started": ENDED_AT - 20.6, "clock_answered": ENDED_AT - 20.4}})[1]

    assert found.reason == "the clock is 20 s behind this machine's"


@pytest.mark.parametrize(("gpus", "verdict"), [(8, "PASS"), (7, "FAIL"), (0, "FAIL")])
def test_gpus_are_counted_against_the_instance_type(gpus: int, verdict: str) -> None:
    """A p5.48xlarge has eight."""
    eight = {"gpus": [GPU] * 8}
    found = judged({0: {"gpus": [GPU] * gpus}, 1: eight, 2: eight, 3: eight}, "p5.48xlarge")

    assert verdicts(found)[4:8] == [(verdict, ("gpu-0",)), *(("PASS", (f"gpu-{index}",)) for index in (1, 2, 3))]
    assert found[4].reason == f"the node shows {gpus} of 8 GPUs"


def test_what_nvidia_smi_said_is_kept() -> None:
    """It explains why there are none."""
    found = judged({0: {"gpus_wrong": "nvidia-smi exited with 9: driver not loaded"}}, "p5.48xlarge")[4]

    assert found.evidence["nvidia-smi"] == "nvidia-smi exited with 9: driver not loaded"


def test_trainium_is_not_counted_as_gpus() -> None:
    """nvidia-smi does not show it."""
    assert judged(instance_type="trn2.48xlarge")[4].reason == "trn2.48xlarge has no GPUs to count"


def test_nodes_with_other_versions_than_most_are_named() -> None:
    """With what differs."""
    found = judged({2: {"kernel": "6.1.0"}, 3: {"torch": None}})[-1]

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-2", "gpu-3"))
    assert found.reason == "these nodes differ from the others in kernel, torch"
    assert found.evidence["torch"] == "2.15.0+cu132: 3 nodes\nnone: 1 nodes"


def test_drivers_are_versions_too() -> None:
    """The first GPU's stands for the node."""
    other = {"gpus": [GPU | {"driver": "570.1"}] * 8}
    eight = {"gpus": [GPU] * 8}
    found = judged({0: eight, 1: other, 2: eight, 3: eight}, "p5.48xlarge")[-1]

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
