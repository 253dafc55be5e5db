import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import all_reduce
from playbooks.checks.all_reduce import algorithm_bandwidth, bus_bandwidth, sizes
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import SIZES, ask, changed, everywhere, names, printed, verdicts

ASKED = {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 0.01}}


def judged(
    change: dict[int, Any] | None = None, smoke: dict[str, Any] | None = None, instance_type: str = "c6in.32xlarge"
) -> list[Finding]:
    """The findings on what four nodes really answered, with changes by node."""
    question = ask(smoke or ASKED, instance_type=instance_type)

    def stdout(index: int) -> str:
        return changed(f"all-reduce.{index}.stdout", (change or {}).get(index, lambda _: None))

    return all_reduce.CHECK.judge(question, everywhere(question, stdout))


def test_a_good_fleet_passes_twice() -> None:
    """For its sums and for its speed."""
    correctness, bandwidth = judged()

    assert verdicts([correctness, bandwidth]) == [("PASS", names(ask()))] * 2
    assert correctness.figure is not None
    assert correctness.figure.value == 0
    assert [series.name for series in bandwidth.series] == ["bus bandwidth", "algorithm bandwidth"]
    assert [x for x, _ in bandwidth.series[0].points] == list(SIZES)
    assert bandwidth.evidence == {"ran on": "4 ranks, gloo, torch 2.15.0+cu132, cpu", "transport": "tcp"}


def test_bandwidths_are_those_of_nccl_tests() -> None:
    """By hand: 8 ranks reduce 1 GB in 10 ms, so 100 GB/s, and 7/4 of that on the bus (PERFORMANCE.md)."""
    assert algorithm_bandwidth(1_000_000_000, 0.01) == pytest.approx(100)
    assert bus_bandwidth(1_000_000_000, 0.01, 8) == pytest.approx(175)


@given(st.integers(1, 1 << 40), st.floats(1e-9, 1e6), st.integers(2, 10_000))
def test_the_bus_carries_between_once_and_twice_the_algorithm(size: int, seconds: float, ranks: int) -> None:
    """2(n-1)/n lies in [1, 2)."""
    ratio = bus_bandwidth(size, seconds, ranks) / algorithm_bandwidth(size, seconds)

    assert 1 - 1e-9 <= ratio < 2 + 1e-9


@given(st.integers(1, 1 << 16), st.sampled_from(["c6in.32xlarge", "p5.48xlarge"]))
def test_sizes_go_from_8_bytes_to_the_largest(mib: int, instance_type: str) -> None:
    """By the factor of nccl-tests where there are GPUs, and each is a whole number of float32."""
    found = sizes(ask({"allReduce": {"largestMessageMib": mib}}, instance_type=instance_type))

    assert found[0] == 8
    assert found[-1] == mib << 20
    assert list(found) == sorted(set(found))
    assert all(size % 4 == 0 for size in found)
    assert found[1] == (16 if instance_type.startswith("p5") else 64)


def test_the_arguments_say_who_meets_where() -> None:
    """All addresses in the fleet's order and this node's place among them."""
    question = ask()

    assert all_reduce.CHECK.arguments(question, question.nodes[2]) == [
        *("--addresses", "127.43.0.10,127.43.0.11,127.43.0.12,127.43.0.13", "--node", "2", "--port", "29400"),
        *("--sizes", "8,64,512,4096,32768,262144,2097152,16777216"),
    ]


def test_a_rank_with_wrong_sums_is_named_by_node() -> None:
    """With where and how many."""
    correctness, bandwidth = judged({2: lambda facts: facts["ranks"][0]["rows"][3].update(wrong=17)})

    assert verdicts([correctness, bandwidth]) == [("FAIL", ("gpu-2",)), ("PASS", names(ask()))]
    assert correctness.figure is not None
    assert correctness.figure.value == 17
    assert correctness.evidence == {"gpu-2": "rank 2, 4096 B: 17 wrong"}


