import json
import subprocess
import sys

import pytest

from playbooks.plan.answers import Answers
from playbooks.plan.command import NOT_FINE, Form, run
from playbooks.plan.live import Live
from playbooks.plan.prices import CommittedPrices
from tests.projects import ROOT

PLAN = """
import socket, sys
def refuse(*_): raise AssertionError("a plan has asked the network")
socket.socket.connect = refuse
from playbooks.cli import app
app(["plan", "staging"], standalone_mode=False)
"""


def aidc(code: str) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own, in the project."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_plan_needs_no_network_and_no_boto3() -> None:
    """Only `--live` does; a plan of a pull request has neither credentials nor time for it."""
    told = "import sys, typer\ntry:\n" + PLAN.replace("\n", "\n    ") + "\nexcept (SystemExit, typer.Exit): pass\n"
    done = aidc(told + "print('imported', {'boto3', 'botocore', 'paramiko'} & set(sys.modules))")

    assert done.stderr == ""
    assert "Does it fit" in done.stdout
    assert done.stdout.splitlines()[-1] == "imported set()"


def test_a_sandbox_can_not_be_asked_live() -> None:
    """Wrong usage, told before anything is made."""
    done = aidc("from playbooks.cli import app; app(['plan', 'sandbox', '--live'])")

    assert (done.returncode, "sandbox has no account that could be asked" in done.stderr) == (2, True)


def test_what_the_account_says_is_in_the_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A quota that does not suffice is a failure, and told with both figures."""
    answers = Answers(quotas={"L-417A185B": 192.0})
    monkeypatch.setattr("playbooks.plan.live.live", lambda _environment: Live(CommittedPrices(), lambda _its: answers))

    status = run(ROOT, "staging", Form.JSON, None, live=True)
    found = [each for each in json.loads(capsys.readouterr().out)["fit"] if "L-417A185B" in each["where"]]

    assert status == NOT_FINE
    assert [(each["needed"], each["available"], each["fits"]) for each in found] == [(384, 192, "does not fit")]
