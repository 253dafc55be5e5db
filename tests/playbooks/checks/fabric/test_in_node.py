import json
import re
from typing import Any

import pytest

from playbooks.checks.fabric import in_node
from playbooks.findings import Finding, Verdict
from playbooks.payload.ending import Status
from playbooks.transport.outcome import Outcome
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed, verdicts
from tests.playbooks.checks.fabric.test_nccl_tests import A100, TAGGED
from tests.playbooks.checks.fabric.test_nccl_tests_json import H100

COMMAND = ["/opt/nccl-tests/build/all_reduce_perf", "-b", "8", "-e", "128M", "-f", "2", "-g", "8"]


def told(stdout: str, report: str | None = None, status: int = 0, broken: str = "") -> str:
    """What the program answers where the image has nccl-tests."""
    ended = {"command": COMMAND, "status": status, "stdout": stdout, "stderr": "", "report": report, "broken": broken}
    return json.dumps({"nccl_tests": ended, "not_used": "", "torch": None})


def judged(
    *stdout: str, type_name: str = "p5.48xlarge", largest_mib: int = 16384, inside_node: float | None = None
) -> list[Finding]:
    """What is found of one node each."""
    asked = {"insideNode": inside_node} if inside_node else {}
    smoke = {"allReduce": {"largestMessageMib": largest_mib}, "minimumBusBandwidthGbPerSecond": asked}
    question = ask(smoke, count=len(stdout), instance_type=type_name)
    return in_node.CHECK.judge(question, everywhere(question, lambda index: stdout[index]))


def test_a_node_at_nvlinks_speed_passes_by_nccl_tests_json() -> None:
    """Eight H100 reach 481 GB/s at 16 GiB; both programs would give the same kind of finding."""
    correctness, speed = judged(told("", H100))

    assert verdicts([correctness, speed]) == [("PASS", ("gpu-0",))] * 2
    assert speed.figure is not None
    assert speed.figure.value == pytest.approx(480.9, abs=0.1)
    assert speed.series[0].limit == 480
    assert speed.evidence["command"].startswith("/opt/nccl-tests/build/all_reduce_perf -b 8")


def test_a_slow_node_fails_alone() -> None:
    """At 70 % of what the other reaches; the times belong to the bandwidths."""

    def slow(way: dict[str, float]) -> None:
        way.update(time=way["time"] / 0.7, alg_bw=way["alg_bw"] * 0.7, bus_bw=way["bus_bw"] * 0.7)

    report = json.loads(H100)
    for way in ("out_of_place", "in_place"):
        slow(report["results"][0][way])
    report["average_bus_bandwidth"]["bandwidth"] *= 0.7
    found = judged(told("", H100), told("", json.dumps(report)))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("PASS", ("gpu-0",)), ("PASS", ("gpu-1",)), ("FAIL", ("gpu-1",))]


def test_the_settings_know_better_than_public_figures() -> None:
    """And the threshold says so."""
    speed = judged(told("", H100), inside_node=490)[1]

    assert speed.verdict is Verdict.FAIL
    assert speed.threshold is not None
    assert speed.threshold.source == "smoke.minimumBusBandwidthGbPerSecond.insideNode of the settings"


def test_a_node_is_asked_for_a_message_at_which_it_can_be_judged() -> None:
    """Where the settings name none: eight B200 have a public figure at 16 GiB alone."""
    question = ask({"allReduce": {}}, count=2, instance_type="p6-b200.48xlarge")
    words = in_node.CHECK.arguments(question, question.nodes[1])

    assert words[:2] == ["--largest", str(16 << 30)]
    assert words[words.index("--sizes") + 1].endswith(f",{16 << 30}")


def test_text_is_read_where_there_is_no_json() -> None:
    """Of an A100 at 128 MiB, at which nobody has published a figure."""
    correctness, speed = judged(told(A100), type_name="p4de.24xlarge", largest_mib=128)

    assert (correctness.verdict, speed.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert speed.figure is not None
    assert speed.figure.value == 181.32
    assert speed.evidence["stdout"] == A100


def test_wrong_elements_fail() -> None:
    """With status 1, as nccl-tests ends then."""
    correctness, _ = judged(
        told(A100.replace("values : 0 OK", "values : 3 FAILED"), status=1), type_name="p4de.24xlarge"
    )

    assert correctness.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("stdout", "reason"),
    [
        (told(A100[: A100.index("# Out of")]), "no footer says how many values are out of bounds"),
        (told(A100.replace("181.32", "nan")), "a row has something else than a number: 134217728"),
        (told(A100, status=139), "nccl-tests exited with 139, and tells no wrong element: (empty)"),
        (told(re.sub(r" 0( +\d\S+ +\d\S+ +\d\S+ +)", r" N/A\1", A100)), "did not look whether the elements are right"),
        (told(A100, broken="the JSON of nccl-tests cannot be read"), "the JSON of nccl-tests cannot be read"),
        (told("", H100[:100]), "the JSON of nccl-tests is not whole or not right"),
        (json.dumps({"nccl_tests": None, "not_used": "", "torch": None}), "of neither nccl-tests nor torch"),
        (
            changed("all-reduce-in-node.stdout", lambda facts: facts["torch"]["ranks"][0]["rows"].pop()),
            "rank 0 on this node answered for 7 of 8 message sizes",
        ),
    ],
)
def test_what_is_not_whole_is_an_error(stdout: str, reason: str) -> None:
    """Never a pass."""
    [found] = judged(stdout, type_name="c6in.32xlarge", largest_mib=16)

    assert found.verdict is Verdict.ERROR
    assert reason in found.reason


