import os
from pathlib import Path

from playbooks.checks.gpu import dcgm, dcgm_diag
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.payload.fleet import ended, program

DATA = Path(__file__).parents[2] / "data" / "dcgm"


def run(tmp_path: Path, script: str, seconds: float = 30) -> dcgm.Dcgm:
    """The program's answer where `dcgmi` is this script."""
    fake = tmp_path / "dcgmi"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    started = program("dcgm.py", "--level", "2", "--seconds", str(seconds), environment=path)
    return dcgm.parse(ended(started).stdout.text)


def test_what_dcgmi_prints_comes_back_whatever_its_status(tmp_path: Path) -> None:
    """It ends with a status of its own where a test fails."""
    found = run(tmp_path, f'[ "$*" = "diag -r 2 -j" ] && cat {DATA}/diag-4-persistence-mode.stdout; exit 226')

    assert (found.level, found.diag.status) == (2, 226)
    assert [test.is_configuration for test in dcgm_diag.tests(found.diag.stdout)] == [True]


def test_dcgmi_that_hangs_is_ended(tmp_path: Path) -> None:
    """In its own time, and the check says so."""
    found = run(tmp_path, "sleep 60", seconds=0.2)

    assert found.diag.status is None
    assert "did not end within" in found.diag.wrong


def test_a_node_without_dcgmi_says_so() -> None:
    """As the check reads it, end to end."""
    question = ask({"dcgm": {"level": 1}}, instance_type="p5.48xlarge", count=1)
    started = program(dcgm.CHECK.payload, *dcgm.CHECK.arguments(question, question.nodes[0]))
    [found] = dcgm.CHECK.judge(question, {"gpu-0": ended(started)})

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "dcgmi is not on the PATH" in found.reason
