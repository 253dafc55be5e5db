"""How many planted faults the rounds of pairs name, and how many good nodes they blame, over simulated fleets.

`python -m benchmarks.isolation [--write docs/fault-isolation.md]`, in the project's folder. Every row is of as many
seeds; the exit status is 1 where the goal is missed.
"""

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.fleet_simulator import MIXED, Fault, Fleet, fleet, isolate
from playbooks.isolation.verdict import Isolated, Kind

SIZES = (4, 16, 128, 1000)
RATES = (0.0, 0.01, 0.05)
NOISES = (0.01, 0.03, 0.05)
NAMED_AT_LEAST, BLAMED_AT_MOST, ROUNDS_AT_MOST = 0.999, 0.001, 4
MARKS = ("<!-- python -m benchmarks.isolation -->\n", "<!-- end -->\n")

EXPECTED_KINDS = {
    Fault.NODE: Kind.NODE,
    Fault.INSIDE: Kind.NODE,
    Fault.DEAD: Kind.NODE,
    Fault.RAIL: Kind.RAIL,
    Fault.GROUP: Kind.GROUP,
    Fault.HALF: Kind.INTERMITTENT,
    Fault.FIFTH: Kind.INTERMITTENT,
}


class Sort(NamedTuple):
    """A sort of fleets: how many nodes, the share of faults, the noise of a figure, and which faults."""

    size: int
    rate: float
    noise: float
    kinds: tuple[Fault, ...] = MIXED


GOAL = Sort(size=1000, rate=0.01, noise=0.03)  # the fleets for which the goal is set


@dataclass(slots=True)
class Score:
    """Counts over fleets.

    Attributes:
        planted: bad nodes and links.
        named: of these, named as what is to blame; a link is found with its end, where that is a bad node.
        told: of these, with the right cause: the rail, the switch group, the node or the link.
        seen: not named, but listed: among those that come and go, that could not be told, or as the end of a link.
        unmeasured: links that no round has measured.
        good: good nodes.
        blamed: good nodes named, and links named that are good and lie between good nodes.
        rounds: of pairs, in each fleet.
    """

    planted: int = 0
    named: int = 0
    told: int = 0
    seen: int = 0
    unmeasured: int = 0
    good: int = 0
    blamed: int = 0
    rounds: list[int] = field(default_factory=list)

    def add(self, simulated: Fleet, verdict: Isolated) -> None:
        """Count one fleet in."""
        self.planted += simulated.planted
        self._count_nodes(simulated, verdict)
        self._count_links(simulated, verdict)
        self.good += len(simulated.nodes) - len(simulated.faults)
        wrong = [link for link in verdict.links - simulated.links if not simulated.faults.keys() & set(link)]
        self.blamed += len(verdict.bad - simulated.faults.keys()) + len(wrong)
        self.rounds.append(max(each.round for each in verdict.measurements))

    def _count_nodes(self, simulated: Fleet, verdict: Isolated) -> None:
        listed = {node for each in verdict.accusations for node in each.nodes}
        causes = {each.nodes[0]: each for each in verdict.of(Kind.INTERMITTENT) if len(each.nodes) == 1}
        causes |= {node: each for each in verdict.accusations for node in each.nodes if node in verdict.bad}
        for node, fault in simulated.faults.items():
            cause = causes.get(node)
            self.named += cause is not None
            self.seen += cause is None and node in listed
            right_rail = fault is not Fault.RAIL or (cause is not None and cause.rails == (simulated.rails[node],))
            self.told += cause is not None and cause.kind is EXPECTED_KINDS[fault] and right_rail

    def _count_links(self, simulated: Fleet, verdict: Isolated) -> None:
        measured = {each.pair for each in verdict.measurements}
        listed = [set(each.nodes) for each in verdict.accusations]
        for link in simulated.links:
            named = link in verdict.links or bool(verdict.bad & simulated.faults.keys() & set(link))
            self.named += named
            self.told += named
            self.seen += not named and set(link) in listed
            self.unmeasured += not named and link not in measured


