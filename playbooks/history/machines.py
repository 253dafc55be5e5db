"""Which earlier lines are of the same machine: a name passes to a new instance, and hardware passes to a new name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from playbooks.history.entry import Entry, Hardware, Taken


class Trend(NamedTuple):
    """A figure of one machine or part over its runs, the oldest first."""

    check: str
    figure: str
    unit: str
    values: tuple[float, ...]


Seen = tuple[Entry, Hardware]


class Sighting(NamedTuple):
    """A part of a node that was last seen in another instance: its earlier lines, and its figures over all its runs."""

    part: Hardware
    past: list[Seen]
    trends: list[Trend]

    @property
    def last(self) -> Entry:
        """The node in which it was last."""
        return self.past[-1][0]


def of_machine(earlier: Sequence[Entry], now: Entry) -> list[Entry]:
    """Those of the earlier lines of an instance that are of the same machine, the oldest first.

    That is the same instance, as long as a GPU of it was the same: an instance that is stopped and started may come up
    on another host, with its id and none of its GPUs (EC2 User Guide, "Stop and start").
    """
    found: list[Entry] = []
    known = now.identities
    for entry in reversed(earlier):
        if known and entry.identities and not known & entry.identities:
            break
        found.append(entry)
        known = entry.identities or known
    return found[::-1]


def by_part(earlier: Iterable[Entry]) -> dict[str, list[Seen]]:
    """The earlier lines of every part that told who it is, wherever it was, the oldest first."""
    found: dict[str, list[Seen]] = {}
    for entry in earlier:
        for part in entry.parts:
            if part.identity:
                found.setdefault(part.identity, []).append((entry, part))
    return found


def seen_elsewhere(seen: Mapping[str, list[Seen]], now: Entry) -> list[Sighting]:
    """The parts of a node that were last seen in an instance that is not the same."""
    known = [(part, seen.get(part.identity, [])) for part in now.parts]
    moved = [(part, past) for part, past in known if past and past[-1][0].instance_id != now.instance_id]
    return [Sighting(part, past, part_trends(past, part)) for part, past in moved]


def trends(past: Iterable[Entry], now: Entry) -> list[Trend]:
    """The judged figures of the node alone, over those of its runs that took them, where they ever differed."""
    judged = {(taken.check, taken.figure) for taken in now.figures if taken.alone and taken.verdict and taken.figure}
    found = _trends(entry.figures for entry in (*past, now))
    return [trend for trend in found if (trend.check, trend.figure) in judged]


def part_trends(past: Iterable[Seen], now: Hardware) -> list[Trend]:
    """The figures of one part, over the runs that took them, where they ever differed."""
    return _trends([*(part.figures for _, part in past), now.figures])


def _trends(runs: Iterable[Iterable[Taken]]) -> list[Trend]:
    values: dict[tuple[str, str, str], list[float]] = {}
    for figures in runs:
        for taken in figures:
            if taken.alone and taken.value is not None:
                values.setdefault((taken.check, taken.figure, taken.unit), []).append(taken.value)
    return [Trend(*key, tuple(found)) for key, found in values.items() if len(set(found)) > 1]
