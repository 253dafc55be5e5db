import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import PAYLOAD, ended, program

USES = {
    "collectives.py": Status.NO_TORCH,
    "training_step.py": Status.NO_TORCH,
    "checkpoint.py": Status.NO_TORCH,
}


@pytest.mark.parametrize(("payload", "status"), USES.items())
def test_a_python_without_torch_is_told_apart(payload: str, status: Status, bare_python: str) -> None:
    """One line that names the Python, no traceback."""
    found = ended(program(payload, python=bare_python))

    assert found.exit_status == status
    assert found.stderr.text == f"{bare_python} cannot import torch: No module named 'torch'\n"


def test_a_python_without_boto3_is_told_apart(bare_python: str) -> None:
    """By a status of its own."""
    code = "from ending import Status, require; require('boto3', Status.NO_BOTO3)"
    found = subprocess.run([bare_python, "-c", code], cwd=PAYLOAD, capture_output=True, check=False)

    assert found.returncode == Status.NO_BOTO3


def test_statuses_are_left_to_python_and_the_shell() -> None:
    """1 is a traceback, 2 argparse's, 126 and above the shell's; each of ours says one thing."""
    assert all(2 < status < 126 for status in Status)


def test_an_answer_is_one_line(module: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]) -> None:
    """And never one that JSON does not have."""
    module("ending").answer({"name": "a\nb", "value": 1.5})

    assert json.loads(capsys.readouterr().out) == {"name": "a\nb", "value": 1.5}
    with pytest.raises(ValueError, match="Out of range float"):
        module("ending").answer({"value": float("nan")})


def test_a_failure_is_one_line_on_stderr(
    module: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the status to exit with."""
    with pytest.raises(SystemExit) as raised:
        module("ending").fail(Status.DISK_FULL, "no space")

    assert raised.value.code == Status.DISK_FULL
    assert capsys.readouterr().err == "no space\n"
    assert sys.modules["ending"].__file__ == str(PAYLOAD / "ending.py")
