"""What a collective must reach: the settings' own figure, else nearly what fleets like it have reached in public.

A public figure counts as a fraction of that fleet's own ceiling, so that it speaks for other numbers of nodes too. The
ceiling alone would pass small fleets that are badly degraded, and fail healthy ones at sizes that nobody gets it at.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache
from math import log2
from pathlib import Path
from typing import NamedTuple

from components.catalogue import collectives
from components.catalogue.collectives import Ceiling, Collective
from components.catalogue.instance_types import known
from playbooks import thresholds
from playbooks.findings import Bound, Threshold
from stacks.settings import Smoke

DATA = Path(__file__).with_name("fabric_measured.csv")
# nccl-tests itself fails an average below 0.9 of NCCL_TESTS_MIN_BW; of three public series of 2 x p5 one has a row that
# lies 12 % below the others (1 GiB in place; aws-ia/terraform-aws-eks-blueprints, README of patterns/nvidia-gpu-efa).
ALLOWANCE = 0.85
MIB = 1 << 20
PAIR = 2
SMALLEST_MIB, LARGEST_MIB = 1024, 16384  # of the messages that a fleet is judged at where the settings name none

# The first of each is the type that was measured; the others have its accelerators' links and its network's rate.
TYPES: Mapping[str, tuple[str, ...]] = {
    "p4": ("p4de.24xlarge", "p4d.24xlarge"),
    "p5": ("p5.48xlarge", "p5e.48xlarge", "p5en.48xlarge"),
    "b200": ("p6-b200.48xlarge",),
    "b300": ("p6-b300.48xlarge",),
}
SOURCES: Mapping[str, str] = {
    "benchmark": "github.com/crazyguitar/aws-gpu-communication-benchmark, data/",
    "distributed-training": "github.com/aws-samples/awsome-distributed-training, micro-benchmarks/nccl-tests",
    "nccl-527": "github.com/NVIDIA/nccl, issue 527",
    "h100-node": "nccl-tests on eight H100, its log in public",
    "health-monitor": "github.com/Azure/cluster-health-monitor, its captured report of eight H100",
    "b200-node": "nccl-tests on eight B200, its log in public",
}


class Measured(NamedTuple):
    """One public figure: bus bandwidth in GB/s of so many nodes at one message size."""

    collective: Collective
    nodes: int
    mib: int
    gb_per_second: float
    source: str


class Fraction(NamedTuple):
    """What part of its ceiling a fleet reached, and where that stands."""

    value: float
    sources: frozenset[str]


@cache
def measured(types: str) -> tuple[Measured, ...]:
    """The public figures of one group of `TYPES`."""
    with DATA.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Measured(
                Collective(row["collective"]),
                int(row["nodes"]),
                int(row["mib"]),
                float(row["bus_gb_per_second"]),
                row["source"],
            )
            for row in csv.DictReader(rows)
            if row["types"] == types
        )


def bandwidth(smoke: Smoke, collective: Collective, type_name: str, nodes: int, message_bytes: int) -> Threshold | None:
    """GB/s of bus bandwidth to reach at one message size; None where nobody says.

    Of one node alone it is what it must reach inside.
    """
    told = thresholds.bus_bandwidth(smoke, collective, nodes)
    return told or published(collective, type_name, nodes, message_bytes)


def message_mib(type_name: str, nodes: int) -> int:
    """The smallest message from 1 GiB to 16 GiB at which a public figure judges the all-reduce; 1 GiB if none does.

    A smaller one does not show what the fabric carries, a larger one takes memory and time.
    """
    types = _types(type_name)
    mibs = {row.mib for row in measured(types) if SMALLEST_MIB <= row.mib <= LARGEST_MIB} if types else set()
    judged = (mib for mib in sorted({SMALLEST_MIB, *mibs}) if _judges(type_name, nodes, mib))
    return next(judged, SMALLEST_MIB)


def _judges(type_name: str, nodes: int, mib: int) -> bool:
    return published(Collective.ALL_REDUCE, type_name, nodes, mib * MIB) is not None


def published(collective: Collective, type_name: str, nodes: int, message_bytes: int) -> Threshold | None:
    """GB/s that follow from what was reached in public, whatever the settings say; None where nothing does."""
    types = _types(type_name)
    at_best = ceiling(collective, type_name, nodes).gb_per_second
    if types is None or at_best is None:
        return None
    reached = _reached(types, collective, nodes, message_bytes / MIB)
    if reached is None:
        return None
    of_nodes = f"{nodes} x {type_name}" if nodes > 1 else f"one {type_name}"
    where = ", ".join(SOURCES[key] for key in sorted(reached.sources))
    source = (
        f"{ALLOWANCE:g} x {reached.value:.3g} of the ceiling of {of_nodes}, {at_best:.4g} GB/s;"
        f" {TYPES[types][0]} reaches that fraction of its own at {message_bytes / MIB:g} MiB ({where})"
    )
    return Threshold(Bound.AT_LEAST, ALLOWANCE * reached.value * at_best, source)


def ceiling(collective: Collective, type_name: str, nodes: int) -> Ceiling:
    """What a collective can reach at best, as far as the catalogue knows the type."""
    kind = known(type_name)
    if kind is None:
        return Ceiling(None, False, (f"the catalogue does not know {type_name}",))
    return collectives.ceiling(collective, kind, nodes)


def network_cards(type_name: str) -> Threshold | None:
    """How many network cards NCCL must find on a node; None where the catalogue does not know the type."""
    kind = known(type_name)
    if kind is None:
        return None
    return Threshold(Bound.AT_LEAST, kind.efa_interfaces, f"EFA interfaces of {type_name} in the catalogue")


def _types(type_name: str) -> str | None:
    """The group of `TYPES` that a type is in."""
    return next((name for name, members in TYPES.items() if type_name in members), None)


def _reached(types: str, collective: Collective, nodes: int, mib: float) -> Fraction | None:
    """Between two numbers of nodes, as between two sizes, it lies on a line over their logarithms.

    None where fewer or more nodes than any were measured: a fabric is not alike at all sizes, and one node is none. Two
    nodes lie on no line with more of them: two p5 reach 479 GB/s where three to sixteen reach 320 to 350 (Hugging Face,
    The Smol Training Playbook).
    """
    rows = [row for row in measured(types) if row.collective is collective and (row.nodes == 1) == (nodes == 1)]
    counts = sorted({row.nodes for row in rows})
    if not counts or not counts[0] <= nodes <= counts[-1]:
        return None
    above = bisect_left(counts, nodes)
    alone = counts[above] == nodes or counts[above - 1] == PAIR
    ends = [counts[above]] if alone else counts[above - 1 : above + 1]
    found = [_at_size(types, [row for row in rows if row.nodes == count], mib) for count in ends]
    fractions = [each for each in found if each]
    if len(fractions) < len(ends):
        return None
    return _between(list(zip(map(float, ends), fractions, strict=True)), nodes)


def _at_size(types: str, rows: list[Measured], mib: float) -> Fraction | None:
    """The fraction at a size: below the smallest that was measured none, above the largest the largest's."""
    points = sorted(_fractions(types, rows), key=lambda point: point[0])
    if mib < points[0][0]:
        return None
    above = [point for point in points if point[0] >= mib]
    below = [point for point in points if point[0] <= mib]
    return _between([below[-1], above[0]] if above else [below[-1]], mib)


def _fractions(types: str, rows: list[Measured]) -> Iterator[tuple[float, Fraction]]:
    for row in rows:
        at_best = ceiling(row.collective, TYPES[types][0], row.nodes).gb_per_second
        if at_best:
            yield float(row.mib), Fraction(row.gb_per_second / at_best, frozenset({row.source}))


def _between(points: list[tuple[float, Fraction]], at: float) -> Fraction:
    (low, first), (high, last) = points[0], points[-1]
    part = 0.0 if high == low else (log2(at) - log2(low)) / (log2(high) - log2(low))
    return Fraction(first.value + part * (last.value - first.value), first.sources | last.sources)
