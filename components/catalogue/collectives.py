"""How fast a collective can be at best: the smaller of what the fabric carries and what one node reaches inside.

All bandwidths are bus bandwidths of nccl-tests, in GB/s of 1e9 bytes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from components.catalogue.instance_types import InstanceType

BITS_A_BYTE = 8


class Collective(StrEnum):
    """The collectives that a fleet is measured with, by the names that findings have."""

    ALL_REDUCE = "all-reduce"
    ALL_GATHER = "all-gather"
    REDUCE_SCATTER = "reduce-scatter"
    ALL_TO_ALL = "all-to-all"
    BROADCAST = "broadcast"


class Inside(NamedTuple):
    """What a collective reaches inside one node: bus bandwidth in GB/s, and where the figure is from."""

    gb_per_second: float
    source: str


# By accelerator and how many of them a node has. Those of H100 and later are measured, with NVLink SHARP, which gets
# above NVLink's own rate in one direction.
ALL_REDUCE_INSIDE: Mapping[tuple[str, int], Inside] = {
    ("A100", 8): Inside(300, "NVIDIA A100 data sheet: NVLink, 600 GB/s both ways together"),
    ("H100", 8): Inside(480, "as measured on one p5.48xlarge"),
    ("H200", 8): Inside(480, "as measured on eight H200, with NVLink SHARP"),
    ("B200", 8): Inside(845.7, "as measured on eight B200, at 16 GiB"),
}
# The others: what a rank gets of the other ranks' parts comes over its own NVLink, one way.
NVLINK_ONE_WAY: Mapping[tuple[str, int], Inside] = {
    ("A100", 8): Inside(300, "NVIDIA A100 data sheet: NVLink, 600 GB/s both ways together"),
    ("H100", 8): Inside(450, "NVIDIA H100 data sheet: NVLink, 900 GB/s both ways together"),
    ("H200", 8): Inside(450, "NVIDIA H200 data sheet: NVLink, 900 GB/s both ways together"),
    ("B200", 8): Inside(900, "NVIDIA HGX B200 data sheet: NVLink, 1.8 TB/s both ways together"),
    ("B300", 8): Inside(900, "NVIDIA HGX B300 data sheet: NVLink, 1.8 TB/s both ways together"),
}


class Ceiling(NamedTuple):
    """What a collective can reach at best.

    Attributes:
        gb_per_second: the smallest of the limits that are known; None where none is.
        complete: whether all limits are known, so that the real ceiling is no lower.
        why: how each limit comes about, and which are not known.
    """

    gb_per_second: float | None
    complete: bool
    why: tuple[str, ...]


def bus_factor(collective: Collective, ranks: int) -> float:
    """Bus bandwidth over algorithm bandwidth (nccl-tests, doc/PERFORMANCE.md)."""
    if collective is Collective.BROADCAST:
        return 1.0
    return (2 if collective is Collective.ALL_REDUCE else 1) * (ranks - 1) / ranks


def inside(collective: Collective, kind: InstanceType) -> Inside | None:
    """What it reaches inside one node of this type, as far as that is known."""
    table = ALL_REDUCE_INSIDE if collective is Collective.ALL_REDUCE else NVLINK_ONE_WAY
    return table.get((kind.accelerator, kind.accelerators))


def ceiling(collective: Collective, kind: InstanceType, nodes: int) -> Ceiling:
    """The ceiling over so many nodes of one type; of one node alone, what it reaches inside.

    With m nodes of k accelerators each, n = m k ranks and B the network rate of one accelerator, each node's network
    cards, k B together, carry at least this much of a message of S bytes, so that the bus bandwidth is at most

    - all-reduce 2 S (m-1)/m, all-gather and reduce-scatter S (m-1)/m: B (n-1)/(m-1)
    - all-to-all S (m-1)/m for each of its k ranks: B (n-1)/(k (m-1))
    - broadcast S out of the root's node: k B
    """
    known: list[float] = []
    why: list[str] = []
    within = inside(collective, kind)
    if within:
        known.append(within.gb_per_second)
        why.append(f"inside one node {within.gb_per_second:,.6g} ({within.source})")
    elif kind.accelerators > 1:
        why.append(f"inside one node not known for {kind.accelerators} x {kind.accelerator}")
    rate = kind.nic_gbit_per_second_per_accelerator
    if nodes > 1 and rate is not None:
        over, how = _fabric(collective, kind.accelerators, nodes, rate / BITS_A_BYTE)
        known.append(over)
        why.append(f"over the fabric {over:,.4g}, = {how}")
    elif nodes > 1:
        why.append(f"over the fabric not known: AWS gives no number for {kind.name}'s network")
    complete = len(known) == (kind.accelerators > 1) + (nodes > 1)
    return Ceiling(min(known, default=None), complete, tuple(why))


def _fabric(collective: Collective, local: int, nodes: int, each: float) -> tuple[float, str]:
    ranks = nodes * local
    if collective is Collective.BROADCAST:
        return local * each, f"{each:,.4g} for each of the {local} accelerators of the root's node"
    parts = nodes - 1
    if collective is Collective.ALL_TO_ALL:
        parts *= local
    return each * (ranks - 1) / parts, f"{each:,.4g} for each of {ranks} ranks x {ranks - 1}/{parts}"