def test_torch_measures_where_there_are_no_nccl_tests() -> None:
    """As the program really answered with two ranks on CPUs, and says why."""
    correctness, speed = judged(printed("all-reduce-in-node.stdout"), type_name="c6in.32xlarge", largest_mib=16)

    assert (correctness.verdict, speed.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert speed.evidence["nccl-tests"] == "the image has no all_reduce_perf"
    assert speed.evidence["ran on"].startswith("2 ranks, gloo")


def test_one_rank_alone_proves_nothing() -> None:
    """Where the catalogue knows no better."""

    def alone(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts["torch"].update(world=1, ranks=facts["torch"]["ranks"][:1])

    answer = changed("all-reduce-in-node.stdout", alone)

    assert verdicts(judged(answer, type_name="p99.metal")) == [("SKIPPED", ("gpu-0",))]


def test_a_node_without_all_of_its_gpus_is_an_error() -> None:
    """Whether torch works on CPUs, or nccl-tests on what is left: neither says what the whole node reaches."""

    def at_all_sizes(facts: Any) -> None:  # noqa: ANN401 - JSON
        for rank in facts["torch"]["ranks"]:
            rank["rows"] = [{**rank["rows"][0], "bytes": 8 << power} for power in range(22)]

    [on_cpus] = judged(changed("all-reduce-in-node.stdout", at_all_sizes), largest_mib=16)
    [on_two] = judged(told(TAGGED))

    assert (on_cpus.verdict, on_cpus.reason) == (Verdict.ERROR, "0 of the 8 GPUs of p5.48xlarge took part")
    assert (on_two.verdict, on_two.reason) == (Verdict.ERROR, "2 of the 8 GPUs of p5.48xlarge took part")


def test_where_nobody_has_published_a_figure_the_fleet_is_the_measure() -> None:
    """Of five nodes at 128 MiB the one that is slow fails."""
    slow = re.sub(r"1295\.41 +103\.61 +181\.32", "1850.59   72.53  126.92", A100).replace("34.9024", "33.8144")
    found = judged(*[told(A100)] * 4, told(slow), type_name="p4de.24xlarge", largest_mib=128)
    speeds = found[1::2]

    assert [each.verdict for each in speeds] == [Verdict.PASS] * 4 + [Verdict.FAIL]
    assert speeds[-1].threshold is not None
    assert speeds[-1].threshold.source == "10 % below 181.3, the median of the fleet's 5"


@pytest.mark.parametrize(
    ("type_name", "stand_in", "skipped"),
    [
        ("p5.48xlarge", False, ""),
        ("p99.metal", False, ""),
        ("g6.8xlarge", False, "g6.8xlarge has 1 GPUs, and it takes two to reduce inside a node"),
        ("c6in.32xlarge", False, "c6in.32xlarge has 0 GPUs, and it takes two to reduce inside a node"),
        ("p5.48xlarge", True, "the sandbox's nodes share one machine, which has none of their type's GPUs"),
    ],
)
def test_nodes_with_less_than_two_gpus_are_skipped(type_name: str, stand_in: bool, skipped: str) -> None:
    """With the reason."""
    assert in_node.CHECK.skip(ask(instance_type=type_name)._replace(stand_in=stand_in)) == skipped


def test_a_node_meets_only_itself() -> None:
    """On a port of its own, whatever the fleet's is."""
    question = ask()

    assert in_node.CHECK.arguments(question, question.nodes[2]) == [
        *("--largest", "16777216", "--addresses", "127.43.0.12", "--node", "0", "--port", "0"),
        *("--sizes", "8,64,512,4096,32768,262144,2097152,16777216", "--collectives", "all-reduce"),
    ]


def test_a_node_that_failed_is_named_with_its_reason() -> None:
    """The others keep their findings."""
    question = ask({"allReduce": {"largestMessageMib": 16384}}, count=2, instance_type="p5.48xlarge")
    outcomes: dict[str, Outcome] = {
        "gpu-0": completed(stderr="a GPU failed: CUDA error: unknown", exit_status=Status.GPU_FAILED),
        "gpu-1": completed(told("", H100)),
    }

    assert verdicts(in_node.CHECK.judge(question, outcomes)) == [
        ("ERROR", ("gpu-0",)),
        ("PASS", ("gpu-1",)),
        ("PASS", ("gpu-1",)),
    ]
