import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.checks.data import scratch
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask
from tests.playbooks.payload.fleet import ended, program

MIB = 1 << 20


def test_a_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    """The check passes on a real disk, and nothing is left on it."""
    question = ask({"storage": {"scratch": str(tmp_path), "sizeMib": 9}}, count=1)
    found = ended(program(scratch.CHECK.payload, *scratch.CHECK.arguments(question, question.nodes[0])))
    finding, *_ = scratch.CHECK.judge(question, {"gpu-0": found})

    assert (finding.verdict, finding.reason) == (Verdict.PASS, f"{tmp_path} gave back what was written")
    assert list(tmp_path.iterdir()) == []


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
    found = ended(program("storage.py", "--scratch", str(tmp_path / folder), "--size-mib", str(size_mib)))

    assert found.exit_status == status
    assert said in found.stderr.text
    assert "Traceback" not in found.stderr.text


def test_a_byte_that_changed_on_the_disk_is_counted(module: Callable[[str], ModuleType], tmp_path: Path) -> None:
    """And the checksums differ."""
    program_of_node = module("storage")
    file = os.open(tmp_path / "scratch", os.O_CREAT | os.O_RDWR)
    _, written = program_of_node.write(file, 5 * MIB)
    os.pwrite(file, bytes([os.pread(file, 1, 4 * MIB + 100)[0] ^ 1]), 4 * MIB + 100)
    _, read, wrong = program_of_node.read(file, 5 * MIB)
    os.close(file)

    assert wrong == 1
    assert read != written


def test_bytes_that_are_missing_are_counted(module: Callable[[str], ModuleType], tmp_path: Path) -> None:
    """A file that was cut short."""
    program_of_node = module("storage")
    file = os.open(tmp_path / "scratch", os.O_CREAT | os.O_RDWR)
    program_of_node.write(file, 5 * MIB)
    os.ftruncate(file, 3 * MIB)
    _, _, wrong = program_of_node.read(file, 5 * MIB)
    os.close(file)

    assert wrong == 2 * MIB


@pytest.mark.parametrize("size", [1, 8, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB])
def test_blocks_are_as_many_bytes_as_asked_and_no_two_alike(module: Callable[[str], ModuleType], size: int) -> None:
    """So that a block in another's place is seen."""
    blocks = list(module("storage").blocks(size))

    assert sum(map(len, blocks)) == size
    assert len(set(blocks)) == len(blocks)
