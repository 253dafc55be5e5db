import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.checks.data import scratch
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask
from tests.playbooks.payload.fleet import PAYLOAD, ended, program

MIB = 1 << 20
ONCE = ("--streams", "4", "--seconds", "0")


def test_a_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    """The check passes on a real disk, and nothing is left on it."""
    question = ask({"storage": {"scratch": str(tmp_path), "sizeMib": 9}}, count=1)._replace(stand_in=True)
    found = ended(program(scratch.CHECK.payload, *scratch.CHECK.arguments(question, question.nodes[0])))
    finding, *_ = scratch.CHECK.judge(question, {"gpu-0": found})

    assert finding.verdict is Verdict.PASS
    assert finding.reason.startswith(f"{tmp_path} on ")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_is_measured_for_as_long_as_asked(tmp_path: Path) -> None:
    """By all streams, and what it answers is what the check reads."""
    words = ("--scratch", str(tmp_path), "--size-mib", "9", "--streams", "16", "--seconds", "0.3")
    text = ended(program("storage.py", *words)).stdout.text
    found = scratch.parse(text)

    assert (found.bytes, found.streams, found.differing_bytes) == (9 * MIB, 3, 0)
    assert min(found.written.ended - found.written.began, found.read.ended - found.read.began) >= 0.3
    assert found.written.ended <= found.read.began
    assert found.model_dump(mode="json") == json.loads(text)


@pytest.mark.parametrize(
    ("folder", "size_mib", "status", "said"),
    [
        (".", 1 << 30, Status.DISK_FULL, "MiB free; 1073741888 MiB are needed"),
        ("none", 1, Status.SCRATCH_REFUSED, "No such file or directory"),
    ],
)
def test_a_disk_that_cannot_take_it_is_said(
    tmp_path: Path, folder: str, size_mib: int, status: Status, said: str
) -> None:
    """Before anything is written."""
    found = ended(program("storage.py", "--scratch", str(tmp_path / folder), "--size-mib", str(size_mib), *ONCE))

    assert found.exit_status == status
    assert said in found.stderr.text
    assert "Traceback" not in found.stderr.text


def in_memory(folder: Path, mib: int, words: str) -> "subprocess.CompletedProcess[str]":
    """A line of the shell that sees a file system of so many MiB at a folder; skipped where nobody may mount."""
    mount = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    line = f"mount -t tmpfs -o size={mib}m none '{folder}'"
    if not shutil.which("unshare") or subprocess.run([*mount, line], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    return subprocess.run([*mount, f"{line} && {words}"], capture_output=True, text=True, check=False, timeout=60)


def test_a_file_system_in_memory_is_told_by_its_name(tmp_path: Path) -> None:
    """Whoever reads the figures knows then that they are no disk's."""
    done = in_memory(
        tmp_path, 80, f"{sys.executable} {PAYLOAD}/storage.py --scratch {tmp_path} --size-mib 8 {' '.join(ONCE)}"
    )
    found = scratch.parse(done.stdout)

    assert (found.file_system, found.mounted_at, found.differing_bytes) == ("tmpfs", str(tmp_path), 0)


def test_a_full_disk_is_said_and_left_as_it_was(tmp_path: Path) -> None:
    """Row 40: a real one, of which nothing is free."""
    fill = f"head -c 9999999 /dev/zero >{tmp_path}/full; ls {tmp_path} >&2"
    run = f"{sys.executable} {PAYLOAD}/storage.py --scratch {tmp_path} --size-mib 1 {' '.join(ONCE)}"
    done = in_memory(tmp_path, 4, f"{fill}; {run}; status=$?; ls -A {tmp_path}; exit $status")

    assert done.returncode == Status.DISK_FULL
    assert f"{tmp_path} has 0 MiB free; 65 MiB are needed" in done.stderr
    assert done.stdout == "full\n"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.ENOSPC, Status.DISK_FULL),
        (errno.EDQUOT, Status.DISK_FULL),
        (errno.EIO, Status.DISK_FAILED),
        (errno.EACCES, Status.SCRATCH_REFUSED),
        (errno.EROFS, Status.SCRATCH_REFUSED),
    ],
)
def test_a_disk_that_fails_is_told_from_a_folder_that_refuses(
    module: Callable[[str], ModuleType], number: int, status: Status
) -> None:
    """The one is hardware, the other a setting."""
    assert module("storage").status(OSError(number, "")) == status


@pytest.mark.parametrize(
    ("size_mib", "most", "expected"),
    [
        (1, 16, [1]),
        (9, 16, [3, 3, 3]),
        (64, 2, [32, 32]),
        (65, 16, [5] + [4] * 15),
        (1024, 16, [64] * 16),
    ],
)
def test_the_streams_share_what_is_written(
    module: Callable[[str], ModuleType], size_mib: int, most: int, expected: list[int]
) -> None:
    """In whole MiB, so that each can pass the page cache by; no more of them than there are blocks."""
    assert module("storage").shares(size_mib, most) == [share * MIB for share in expected]
