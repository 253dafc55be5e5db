import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask, Mount
from playbooks.checks.data import lustre_throughput
from playbooks.findings import Finding, Verdict
from stacks.settings import Lustre
from tests.playbooks.checks.asks import ask, completed

# 1.17 GB/s by its specification
MADE_AS = Lustre.model_validate({"zone": "eu-west-1a", "capacityGib": 4800, "throughput": 250})


def question(count: int, made_as: Lustre = MADE_AS) -> Ask:
    """To a fleet that mounts a file system."""
    return ask(count=count)._replace(lustre=Mount("datasets", "/fsx", made_as))


def answer(gb_per_second: float, began: float = 1000.0, read: float | None = None) -> dict[str, Any]:
    """What a node says that ran for a minute."""
    rates = {"written": gb_per_second, "read": gb_per_second if read is None else read}
    windows = {name: {"bytes": int(rate * 60e9), "began": began, "ended": began + 60} for name, rate in rates.items()}
    return {"hostname": "ip-10-0-0-1", "folder": "/fsx", "streams": 16, "direct": True, **windows}


def found(asked: Ask, *answers: dict[str, Any]) -> list[Finding]:
    """What is found, in the order of the nodes."""
    outcomes = {node.name: completed(json.dumps(each)) for node, each in zip(asked.nodes, answers, strict=True)}
    return lustre_throughput.CHECK.judge(asked, outcomes)


def together(findings: list[Finding]) -> list[Finding]:
    """The findings over all nodes, of writing and of reading."""
    return [each for each in findings if each.figure and "all nodes" in each.figure.name]


def test_a_file_system_that_carries_what_was_bought_passes() -> None:
    """All nodes' throughputs together; each node alone is too few to compare."""
    findings = found(question(4), *[answer(0.3)] * 4)

    assert [each.verdict for each in together(findings)] == [Verdict.PASS, Verdict.PASS]
    assert together(findings)[0].reason == "4 nodes reach 1.2 GB/s on datasets"
    assert {each.verdict for each in findings} == {Verdict.PASS, Verdict.SKIPPED}


def test_one_that_does_not_fails_in_the_way_that_is_slow() -> None:
    """Here reading."""
    write, read = together(found(question(4), *[answer(0.3, read=0.2)] * 4))

    assert (write.verdict, read.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "CloudWatch" in read.action
    assert read.nodes == ("gpu-0", "gpu-1", "gpu-2", "gpu-3")


def test_a_slow_node_is_named() -> None:
    """The file system as a whole is fast enough."""
    findings = found(question(6), *[answer(0.5)] * 5, answer(0.1))
    blamed = [each for each in findings if each.verdict is Verdict.FAIL]

    assert {each.nodes for each in blamed} == {("gpu-5",)}
    assert len(blamed) == 2


def test_too_few_nodes_for_a_large_file_system_prove_nothing_against_it() -> None:
    """What they reach is told, with what would tell more."""
    large = MADE_AS.model_copy(update={"capacity_gib": 38400, "throughput": 1000})
    [write, _] = together(found(question(2, large), answer(3), answer(3)))

    assert write.verdict is Verdict.INCONCLUSIVE
    assert "more nodes" in write.action


def test_nodes_that_ran_at_different_times_prove_nothing() -> None:
    """Their throughputs do not add up."""
    [write, _] = together(found(question(2), answer(2), answer(2, began=1050.0)))

    assert write.verdict is Verdict.INCONCLUSIVE
    assert write.reason == "2 nodes reach 4 GB/s on datasets, but all were at it for 9% of the time only"


@pytest.mark.parametrize(("late", "verdict"), [(6.0, Verdict.PASS), (15.0, Verdict.INCONCLUSIVE)])
def test_nodes_that_start_apart_have_the_file_system_to_themselves_for_a_while(late: float, verdict: Verdict) -> None:
    """Their rates together say more than it carries; some seconds of a minute do not matter."""
    [write, _] = together(found(question(2), answer(0.6), answer(0.6, began=1000.0 + late)))

    assert write.verdict is verdict


def test_what_went_through_the_nodes_own_cache_is_said() -> None:
    """Where the file system knows no other way."""
    [write, _] = together(found(question(2), answer(1), answer(1) | {"direct": False}))

    assert write.evidence["through the page cache"] == "gpu-1"


@pytest.mark.parametrize("ended", [1000.0, 999.0])
def test_an_answer_that_took_no_time_is_an_error(ended: float) -> None:
    """No throughput follows from it."""
    broken = answer(1)
    broken["read"]["ended"] = ended
    [finding] = found(question(1), broken)

    assert (finding.verdict, finding.nodes) == (Verdict.ERROR, ("gpu-0",))


@given(st.integers(0, len(json.dumps(answer(1))) - 1))
def test_a_cut_answer_cannot_be_read(keep: int) -> None:
    """Wherever it ends."""
    with pytest.raises(UnreadableAnswerError):
        lustre_throughput.parse(json.dumps(answer(1))[:keep])


@given(st.integers(1200, 10**6), st.integers(1, 1000))
def test_the_files_take_little_of_the_file_system(capacity_gib: int, nodes: int) -> None:
    """A twentieth at most, unless that is less than the smallest file; in whole blocks."""
    size = lustre_throughput.file_mib(capacity_gib, nodes)
    everything = size * nodes * lustre_throughput.STREAMS

    assert size % 4 == 0
    assert size == lustre_throughput.LEAST_MIB or everything <= 0.05 * capacity_gib * 1024
    assert lustre_throughput.LEAST_MIB <= size <= lustre_throughput.MOST_MIB


def test_the_arguments_say_where_and_how_much() -> None:
    """Of the file system that the settings have the fleet mount."""
    asked = question(4)

    assert lustre_throughput.CHECK.arguments(asked, asked.nodes[0]) == [
        *("--folder", "/fsx", "--size-mib", "1024"),
        *("--streams", "16", "--seconds", "60"),
    ]
    assert lustre_throughput.CHECK.skip(asked) == ""
    assert "names no file system" in lustre_throughput.CHECK.skip(ask())
