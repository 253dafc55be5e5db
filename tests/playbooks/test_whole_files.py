"""Tests that whoever ends a writer finds whole files."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playbooks.whole_files import replace_files

NAMES = ("report.json", "report.xml", "report.html")

KILLED_AT_EACH_LINE = """
import os, signal, sys
from pathlib import Path
from playbooks import whole_files

folder, line_to_die_at = Path(sys.argv[1]), 0

def die_at(frame, event, argument):
    global lines
    if frame.f_code.co_filename == whole_files.__file__:
        lines += event == "line"
        if lines == line_to_die_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return die_at

new = {name: b'"new"' * 1000 for name in sys.argv[2:]}
while True:
    line_to_die_at += 1
    child = os.fork()
    if child == 0:
        lines = 0
        sys.settrace(die_at)
        whole_files.replace_files(folder, new)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    found = {name: (folder / name).read_bytes() for name in new}
    names = {b"old": "o", b'"new"' * 1000: "n"}
    generations = "".join(names.get(content, "?") for content in found.values())
    print(line_to_die_at, os.waitstatus_to_exitcode(status), generations, flush=True)
    if os.waitstatus_to_exitcode(status) == 0:
        break
    for path in folder.iterdir():
        path.unlink()
    for name in new:
        (folder / name).write_bytes(b"old")
"""

WRITES_FOR_EVER = """
import json, sys
from pathlib import Path
from playbooks.whole_files import replace_files
number = 0
while True:
    number += 1
    content = json.dumps([number] * 200_000).encode()
    replace_files(Path(sys.argv[1]), {name: content for name in sys.argv[2:]})
    print(number, flush=True)
"""


def _program(text: str, folder: Path) -> list[str]:
    return [sys.executable, "-c", text, str(folder), *NAMES]


def test_a_kill_at_any_line_leaves_old_or_new_files(tmp_path: Path) -> None:
    """Row 43: a writer is killed at its first line, another at its second, and so on to the end."""
    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")
    told = subprocess.run(_program(KILLED_AT_EACH_LINE, tmp_path), check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in told.splitlines()]

    assert len(rows) > 20
    assert all(status == str(-signal.SIGKILL) for _, status, _ in rows[:-1])
    assert {generations for _, _, generations in rows} == {"ooo", "noo", "nno", "nnn"}
    assert [path.name for path in sorted(tmp_path.iterdir())] == sorted(NAMES)


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_whole_files(tmp_path: Path) -> None:
    """Row 43: within a write too, which no line shows."""
    dice = random.Random(7)  # noqa: S311 - moments, not secrets
    for _ in range(15):
        with subprocess.Popen(_program(WRITES_FOR_EVER, tmp_path), stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(dice.uniform(0, 0.05))
            writer.kill()
        for name in NAMES:
            assert len(json.loads((tmp_path / name).read_bytes())) == 200_000


def test_leftovers_of_a_killed_writer_are_removed_and_those_of_a_running_one_kept(tmp_path: Path) -> None:
    """The process is asked for, not the clock."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead = tmp_path / f".report.html.{ended.pid}.unfinished"
    running = tmp_path / f".report.html.{os.getppid()}.unfinished"
    dead.touch()
    running.touch()
    (tmp_path / "notes.txt").touch()
    replace_files(tmp_path, {"report.html": b"new"})

    assert {path.name for path in tmp_path.iterdir()} == {running.name, "notes.txt", "report.html"}


def test_a_failing_write_keeps_the_old_files_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk may be full, which is when the report matters."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device", descriptor)

    replace_files(tmp_path, {"report.html": b"old"})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_files(tmp_path, {"report.html": b"new"})

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"report.html": b"old"}


def test_the_folder_is_made(tmp_path: Path) -> None:
    """The first run has none."""
    replace_files(tmp_path / "new" / "folder", {"report.html": b"page"})

    assert (tmp_path / "new/folder/report.html").read_bytes() == b"page"