def _drop_row(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rows"].pop(4)


def _drop_largest(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rows"].pop()


def _drop_ranks(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"] = []


def _other_rank(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rank"] = 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_drop_row, "rank 1 on gpu-1 answered for 7 of 8 message sizes"),
        (_drop_largest, "rank 1 on gpu-1 answered for 7 of 8 message sizes"),
        (_drop_ranks, "of 4 ranks these answered: 0, 2, 3"),
        (_other_rank, "of 4 ranks these answered: 0, 0, 2, 3"),
        (lambda facts: facts.update(world=3), "the nodes do not agree on the number of ranks: [3, 4]"),
        (lambda facts: facts["ranks"][0].update(fits_bytes=4), "rank 1 on gpu-1 answered for 8 of 0 message sizes"),
        (
            lambda facts: facts["ranks"][0]["rows"][0].update(seconds=0),
            "rank 1 on gpu-1 answered with a time or a count that cannot be",
        ),
        (
            lambda facts: facts["ranks"][0]["rows"][0].update(wrong=-1),
            "rank 1 on gpu-1 answered with a time or a count that cannot be",
        ),
    ],
)
def test_an_answer_with_a_part_missing_is_an_error(change: Any, reason: str) -> None:  # noqa: ANN401 - a change of JSON
    """Never a pass: a size, a rank or a time that is not there proves nothing."""
    assert [(finding.verdict, finding.reason) for finding in judged({1: change})] == [(Verdict.ERROR, reason)]


def test_a_time_that_is_not_a_number_is_an_error_of_that_node() -> None:
    """JSON has no NaN, and the answer is refused."""
    found = judged({1: lambda facts: facts["ranks"][0]["rows"][7].update(seconds=float("nan"))})

    assert verdicts(found) == [("ERROR", ("gpu-1",)), ("ERROR", ("gpu-0", "gpu-2", "gpu-3"))]
    assert "ranks.0.rows.7.seconds" in found[0].reason


def test_without_a_threshold_the_bandwidth_is_inconclusive() -> None:
    """And the setting to write is named."""
    _, bandwidth = judged(smoke={"allReduce": {"largestMessageMib": 16}})

    assert bandwidth.verdict is Verdict.INCONCLUSIVE
    assert "smoke.allReduce.minimumBusBandwidthGbPerSecond" in bandwidth.action


def test_a_slow_fabric_fails() -> None:
    """At the largest message, whatever the smaller ones gave."""
    smoke = {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 300}}
    _, bandwidth = judged(smoke=smoke)

    assert bandwidth.verdict is Verdict.FAIL
    assert bandwidth.threshold is not None
    assert bandwidth.threshold.source == "smoke.allReduce.minimumBusBandwidthGbPerSecond of the settings"


def test_messages_that_do_not_fit_are_left_out_and_said() -> None:
    """The bandwidth is then that of the largest that fits."""

    def little_memory(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts["ranks"][0]["fits_bytes"] = 3 << 20
        facts["ranks"][0]["rows"].pop()

    little = dict.fromkeys(range(4), little_memory)
    _, bandwidth = judged(little)
    _, slow = judged(little, {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 300}})

    assert slow.verdict is Verdict.INCONCLUSIVE  # a larger message might have been as fast as it must be
    assert slow.action.startswith("Free memory on the nodes, or lower smoke.allReduce.largestMessageMib")
    assert bandwidth.verdict is Verdict.PASS
    assert bandwidth.reason.startswith("the bus bandwidth at messages of 2 MiB, the largest that every node has memory")


def test_one_rank_alone_proves_nothing() -> None:
    """Neither that sums are right nor that a fabric is fast."""
    question = ask(ASKED, count=1, declared=4)
    alone = changed("all-reduce.0.stdout", lambda facts: facts.update(world=1))
    found = all_reduce.CHECK.judge(question, everywhere(question, lambda _: alone))

    assert verdicts(found) == [("SKIPPED", ("gpu-0",))]
    assert found[0].reason.endswith("prove anything (on 1 of 4 declared nodes)")


def test_a_fleet_that_is_not_whole_says_so() -> None:
    """In every finding; a whole one does not."""
    question = ask(ASKED, declared=5)
    found = all_reduce.CHECK.judge(question, everywhere(question, lambda index: printed(f"all-reduce.{index}.stdout")))

    assert [finding.reason.endswith(" (on 4 of 5 declared nodes)") for finding in found] == [True, True]
    assert not any("declared" in finding.reason for finding in judged())


def test_the_network_cards_that_nccl_found_are_a_measurement() -> None:
    """And its own lines the evidence."""
    lines = ["NET/OFI Selected provider is efa, fabric is efa (found 32 nics)", "Using network Libfabric"]
    _, bandwidth = judged({0: lambda facts: facts.update(transport=lines, network_cards=32)})

    assert bandwidth.evidence["transport"] == "\n".join(lines)
    assert [each.value for each in bandwidth.measurements if each.name == "network cards in use"] == [32]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    text = printed("all-reduce.0.stdout")

    assert all_reduce.parse(text).model_dump(mode="json") == json.loads(text)
