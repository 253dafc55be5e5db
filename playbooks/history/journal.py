"""history.jsonl: a line for each run and node, only ever appended to until it is too long; then the oldest runs go."""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from playbooks.history.entry import Entry
from playbooks.whole_files import replace_files

FILE = "history.jsonl"
MOST_RUNS = 100
MOST_LINES = 10_000  # 45 MB where nodes have 8 GPUs and 30 figures
RUN = re.compile(rb'"run":"[^"]*"')


class History(NamedTuple):
    """Lines in the order in which they were written, and what could not be read of the file, in words."""

    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


def read(folder: Path) -> History:
    """What the folder's history holds; nothing where there is none yet.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        return parse((folder / FILE).read_bytes())
    except FileNotFoundError:
        return History()


def parse(text: bytes) -> History:
    """The lines that are whole and of this version; a note for each of the others."""
    *lines, rest = text.split(b"\n")
    found: list[Entry] = []
    notes: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(Entry.model_validate_json(line))
        except ValidationError as error:
            where = f"line {number} of {FILE} is left out"
            notes.append(f"{where}: {error.errors(include_url=False)[0]['msg']}")
    if rest:
        notes.append(f"the last line of {FILE} is left out: it is cut off, for a run was ended while it wrote it")
    return History(tuple(found), tuple(notes))


def append(folder: Path, entries: Sequence[Entry]) -> None:
    """Add a run's lines; a last line that is cut off goes, and beyond the limits the older half of the runs does.

    Raises:
        OSError: the file cannot be read or written; what was whole in it is still there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        if _is_long(folder / FILE, entries):
            kept = newest(read(folder).entries, MOST_RUNS // 2, MOST_LINES // 2)
            replace_files(folder, {FILE: _lines((*kept, *entries))})
        else:
            _add(folder / FILE, _lines(entries))


def _is_long(path: Path, more: Sequence[Entry]) -> bool:
    """Whether a file would have too many runs or lines with these; lines are not read for what else they say."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    runs = {found[0] for line in (*lines, *_lines(more).splitlines()) if (found := RUN.search(line))}
    return len(runs) > MOST_RUNS or len(lines) + len(more) > MOST_LINES


def newest(entries: Sequence[Entry], runs: int, lines: int) -> list[Entry]:
    """The entries of the last runs: of at most this many, and of no more lines than this."""
    by_run: dict[str, list[Entry]] = {}
    for entry in entries:
        by_run.setdefault(entry.run, []).append(entry)
    kept: list[list[Entry]] = []
    for found in reversed(list(by_run.values())[-runs:]):
        if sum(map(len, kept)) + len(found) > lines:
            break
        kept.append(found)
    return [entry for found in reversed(kept) for entry in found]


def _lines(entries: Sequence[Entry]) -> bytes:
    return b"".join(entry.model_dump_json().encode() + b"\n" for entry in entries)


def _add(path: Path, lines: bytes) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else writes the history of this folder meanwhile; the lock goes with the process that holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