def score(seeds: int, sort: Sort, *, parts: bool = False) -> Score:
    """The score over fleets of one sort, one a seed."""
    counted = Score()
    for seed in range(seeds):
        simulated = fleet(seed, *sort)
        counted.add(simulated, isolate(simulated, parts=parts).verdict())
    return counted


def meets_the_goal(counted: Score) -> bool:
    """Whether enough of the bad are named, few enough of the good blamed, and the rounds few enough."""
    return (
        counted.named >= NAMED_AT_LEAST * counted.planted
        and counted.blamed <= BLAMED_AT_MOST * counted.good
        and max(counted.rounds) <= ROUNDS_AT_MOST
    )


def main() -> None:
    """Print the tables, and write them into a document where one is named."""
    options = _options()
    lines = []
    for line in _tables(options.seeds):
        print(line, flush=True)
        lines.append(line + "\n")
    if options.write:
        _write(options.write, "".join(lines))
    sys.exit(not meets_the_goal(score(options.seeds, GOAL)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="a document with the two marks between which it goes"
    )
    return parser.parse_args()


def _tables(seeds: int) -> Iterator[str]:
    yield f"A slow node, a slow rail or a slow link of the ring, as likely each; pairs alone; {seeds:,} fleets a row:\n"
    yield "| nodes | bad | noise | planted | named | listed, not named | good blamed | rounds, mean and most |"
    yield "|---|---|---|---|---|---|---|---|"
    for sort in itertools.starmap(Sort, itertools.product(SIZES, RATES, NOISES)):
        yield _row(sort, score(seeds, sort))
    told = f"{GOAL.size:,} nodes, {100 * GOAL.rate:g} % bad, {100 * GOAL.noise:g} % noise"
    yield f"\nBy fault, {told}, with the pass inside the nodes and the rails apart; {seeds:,} fleets a row:\n"
    yield "| fault | planted | named | of these by the right cause | listed, not named | good blamed |"
    yield "|---|---|---|---|---|---|"
    for fault in Fault:
        yield _fault_row(fault, score(seeds, GOAL._replace(kinds=(fault,)), parts=True))


def _row(sort: Sort, counted: Score) -> str:
    where = f"{sort.size:,} | {100 * sort.rate:g} % | {100 * sort.noise:g} %"
    told = f"{statistics.fmean(counted.rounds):.1f}, {max(counted.rounds)}"
    named = _share(counted.named, counted.planted)
    seen = _share(counted.seen, counted.planted)
    return f"| {where} | {counted.planted:,} | {named} | {seen} | {_share(counted.blamed, counted.good)} | {told} |"


def _fault_row(fault: Fault, counted: Score) -> str:
    named = _share(counted.named, counted.planted)
    if counted.unmeasured:
        named += f"; {counted.named} of the {counted.planted - counted.unmeasured} that a round measured"
    told = _share(counted.told, counted.named)
    seen, blamed = _share(counted.seen, counted.planted), _share(counted.blamed, counted.good)
    return f"| {fault} | {counted.planted:,} | {named} | {told} | {seen} | {blamed} |"


def _share(count: int, of: int) -> str:
    """Such as `99.97 %`; 100 % and 0 only where nothing is missing or there."""
    if not of:
        return ""
    if count in (0, of):
        return f"{count // of * 100} %" if count else "0"
    return f"{100 * count / of:.2g} %" if count < of / 2 else f"{100 - float(f'{100 * (1 - count / of):.2g}'):.6g} %"


def _write(document: Path, tables: str) -> None:
    """Put the tables between the document's marks.

    Raises:
        ValueError: a mark is not there.
    """
    before, _, rest = document.read_text().partition(MARKS[0])
    _, mark, after = rest.partition(MARKS[1])
    if not mark:
        raise ValueError(f"{document} has no marks {MARKS[0].strip()} and {MARKS[1].strip()}")
    document.write_text(f"{before}{MARKS[0]}{tables}{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
