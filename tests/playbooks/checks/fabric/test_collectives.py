import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.collectives import Collective
from playbooks.checks.fabric import collectives, transport
from playbooks.checks.fabric.collectives import rounded, sizes
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import SIZES, ask, changed, everywhere, names, printed, verdicts

ASKED = {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 0.01}}


def judged(
    change: dict[int, Any] | None = None,
    smoke: dict[str, Any] | None = None,
    instance_type: str = "c6in.32xlarge",
    **more: Any,  # noqa: ANN401 - of the question
) -> list[Finding]:
    """The findings on what four nodes really answered, with changes by node."""
    question = ask(smoke or ASKED, instance_type=instance_type)._replace(**more)

    def stdout(index: int) -> str:
        return changed(f"collectives.{index}.stdout", (change or {}).get(index, lambda _: None))

    return collectives.CHECK.judge(question, everywhere(question, stdout))


def of(check: str, found: list[Finding]) -> list[Finding]:
    """The findings of one name."""
    return [finding for finding in found if finding.check == check]


def test_a_good_fleet_passes_and_its_cpus_are_not_held_to_a_fabric() -> None:
    """Every collective for its elements, the all-reduce for its speed too, for the settings ask for it."""
    found = judged()

    assert {finding.check for finding in found} == {*Collective, transport.NAME}
    for which in Collective:
        elements, speed = of(which, found)
        assert elements.verdict is Verdict.PASS
        assert speed.verdict is (Verdict.PASS if which is Collective.ALL_REDUCE else Verdict.SKIPPED)
        assert len(speed.series[0].points) == len(rounded(SIZES, which, 4))
    assert of(transport.NAME, found)[0].reason == "the ranks speak Gloo over TCP on CPUs"
    assert of("all-reduce", found)[1].evidence["ran on"] == "4 ranks, gloo, torch 2.15.0+cu132, cpu"


def test_a_fleet_whose_gpus_are_all_gone_is_an_error() -> None:
    """It would pass over TCP; a sandbox has none to begin with."""
    [found] = judged(instance_type="p5.48xlarge", smoke={"allReduce": {"largestMessageMib": 16}})[:1]
    stand_in = judged(instance_type="p5.48xlarge", stand_in=True)

    assert found.verdict is Verdict.ERROR
    assert of("all-reduce", stand_in)[0].verdict is Verdict.PASS


def test_sixteen_bytes_are_the_least_that_a_rank_gets() -> None:
    """In whole packs of NCCL, as nccl-tests rounds too; the all-reduce and the broadcast divide nothing."""
    assert rounded((8, 64), Collective.ALL_GATHER, 4) == (64,)
    assert rounded((8, 16, 512), Collective.ALL_TO_ALL, 8) == (128, 512)
    assert rounded((8, 64), Collective.ALL_REDUCE, 4) == (8, 64)
    assert rounded((8, 64), Collective.BROADCAST, 4) == (8, 64)


@given(st.integers(1, 1 << 30), st.integers(1, 16_000), st.sampled_from(list(Collective)))
def test_every_part_begins_at_a_pack(size: int, world: int, which: Collective) -> None:
    """Also where the ranks are no power of two; and a size grows by less than a pack a rank."""
    [found] = rounded((size,), which, world)

    assert size <= found < size + 16 * world
    if which not in (Collective.ALL_REDUCE, Collective.BROADCAST):
        assert found % (16 * world) == 0


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

    assert collectives.CHECK.arguments(question, question.nodes[2]) == [
        *("--addresses", "127.43.0.10,127.43.0.11,127.43.0.12,127.43.0.13", "--node", "2", "--port", "29400"),
        *("--sizes", "8,64,512,4096,32768,262144,2097152,16777216"),
        *("--collectives", "all-reduce,all-gather,reduce-scatter,all-to-all,broadcast"),
    ]


def test_a_rank_with_wrong_elements_is_named_by_node() -> None:
    """With where and how many; the other collectives stand."""
    found = judged({2: lambda facts: facts["ranks"][0]["rows"][10].update(wrong=17)})
    elements, speed = of("all-gather", found)

    assert verdicts([elements, speed]) == [("FAIL", ("gpu-2",)), ("SKIPPED", names(ask()))]
    assert elements.figure is not None
    assert elements.figure.value == 17
    assert elements.evidence == {"gpu-2": "rank 2, 4096 B: 17 wrong"}
    assert of("all-reduce", found)[0].verdict is Verdict.PASS


