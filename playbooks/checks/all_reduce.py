"""The all-reduce over a fleet: is every sum right on every rank, and how fast is the fabric?"""

from collections.abc import Mapping
from itertools import takewhile

from playbooks import thresholds
from playbooks.checks import answer, blame, collective
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Figure, Finding, Series, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome

NAME = "all-reduce"
SMALLEST_BYTES = 8
FACTOR, FACTOR_WITHOUT_GPUS = 2, 8  # nccl-tests' `-f 2`; fewer sizes where CPUs do the work


class Row(answer.Answer):
    """One message size on one rank: seconds of one all-reduce on the slowest rank, wrong elements on this rank."""

    bytes: int
    iterations: int
    seconds: float
    wrong: int


class Rank(collective.RankAnswer):
    """The rows of one rank; `fits_bytes` is the largest message that all nodes have memory for."""

    fits_bytes: int
    rows: tuple[Row, ...]


class AllReduce(collective.NodeAnswer):
    """What `payload/all_reduce.py` answers on one node."""

    ranks: tuple[Rank, ...]


def parse(text: str) -> AllReduce:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(AllReduce, text)


def sizes(ask: Ask) -> tuple[int, ...]:
    """The message sizes in bytes: from 8 B up to the settings' largest, which is always among them."""
    largest = ask.smoke.all_reduce.largest_message_mib << 20
    limit = thresholds.gpus(ask.nodes[0].instance_type)
    factor = FACTOR if limit is None or limit.value else FACTOR_WITHOUT_GPUS
    powers = (SMALLEST_BYTES * factor**power for power in range(largest.bit_length()))
    return (*takewhile(lambda size: size < largest, powers), largest)


def algorithm_bandwidth(size: int, seconds: float) -> float:
    """Bytes of the message over the time of one all-reduce, GB/s (1e9), as nccl-tests defines it."""
    return size / seconds / 1e9


def bus_bandwidth(size: int, seconds: float, ranks: int) -> float:
    """The algorithm bandwidth times 2(n-1)/n, what each link carries, GB/s (nccl-tests, PERFORMANCE.md)."""
    return algorithm_bandwidth(size, seconds) * 2 * (ranks - 1) / ranks


def incomplete(asked: tuple[int, ...], answers: Mapping[str, AllReduce]) -> str:
    """What is missing from the answers of all nodes together; empty where nothing is."""
    if missing := collective.missing_ranks(answers):
        return missing
    for node, found in answers.items():
        for rank in found.ranks:
            expected = [size for size in asked if size <= rank.fits_bytes]
            if not expected or [row.bytes for row in rank.rows] != expected:
                return f"rank {rank.rank} on {node} answered for {len(rank.rows)} of {len(expected)} message sizes"
            if any(row.seconds <= 0 or row.wrong < 0 for row in rank.rows):
                return f"rank {rank.rank} on {node} answered with a time or a count that cannot be"
    return ""


def _arguments(ask: Ask, node: Node) -> list[str]:
    return [*collective.arguments(ask, node), "--sizes", ",".join(map(str, sizes(ask)))]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    return collective.of_declared(ask, _findings(ask, answers, failures))


def _findings(ask: Ask, answers: Mapping[str, AllReduce], failures: Mapping[str, answer.Failure]) -> list[Finding]:
    if failures:
        return blame.collective(NAME, ask, failures)
    if reason := incomplete(sizes(ask), answers):
        action = "Run the smoke gate again; an answer with a part missing proves nothing."
        return [Finding(NAME, tuple(answers), Verdict.ERROR, reason, action=action)]
    if next(iter(answers.values())).world == 1:
        reason = "one rank has nobody to sum with, so neither its sums nor its speed prove anything"
        return [Finding(NAME, tuple(answers), Verdict.SKIPPED, reason)]
    return [_correctness(answers), _bandwidth(ask, answers)]


