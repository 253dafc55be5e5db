"""Tests of the file of the history."""

import multiprocessing
from pathlib import Path

import pytest

from playbooks.history import journal
from playbooks.history.entry import Entry, entries
from tests.playbooks.report.runs import gpu_fleet, later


def _lines(number: int) -> list[Entry]:
    return entries(later(gpu_fleet(2), number))


def test_runs_are_read_back_in_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    """A folder without a history has none."""
    assert journal.read(tmp_path) == journal.History()

    journal.append(tmp_path, _lines(0))
    first = (tmp_path / journal.FILE).read_bytes()
    journal.append(tmp_path, _lines(1))

    assert journal.read(tmp_path) == journal.History((*_lines(0), *_lines(1)))
    assert (tmp_path / journal.FILE).read_bytes().startswith(first)


@pytest.mark.parametrize("left", [1, 40, -2, -1])
def test_a_line_that_is_cut_off_is_left_out_said_and_gone_with_the_next_run(tmp_path: Path, left: int) -> None:
    """A run was killed while it wrote; what is whole stays."""
    journal.append(tmp_path, _lines(0))
    file = tmp_path / journal.FILE
    whole, line = file.read_bytes(), _lines(1)[0]
    file.write_bytes(whole + (line.model_dump_json() + "\n").encode()[:left])

    found = journal.read(tmp_path)
    assert found.entries == tuple(_lines(0))
    assert ["cut off" in note for note in found.notes] == [True]

    journal.append(tmp_path, _lines(2))
    assert journal.read(tmp_path) == journal.History((*_lines(0), *_lines(2)))


@pytest.mark.parametrize("odd", [b"", b"{}", b'{"version": 2}', b"\xff\xfe", b"[1]", b"nonsense"])
def test_a_line_that_is_none_is_named_with_its_number(odd: bytes) -> None:
    """Never taken for one, and the others are read."""
    lines = [line.model_dump_json().encode() for line in _lines(0)]
    found = journal.parse(b"\n".join([lines[0], odd, lines[1], b""]))

    assert found.entries == tuple(_lines(0))
    assert [note.split(":")[0] for note in found.notes] == ["line 2 of history.jsonl is left out"]


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the older half goes; the newest runs are always there, in order."""
    monkeypatch.setattr(journal, "MOST_RUNS", 6)
    for number in range(20):
        journal.append(tmp_path, _lines(number)[:1])
        runs = [entry.run for entry in journal.read(tmp_path).entries]
        assert runs == [f"run-{each}" for each in range(number + 1)][-len(runs) :]
        assert len(runs) <= 6


@pytest.mark.parametrize(("runs", "lines", "kept"), [(2, 99, [2, 3]), (99, 5, [2, 3]), (99, 1, [])])
def test_whole_runs_are_kept(runs: int, lines: int, kept: list[int]) -> None:
    """Never the half of a run's nodes."""
    found = journal.newest([line for number in range(4) for line in _lines(number)], runs, lines)

    assert found == [line for number in kept for line in _lines(number)]


def _append(folder: Path, number: int) -> None:
    journal.append(folder, _lines(number))


def test_two_runs_that_end_at_once_both_leave_their_lines(tmp_path: Path) -> None:
    """Nothing keeps two people from running the gate of one account."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(tmp_path, number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    found = journal.read(tmp_path)
    assert found.notes == ()
    assert sorted(entry.run for entry in found.entries) == [f"run-{each // 2}" for each in range(8)]


def test_a_history_that_is_a_folder_is_no_reason_to_lose_it(tmp_path: Path) -> None:
    """The caller hears of it."""
    (tmp_path / journal.FILE).mkdir()

    with pytest.raises(OSError, match="history.jsonl"):
        journal.append(tmp_path, _lines(0))
