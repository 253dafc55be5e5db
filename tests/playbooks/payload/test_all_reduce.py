from collections.abc import Callable
from types import ModuleType

import pytest

from playbooks.checks import all_reduce
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import names, verdicts
from tests.playbooks.payload.fleet import all_ended, nodes, start

Module = Callable[[str], ModuleType]


@pytest.mark.slow
def test_four_nodes_sum_right_and_are_timed() -> None:
    """Over Gloo, each on its own address."""
    question = nodes(4, {"allReduce": {"largestMessageMib": 4, "minimumBusBandwidthGbPerSecond": 0.001}})
    found = all_reduce.CHECK.judge(question, all_ended(start(all_reduce.CHECK, question)))

    assert verdicts(found) == [("PASS", names(question))] * 2
    assert [len(series.points) for series in found[1].series] == [8, 8]


@pytest.mark.slow
def test_nodes_with_two_ranks_each() -> None:
    """As a node with two GPUs would run; the ranks count over both nodes."""
    question = nodes(2, {"allReduce": {"largestMessageMib": 1}})
    outcomes = all_ended(start(all_reduce.CHECK, question, "--ranks", "2"))
    correctness, bandwidth = all_reduce.CHECK.judge(question, outcomes)

    assert correctness.verdict is Verdict.PASS
    assert bandwidth.evidence["ran on"].startswith("4 ranks, gloo")
    assert [rank.rank for rank in all_reduce.parse(outcomes["gpu-1"].stdout.text).ranks] == [2, 3]


def test_the_total_is_the_sum_of_all_patterns_and_exact_in_float32(module: Module) -> None:
    """At any number of ranks that a fleet of 1,000 nodes can have."""
    program = module("all_reduce")
    torch = program.torch

    assert torch.equal(program.total(5), sum(program.pattern(number) for number in range(5)))
    assert program.VALUES * 16 * 1000 < 2**24
    assert not torch.equal(program.pattern(0), program.pattern(250))


@pytest.mark.parametrize("elements", [1, 2, 1020, 1021, 1022, 5000])
def test_every_element_is_looked_at(module: Module, elements: int) -> None:
    """The first, the last and NaN; a buffer that is right has none that differ."""
    program = module("all_reduce")
    period = program.total(4).float()
    buffer = program.torch.empty(elements)
    program.fill(buffer, period)
    assert program.differing(buffer, period) == 0

    buffer[-1] += 1
    assert program.differing(buffer, period) == 1
    buffer[0] = float("nan")
    assert program.differing(buffer, period) == min(2, elements)


def test_a_block_in_another_blocks_place_is_seen(module: Module) -> None:
    """Also where they lie a power of two apart, as the parts of a ring do."""
    program = module("all_reduce")
    period = program.total(4).float()
    buffer = program.torch.empty(1 << 14)
    program.fill(buffer, period)

    for distance in (1, 64, 1024, 4096):
        shifted = buffer.roll(distance)
        assert program.differing(shifted, period) > len(buffer) // 2