def _correctness(answers: Mapping[str, AllReduce]) -> Finding:
    wrong = {
        node: {f"rank {rank.rank}, {row.bytes} B": row.wrong for rank in found.ranks for row in rank.rows if row.wrong}
        for node, found in answers.items()
    }
    bad = {node: rows for node, rows in wrong.items() if rows}
    threshold = thresholds.NO_WRONG_ELEMENTS
    figure = Figure("wrong elements", sum(sum(rows.values()) for rows in bad.values()), "")
    if not bad:
        reason = "every element of every message is right on every rank"
        return Finding(NAME, tuple(answers), judge(figure, threshold), reason, figure, threshold)
    return Finding(
        NAME,
        tuple(bad),
        judge(figure, threshold),
        "ranks of these nodes hold sums that are wrong" if len(bad) < len(answers) else "all nodes hold wrong sums",
        figure,
        threshold,
        "Replace the nodes that are named; where it is all of them, run smaller fleets to find the one that corrupts.",
        evidence={
            node: "\n".join(f"{place}: {count} wrong" for place, count in rows.items()) for node, rows in bad.items()
        },
    )


def _bandwidth(ask: Ask, answers: Mapping[str, AllReduce]) -> Finding:
    node = next(iter(answers.values()))
    rows, world = node.ranks[0].rows, node.world
    bus = tuple((float(row.bytes), bus_bandwidth(row.bytes, row.seconds, world)) for row in rows)
    algorithm = tuple((float(row.bytes), algorithm_bandwidth(row.bytes, row.seconds)) for row in rows)
    largest = rows[-1]
    threshold = thresholds.bus_bandwidth(ask.smoke)
    figure = Figure("bus bandwidth", bus[-1][1], "GB/s")
    measured = (
        Figure("algorithm bandwidth", algorithm[-1][1], "GB/s"),
        Figure("largest message", largest.bytes / 2**20, "MiB"),
        Figure("latency at 8 B", rows[0].seconds, "s"),
        Figure("ranks", world, ""),
        *collective.network_cards(node),
    )
    verdict = judge(figure, threshold)
    limited = largest.bytes < ask.smoke.all_reduce.largest_message_mib << 20
    reason, action = _in_words(verdict, largest.bytes, limited=limited)
    if limited and verdict is Verdict.FAIL:  # a larger message might have reached it
        verdict = Verdict.INCONCLUSIVE
    return Finding(
        NAME,
        tuple(answers),
        verdict,
        reason,
        figure,
        threshold,
        action,
        measured,
        series=(_series("bus bandwidth", bus), _series("algorithm bandwidth", algorithm)),
        evidence=collective.software(node, [rank for found in answers.values() for rank in found.ranks]),
    )


def _in_words(verdict: Verdict, largest: int, *, limited: bool) -> tuple[str, str]:
    """The reason and the action."""
    at = f"at messages of {largest / 2**20:g} MiB"
    if limited:
        at += ", the largest that every node has memory for,"
    if verdict is Verdict.PASS:
        return f"the bus bandwidth {at} is what the settings ask for", ""
    if verdict is Verdict.FAIL and limited:
        return f"the bus bandwidth {at} is too low, but larger messages may be faster", (
            "Free memory on the nodes, or lower smoke.allReduce.largestMessageMib with the bandwidth to reach."
        )
    if verdict is Verdict.FAIL:
        return f"the bus bandwidth {at} is too low", (
            "A collective is as fast as its slowest node: run smaller fleets against each other to find it."
        )
    return f"the bus bandwidth {at} has nothing to be judged by", (
        "Write what it must reach in smoke.allReduce.minimumBusBandwidthGbPerSecond of the settings."
    )


def _series(name: str, points: tuple[tuple[float, float], ...]) -> Series:
    return Series(name, "message size", "B", name, "GB/s", points)


CHECK = Check(
    name=NAME,
    title="All nodes sum right together, at the fabric's speed",
    scope=Scope.FLEET,
    payload="all_reduce.py",
    command_seconds=900,
    arguments=_arguments,
    judge=_judge,
)
