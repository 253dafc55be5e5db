import json
from pathlib import Path

import pytest

from playbooks.checks.data import lustre_throughput
from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import ended, program

MIB = 1 << 20


def test_bytes_are_written_and_read_and_nothing_is_left(tmp_path: Path) -> None:
    """For as long as asked, each stream its whole file at least."""
    words = ("--folder", str(tmp_path), "--size-mib", "8", "--streams", "2", "--seconds", "0.2")
    text = ended(program("lustre_throughput.py", *words)).stdout.text
    found = lustre_throughput.parse(text)

    assert found.written.bytes >= 2 * 8 * MIB
    assert found.read.bytes >= 2 * 8 * MIB
    assert found.written.ended <= found.read.began
    assert found.read.ended - found.read.began >= 0.2
    assert list(tmp_path.iterdir()) == []
    assert found.model_dump(mode="json") == json.loads(text)


@pytest.mark.parametrize(
    ("folder", "size_mib", "status", "said"),
    [
        (".", 1 << 30, Status.LUSTRE_FULL, "MiB free; 4294967296 MiB are needed"),
        ("none", 8, Status.LUSTRE_REFUSED, "No such file or directory"),
    ],
)
def test_a_folder_that_cannot_take_it_is_said(
    tmp_path: Path, folder: str, size_mib: int, status: Status, said: str
) -> None:
    """Before anything is written."""
    words = ("--folder", str(tmp_path / folder), "--size-mib", str(size_mib), "--streams", "2", "--seconds", "0.2")
    found = ended(program("lustre_throughput.py", *words))

    assert found.exit_status == status
    assert said in found.stderr.text
    assert "Traceback" not in found.stderr.text
