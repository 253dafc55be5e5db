import json

from playbooks.checks.gpu import fixed_computation
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts
from tests.playbooks.checks.gpu.answers import Facts, ended, of_gpus

STEP = "bfloat16 product"


def node(odd: int = -1, wavering: int = -1, count: int = 8) -> str:
    """A node of which one GPU gives other bits than the rest, and one other bits now and then."""

    def change(index: int, device: Facts) -> None:
        if index == odd:
            device["sha256"][STEP] = "0" * 64
        if index == wavering:
            device["unlike_first"][STEP] = 2

    return of_gpus("fixed-computation.0.stdout", change, count)


def judged(*nodes: str, instance_type: str = "p5en.48xlarge") -> list[Finding]:
    """The findings on these nodes' answers."""
    question = ask(count=len(nodes), instance_type=instance_type)
    return fixed_computation.CHECK.judge(question, ended(question, dict(enumerate(nodes))))


def test_a_good_fleet_gives_the_same_bits() -> None:
    """One finding for all; the four of the capture, too."""
    assert verdicts(judged(node(), node())) == [("PASS", ("gpu-0", "gpu-1"))]
    question = ask()
    captured = everywhere(question, lambda index: printed(f"fixed-computation.{index}.stdout"))

    assert verdicts(fixed_computation.CHECK.judge(question, captured)) == [
        ("PASS", ("gpu-0", "gpu-1", "gpu-2", "gpu-3"))
    ]


def test_a_gpu_with_other_bits_than_most_is_named_and_its_node_replaced() -> None:
    """The others pass."""
    found = judged(node(), node(odd=5), node())

    assert verdicts(found) == [("FAIL", ("gpu-1",)), ("PASS", ("gpu-0", "gpu-2"))]
    assert found[0].reason == "GPU 5 gave other bits than most of 24 of NVIDIA H200"
    assert found[0].action.startswith("Replace the node: GPU 5 corrupts")
    assert "0000000000000000" in found[0].evidence["gpu-1 GPU 5"]


def test_a_gpu_that_disagrees_with_itself_is_caught_alone() -> None:
    """There is no other of its kind."""
    found = judged(node(wavering=0, count=1), instance_type="p5.4xlarge")

    assert verdicts(found) == [("FAIL", ("gpu-0",))]
    assert found[0].reason == "GPU 0 did not give the same bits each time"


def test_of_two_that_differ_both_are_named_and_none_is_known() -> None:
    """One of them is broken for certain."""
    found = judged(node(count=1), node(odd=0, count=1), instance_type="p5.4xlarge")

    assert verdicts(found) == [("FAIL", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert all("no result has a majority" in finding.reason for finding in found)


def test_of_two_that_differ_the_one_that_wavers_is_the_one() -> None:
    """It has said itself that it is broken, so that the other is right."""
    both = of_gpus(
        "fixed-computation.0.stdout",
        lambda _, device: (device["sha256"].update({STEP: "0" * 64}), device["unlike_first"].update({STEP: 1}))[0],
        1,
    )

    assert verdicts(judged(node(count=1), both, instance_type="p5.4xlarge")) == [
        ("FAIL", ("gpu-1",)),
        ("PASS", ("gpu-0",)),
    ]


def test_other_software_or_another_model_is_not_compared() -> None:
    """Its bits may be others, and are right by themselves."""
    other = json.loads(node(odd=0, count=1))
    other["driver"] = "570.86.15"
    [found] = judged(node(count=1), json.dumps(other), instance_type="p5.4xlarge")

    assert (found.verdict, found.nodes) == (Verdict.PASS, ("gpu-0", "gpu-1"))
    assert found.reason == "every device gave the same bits each time; some have no other of their kind to compare with"


def test_an_answer_that_tells_nothing_is_an_error() -> None:
    """Of no step, of one repetition, or of no device: none has proven anything."""
    question = ask(count=3)
    nothing = [
        changed("fixed-computation.0.stdout", lambda facts: facts["devices"][0].update(sha256={}, unlike_first={})),
        changed("fixed-computation.0.stdout", lambda facts: facts["devices"][0].update(repetitions=1)),
        changed("fixed-computation.0.stdout", lambda facts: facts["devices"].clear()),
    ]
    found = fixed_computation.CHECK.judge(question, ended(question, dict(enumerate(nothing))))

    assert [finding.verdict for finding in found] == [Verdict.ERROR] * 3


def test_a_node_without_an_answer_keeps_no_other_from_its_verdict() -> None:
    """Each ran for itself."""
    question = ask(count=2, instance_type="p5en.48xlarge")
    outcomes = {"gpu-0": completed(node()), "gpu-1": completed(stderr="Killed", exit_status=137)}

    assert verdicts(fixed_computation.CHECK.judge(question, outcomes)) == [("ERROR", ("gpu-1",)), ("PASS", ("gpu-0",))]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    text = printed("fixed-computation.0.stdout")

    assert fixed_computation.parse(text).model_dump(mode="json") == json.loads(text)
