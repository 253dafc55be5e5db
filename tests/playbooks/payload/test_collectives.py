from collections.abc import Callable
from types import ModuleType

import pytest

from components.catalogue.collectives import Collective
from playbooks.checks.fabric import collectives, in_node, pair
from playbooks.checks.fabric.collectives import rounded
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import verdicts
from tests.playbooks.payload.fleet import all_ended, ended, nodes, program, start

Module = Callable[[str], ModuleType]


@pytest.mark.slow
def test_four_nodes_exchange_right_and_are_timed() -> None:
    """Over Gloo, each on its own address, with every collective."""
    question = nodes(4, {"allReduce": {"largestMessageMib": 1, "minimumBusBandwidthGbPerSecond": 0.0001}})
    found = collectives.CHECK.judge(question, all_ended(start(collectives.CHECK, question)))

    elements = {finding.check: finding.verdict for finding in found if "elements" in str(finding.figure)}
    assert elements == dict.fromkeys(Collective, Verdict.PASS)
    assert {finding.verdict for finding in found} == {Verdict.PASS, Verdict.SKIPPED}


@pytest.mark.slow
def test_three_ranks_on_nodes_with_different_numbers() -> None:
    """Messages are rounded up to what three can share, and the ranks count over both nodes."""
    question = nodes(2, {"allReduce": {"largestMessageMib": 1}})
    words = [collectives.CHECK.arguments(question, node) for node in question.nodes]
    processes = {
        node.name: program(collectives.PAYLOAD, *words[node.index], "--ranks", str(2 - node.index))
        for node in question.nodes
    }
    outcomes = all_ended(processes)
    found = collectives.CHECK.judge(question, outcomes)

    assert found[0].verdict is Verdict.PASS
    assert found[1].evidence["ran on"].startswith("3 ranks, gloo")
    assert [rank.rank for rank in collectives.parse(outcomes["gpu-1"].stdout.text).ranks] == [2]


@pytest.mark.slow
def test_a_pair_tells_its_bandwidth_and_a_node_without_gpus_has_no_rail() -> None:
    """The two short runs that isolating a fault asks for."""
    question = nodes(2)
    outcomes = all_ended(
        {node.name: program(pair.PAYLOAD, *pair.pair_bandwidth(question, node)) for node in question.nodes}
    )
    told = [pair.parse(outcome.stdout.text) for outcome in outcomes.values()]
    rail = ended(program(pair.PAYLOAD, *pair.pair_bandwidth(question, question.nodes[0], rail=0)))

    assert told[0] == told[1]
    assert told[0].gb_per_second > 0
    assert rail.exit_status == Status.NO_GPU
    assert rail.stderr.text == "torch finds no GPU 0 on this node\n"


@pytest.mark.slow
def test_a_node_sums_with_itself_on_a_port_that_it_finds() -> None:
    """Where the image has no nccl-tests; two ranks stand for two GPUs."""
    question = nodes(1, {"allReduce": {"largestMessageMib": 1}})
    outcomes = all_ended(start(in_node.CHECK, question, "--ranks", "2"))
    found = in_node.CHECK.judge(question, outcomes)

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("INCONCLUSIVE", ("gpu-0",))]


def test_names_and_sizes_are_those_of_the_check(module: Module) -> None:
    """Both sides write them down, for the program stands alone."""
    payload = module("collectives")

    assert list(payload.COLLECTIVES) == list(Collective)
    for which in Collective:
        divided = payload.COLLECTIVES[which].divided
        assert tuple(payload.message_sizes([8, 100, 4096], 6, divided=divided)) == rounded((8, 100, 4096), which, 6)


def test_a_sum_of_all_patterns_is_exact_in_float32(module: Module) -> None:
    """At any number of ranks that a fleet of 1,000 nodes can have."""
    payload = module("collectives")
    torch = payload.torch
    singly = sum(payload.periods([[number]]) for number in range(5))

    assert torch.equal(payload.periods([list(range(5))]), singly)
    assert payload.VALUES * 16 * 1000 < 2**24


def test_patterns_differ(module: Module) -> None:
    """Of all numbers that an all-to-all of 128 ranks uses."""
    payload = module("collectives")
    rows = payload.periods([[number] for number in range(128 * 128)])

    assert len(payload.torch.unique(rows, dim=0)) == 128 * 128


@pytest.mark.parametrize("name", list(Collective))
@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_what_is_sent_is_what_must_be_held(module: Module, name: str, world: int) -> None:
    """Summed over all ranks, an exchange by hand leaves every rank with what it expects."""
    payload = module("collectives")
    collective = payload.COLLECTIVES[name]
    sent = [collective.sends(rank, world) for rank in range(world)]
    by_hand: dict[Collective, Callable[[int], list[list[int]]]] = {
        Collective.ALL_REDUCE: lambda _: [[row[0] for row in sent]],
        Collective.BROADCAST: lambda _: [[sent[0][0]]],
        Collective.ALL_GATHER: lambda _: [[row[0]] for row in sent],
        Collective.REDUCE_SCATTER: lambda rank: [[row[rank] for row in sent]],
        Collective.ALL_TO_ALL: lambda rank: [[row[rank]] for row in sent],
    }

    for rank in range(world):
        assert collective.holds(rank, world) == by_hand[Collective(name)](rank)


@pytest.mark.parametrize("elements", [1, 2, 1020, 1021, 1022, 5000])
@pytest.mark.parametrize("parts", [1, 3])
def test_every_element_is_looked_at(module: Module, elements: int, parts: int) -> None:
    """The first, the last and NaN, in every part; a buffer that is right has none that differ."""
    payload = module("collectives")
    rows = payload.periods([[number] for number in range(parts)]).float()
    buffer = payload.torch.empty(elements * parts)
    payload.fill(buffer, rows)
    assert payload.differing(buffer, rows) == 0

    buffer[-1] += 1
    assert payload.differing(buffer, rows) == 1
    buffer[0] = float("nan")
    assert payload.differing(buffer, rows) == min(2, len(buffer))


def test_a_block_in_another_blocks_place_is_seen(module: Module) -> None:
    """Also where they lie a power of two apart, as the parts of a ring do."""
    payload = module("collectives")
    rows = payload.periods([list(range(4))]).float()
    buffer = payload.torch.empty(1 << 14)
    payload.fill(buffer, rows)

    for distance in (1, 64, 1024, 4096):
        assert payload.differing(buffer.roll(distance), rows) > len(buffer) // 2


def test_what_a_collective_does_not_write_is_wrong(module: Module) -> None:
    """A run that returns at once passes nothing."""
    payload = module("collectives")
    rows = payload.periods([[1]]).float()
    source, result = payload.torch.empty(2000), payload.torch.empty(2000)
    nothing = payload.Collective(True, None, None, lambda _source, _result: None)

    assert payload._checked(nothing, payload.Buffers(source, result, rows, rows)) == 2000


def test_bytes_sent_are_those_of_all_interfaces(module: Module) -> None:
    """Of those that were there before and after; None where there is none."""
    payload = module("collectives")
    before = {"rdmap0": {"tx_bytes": 10}, "rdmap1": {"tx_bytes": 20}}
    after = {"rdmap0": {"tx_bytes": 15}, "rdmap1": {"tx_bytes": 120}}

    assert payload._sent(before, after) == 105
    assert payload._sent({}, {}) is None