def _drop_row(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rows"].pop(4)


def _drop_largest(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rows"].pop()


def _swap(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rows"][:2] = reversed(facts["ranks"][0]["rows"][:2])


def _drop_ranks(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"] = []


def _other_rank(facts: Any) -> None:  # noqa: ANN401 - JSON
    facts["ranks"][0]["rank"] = 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_drop_row, "rank 1 on gpu-1 answered for 36 of 37 message sizes"),
        (_drop_largest, "rank 1 on gpu-1 answered for 36 of 37 message sizes"),
        (_swap, "rank 1 on gpu-1 answered for 37 of 37 message sizes"),
        (_drop_ranks, "of 4 ranks these answered: 0, 2, 3"),
        (_other_rank, "of 4 ranks these answered: 0, 0, 2, 3"),
        (lambda facts: facts.update(world=3), "the nodes do not agree on the number of ranks: [3, 4]"),
        (lambda facts: facts["ranks"][0].update(fits_bytes=4), "rank 1 on gpu-1 answered for 37 of 0 message sizes"),
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

    assert verdicts(found)[0] == ("ERROR", ("gpu-1",))
    assert "ranks.0.rows.7.seconds" in found[0].reason


def test_without_a_threshold_the_bandwidth_is_inconclusive() -> None:
    """And the setting to write is named."""
    speed = of("all-reduce", judged(smoke={"allReduce": {"largestMessageMib": 16}}))[1]

    assert speed.verdict is Verdict.INCONCLUSIVE
    assert "smoke.allReduce.minimumBusBandwidthGbPerSecond" in speed.action


@pytest.mark.parametrize(
    ("largest_mib", "stand_in", "mib"), [(None, False, 16384), (None, True, 1024), (64, False, 64)]
)
def test_the_message_is_one_at_which_the_fleet_can_be_judged(largest_mib: int | None, stand_in: bool, mib: int) -> None:
    """Four B200 have a public figure at 16 GiB alone; the settings decide where they name one."""
    smoke = {"allReduce": {"largestMessageMib": largest_mib} if largest_mib else {}}
    question = ask(smoke, instance_type="p6-b200.48xlarge")._replace(stand_in=stand_in)

    assert sizes(question)[-1] == mib << 20


def test_the_settings_judge_other_collectives_too() -> None:
    """Also on CPUs, where nothing else does; the threshold says whose it is."""
    found = judged(smoke={**ASKED, "minimumBusBandwidthGbPerSecond": {"broadcast": 300, "allToAll": 1e-6}})
    slow, fast = of("broadcast", found)[1], of("all-to-all", found)[1]

    assert (slow.verdict, fast.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert slow.threshold is not None
    assert slow.threshold.source == "smoke.minimumBusBandwidthGbPerSecond.broadcast of the settings"
    assert of("all-gather", found)[1].verdict is Verdict.SKIPPED


def test_a_fabric_slower_than_the_settings_ask_fails() -> None:
    """At the largest message, whatever the smaller ones gave."""
    smoke = {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 300}}
    speed = of("all-reduce", judged(smoke=smoke))[1]

    assert speed.verdict is Verdict.FAIL
    assert speed.threshold is not None
    assert speed.threshold.source == "smoke.allReduce.minimumBusBandwidthGbPerSecond of the settings"


def test_messages_that_do_not_fit_are_left_out_and_said() -> None:
    """The bandwidth is then that of the largest that fits."""

    def little_memory(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts["ranks"][0]["fits_bytes"] = 3 << 20
        facts["ranks"][0]["rows"] = [row for row in facts["ranks"][0]["rows"] if row["bytes"] <= 3 << 20]

    little = dict.fromkeys(range(4), little_memory)
    good = of("all-reduce", judged(little))[1]
    much = {"allReduce": {"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 300}}
    slow = of("all-reduce", judged(little, much))[1]

    assert slow.verdict is Verdict.INCONCLUSIVE  # a larger message might have been as fast as it must be
    assert good.verdict is Verdict.PASS
    assert good.reason.startswith("the bus bandwidth at messages of 2 MiB, the largest that there is memory for")


def test_one_rank_alone_proves_nothing() -> None:
    """Neither that elements are right nor that a fabric is fast."""
    question = ask(ASKED, count=1, declared=4)

    def alone(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts.update(world=1)
        facts["ranks"][0]["rows"] = [
            {"collective": which, "bytes": size, "iterations": 10, "seconds": 1e-3, "wrong": 0}
            for which in Collective
            for size in rounded(SIZES, which, 1)
        ]

    found = collectives.CHECK.judge(question, everywhere(question, lambda _: changed("collectives.0.stdout", alone)))

    assert verdicts(found) == [("SKIPPED", ("gpu-0",))]
    assert found[0].reason.endswith("prove anything (on 1 of 4 declared nodes)")


def test_a_fleet_that_is_not_whole_says_so() -> None:
    """In every finding; a whole one does not."""
    assert {finding.reason.endswith(" (on 4 of 5 declared nodes)") for finding in judged(declared=5)} == {True}
    assert not any("declared" in finding.reason for finding in judged())


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    text = printed("collectives.0.stdout")

    assert collectives.parse(text).model_dump(mode="json") == json.loads(text)
