"""What a report can look back on: the history of the folder that it is written to, and what was said last there."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from playbooks.history import journal, last_words
from playbooks.history.entry import Entry, entries
from playbooks.history.journal import History
from playbooks.history.last_words import Words
from playbooks.history.machines import Sighting, Trend, by_part, of_machine, seen_elsewhere, trends
from playbooks.history.retest import Change, changes
from playbooks.report.run import Run


class Past(NamedTuple):
    """What was known before this run: figures, the last words on each node, and in words what could not be read."""

    earlier: tuple[Entry, ...] = ()
    before: tuple[Words, ...] = ()
    notes: tuple[str, ...] = ()

    def changes(self, run: Run) -> list[Change]:
        """What this run says otherwise than was said last, and all that it says of nodes that are tested again."""
        return changes(self.before, run)


class Story(NamedTuple):
    """One node's: its line in this run, the earlier ones of the same machine, and where its parts were before."""

    now: Entry
    earlier: list[Entry]
    trends: list[Trend]
    moved: list[Sighting]
    former: str


def look_back(folder: Path) -> Past:
    """What a folder of reports tells of earlier runs; whatever it holds, the report of this run can be made."""
    try:
        history = journal.read(folder)
    except OSError as error:
        history = History(notes=(f"the history of earlier runs can't be read: {error}",))
    try:
        return Past(history.entries, last_words.read(folder), history.notes)
    except (OSError, ValidationError) as error:
        said = error if isinstance(error, OSError) else error.errors(include_url=False)[0]["msg"]
        note = f"what {last_words.FILE} has of earlier runs can't be compared with this one: {said}"
        return Past(history.entries, (), (*history.notes, note))


def stories(past: Past, run: Run) -> Mapping[str, Story]:
    """Every node of which something was known before, by its name."""
    if not past.earlier:
        return {}
    seen = by_part(past.earlier)
    instances: dict[str, list[Entry]] = {}
    for entry in past.earlier:
        instances.setdefault(entry.instance_id, []).append(entry)
    last = {entry.node: entry.instance_id for entry in past.earlier}
    told = {}
    for now in entries(run):
        machine = of_machine(instances.get(now.instance_id, []), now)
        former = last.get(now.node, now.instance_id)
        former = "" if former == now.instance_id else former
        told[now.node] = Story(now, machine, trends(machine, now), seen_elsewhere(seen, now), former)
    return {node: story for node, story in told.items() if story.earlier or story.moved or story.former}
