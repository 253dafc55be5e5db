"""Whether a collective is as fast as its fabric, or one node's inside, lets it be."""

from collections.abc import Mapping
from typing import NamedTuple

from components.catalogue.collectives import Ceiling, Collective
from playbooks.findings import Figure, Finding, Series, Threshold, Verdict, judge


class Row(NamedTuple):
    """One message size: how long one run took, and both bandwidths of nccl-tests in GB/s."""

    bytes: int
    seconds: float
    algorithm_gb_per_second: float
    bus_gb_per_second: float


class Measured(NamedTuple):
    """One collective over so many ranks, whatever program measured it; rows from the smallest message up."""

    collective: Collective
    ranks: int
    rows: tuple[Row, ...]


class Held(NamedTuple):
    """What the largest message is held against.

    Attributes:
        threshold: None where there is nothing to judge by.
        ceiling: drawn into the curve.
        largest_bytes: what was asked for; memory may not have sufficed for it.
        at_largest: whether the threshold is meant for that size, so that a smaller message proves no failure.
        not_judged: why the bandwidth says nothing of a fabric; empty where it does.
        action: how to get a threshold where there is none.
    """

    threshold: Threshold | None
    ceiling: Ceiling
    largest_bytes: int
    at_largest: bool = False
    not_judged: str = ""
    action: str = ""


class RanOn(NamedTuple):
    """Whose bandwidth it is: the nodes, further figures of theirs, and what proves what they ran."""

    nodes: tuple[str, ...]
    figures: tuple[Figure, ...]
    evidence: Mapping[str, str]


def algorithm_bandwidth(size: int, seconds: float) -> float:
    """Bytes of the message over the time of one run, GB/s (1e9), as nccl-tests defines it."""
    return size / seconds / 1e9


def finding(check: str, measured: Measured, held: Held, ran_on: RanOn) -> Finding:
    """The verdict on the bus bandwidth of the largest message, with the curve over all sizes."""
    largest = measured.rows[-1]
    figure = Figure("bus bandwidth", largest.bus_gb_per_second, "GB/s")
    verdict = Verdict.SKIPPED if held.not_judged else judge(figure, held.threshold)
    limited = largest.bytes < held.largest_bytes
    reason, action = _in_words(verdict, largest.bytes, held, limited=limited)
    if limited and held.at_largest and verdict is Verdict.FAIL:  # a larger message might have reached it
        verdict = Verdict.INCONCLUSIVE
    smallest = measured.rows[0]
    return Finding(
        check,
        ran_on.nodes,
        verdict,
        reason,
        figure,
        held.threshold,
        action,
        (
            Figure("algorithm bandwidth", largest.algorithm_gb_per_second, "GB/s"),
            Figure("largest message", largest.bytes / 2**20, "MiB"),
            Figure(f"latency at {smallest.bytes} B", smallest.seconds, "s"),
            Figure("ranks", measured.ranks, ""),
            *ran_on.figures,
        ),
        series=_curves(measured, held.ceiling),
        evidence=dict(ran_on.evidence) | {"ceiling": "\n".join(held.ceiling.why)},
    )


def _curves(measured: Measured, ceiling: Ceiling) -> tuple[Series, ...]:
    bus = tuple((float(row.bytes), row.bus_gb_per_second) for row in measured.rows)
    algorithm = tuple((float(row.bytes), row.algorithm_gb_per_second) for row in measured.rows)
    return (
        _curve("bus bandwidth", bus, ceiling.gb_per_second),
        _curve("algorithm bandwidth", algorithm, None),
    )


def _curve(name: str, points: tuple[tuple[float, float], ...], limit: float | None) -> Series:
    return Series(name, "message size", "B", name, "GB/s", points, limit)


def _in_words(verdict: Verdict, largest: int, held: Held, *, limited: bool) -> tuple[str, str]:
    """The reason and the action."""
    at = f"at messages of {largest / 2**20:g} MiB"
    if limited:
        at += ", the largest that there is memory for,"
    if verdict is Verdict.SKIPPED:
        return f"the bus bandwidth {at} is not judged: {held.not_judged}", ""
    if verdict is Verdict.PASS:
        return f"the bus bandwidth {at} is what it must be", ""
    if verdict is Verdict.FAIL and limited and held.at_largest:
        return f"the bus bandwidth {at} is too low, but larger messages may be faster", (
            "Free memory on the nodes, or lower smoke.allReduce.largestMessageMib with the bandwidth to reach."
        )
    if verdict is Verdict.FAIL:
        return f"the bus bandwidth {at} is too low", (
            "A collective is as fast as its slowest part: see the findings on pairs of nodes and on the GPUs."
        )
    return f"the bus bandwidth {at} has nothing to be judged by", held.action
