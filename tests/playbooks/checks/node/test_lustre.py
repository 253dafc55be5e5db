from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask, Mount
from playbooks.checks.node import lustre
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from stacks.settings import Lustre
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import HANGS, judged, output

HERE = Path("/proc/self/mounts").read_text(encoding="utf-8")  # of this machine: the kernel's own rows
OPTIONS = "rw,noatime,checksum,flock,nouser_xattr,lruresize,lazystatfs,encrypt"
FSX = f"10.0.4.7@tcp:/a1b2cbev /fsx lustre {OPTIONS} 0 0\n"
AUTOMOUNT = "systemd-1 /fsx autofs rw,relatime,fd=58,pgrp=1,timeout=0,minproto=5,maxproto=5,direct 0 0\n"
MADE_AS = Lustre.model_validate({"zone": "eu-west-1a", "capacityGib": 4800, "throughput": 250})


def question() -> Ask:
    """To one node of a fleet that mounts a file system."""
    return ask(count=1)._replace(lustre=Mount("datasets", "/fsx", MADE_AS))


def found(mounts: Output) -> Finding:
    """What is found of it."""
    [finding] = judged(lustre.CHECK, question(), {"mounts": mounts})
    return finding


def test_a_mounted_file_system_passes() -> None:
    """It lies over its own automount."""
    finding = found(output(HERE + AUTOMOUNT + FSX))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "datasets is mounted at /fsx")
    assert finding.evidence == {"mount": f"10.0.4.7@tcp:/a1b2cbev /fsx lustre {OPTIONS}"}


@pytest.mark.parametrize(
    ("rows", "there"),
    [
        ("", "no mount"),
        (AUTOMOUNT, "autofs (systemd-1)"),
        ("/dev/nvme1n1 /fsx xfs rw 0 0\n", "xfs (/dev/nvme1n1)"),
        (f"{FSX}/dev/nvme1n1 /fsx xfs rw 0 0\n", "xfs (/dev/nvme1n1)"),
        (FSX.replace(" /fsx ", " /fsx2 "), "no mount"),
    ],
)
def test_anything_else_at_the_folder_fails(rows: str, there: str) -> None:
    """Nothing, an automount that did not come about, another file system, or one on top of it."""
    finding = found(output(HERE + rows, stderr="ls: cannot access '/fsx/.': No such device\n"))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, f"at /fsx there is {there}, and no Lustre")
    assert "fsx.mount" in finding.action
    assert finding.evidence["ls"] == "ls: cannot access '/fsx/.': No such device"


def test_a_mount_that_hangs_is_an_error() -> None:
    """As where its servers cannot be reached."""
    assert (found(HANGS).verdict, found(HANGS).reason) == (Verdict.ERROR, HANGS.wrong)


@pytest.mark.parametrize("row", ["\x1b[1m10.0.4.7@tcp:/a /fsx lustre rw 0 0\x1b[0m", "10.0.4.7@tcp:/a /fsx lus", "abc"])
def test_a_row_that_is_not_whole_is_an_error_with_it(row: str) -> None:
    """Cut, coloured or another program's."""
    finding = found(output(HERE + row))

    assert finding.verdict is Verdict.ERROR
    assert repr(row) in finding.reason


@given(st.integers(0, len(FSX) - 2), st.text(max_size=30))
def test_a_cut_row_never_passes(keep: int, more: str) -> None:
    """Unless what follows makes it whole again."""
    try:
        rows = lustre.parse(FSX[:keep] + more)
    except UnreadableAnswerError:
        return
    found_there = lustre.mounted(rows, "/fsx")
    assert found_there is None or found_there.kind != "lustre" or more.endswith(" 0") or keep >= len(FSX) - 3


def test_the_folder_is_looked_into_and_named_in_systemds_way() -> None:
    """An automount comes about by it."""
    asked = question()._replace(lustre=Mount("datasets", "/data/big-one", MADE_AS))

    assert lustre.CHECK.commands(asked, asked.nodes[0])["mounts"][-1] == "/data/big-one"
    assert lustre._unit(asked.lustre) == r"data-big\x2done.mount"  # type: ignore[arg-type]  # it is there


def test_spaces_stand_as_octal_numbers_in_mounts() -> None:
    """proc(5)."""
    assert lustre.parse("/dev/sdb /mnt/my\\040disk ext4 rw 0 0\n")[0].folder == "/mnt/my disk"


def test_a_fleet_that_mounts_none_is_not_asked() -> None:
    """The setting is named."""
    assert lustre.CHECK.skip(ask(), ask().nodes[0]) == "fleets.gpu.lustre of the settings names no file system"
    assert lustre.CHECK.skip(question(), question().nodes[0]) == ""
