import os
import time
from pathlib import Path

import pytest

from sandbox.daemons import Daemon, start
from sandbox.errors import StartError
from sandbox.folder import SandboxFolder
from sandbox.processes import find

READY = """
import sys, time
from sandbox.daemons import tell_ready
tell_ready(int(sys.argv[2]), "here I am")
time.sleep(1000)
"""
DYING = """
for line in range(20):
    print("line", line, flush=True)
raise SystemExit("no such address")
"""
HANGING = """
import time
print("starting", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules to start."""
    for name, text in {"ready": READY, "dying": DYING, "hanging": HANGING}.items():
        (tmp_path / f"program_{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")


def daemon(folder: SandboxFolder, name: str) -> Daemon:
    """One of them, in the role of a node of this name."""
    return Daemon(f"node:{name}", f"program_{name}", (), folder.path / f"{name}.log")


@pytest.mark.usefixtures("programs")
def test_ready_line_comes_back_by_role(folder: SandboxFolder) -> None:
    """And the process lives on, as nobody's child."""
    assert start(folder, [daemon(folder, "ready")], 20) == {"node:ready": "here I am"}

    process = find(folder)[0].process
    assert os.getpid() not in {parent.pid for parent in process.parents()}
    assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.usefixtures("programs")
def test_environment_of_the_caller_stays_with_the_caller(folder: SandboxFolder) -> None:
    """Its credentials do not stand in the environment of a process that lives on."""
    start(folder, [daemon(folder, "ready")], 20)

    assert "AWS_SECRET_ACCESS_KEY" not in find(folder)[0].process.environ()


@pytest.mark.usefixtures("programs")
def test_one_that_dies_shows_its_last_lines_and_the_others_run(folder: SandboxFolder) -> None:
    """At once, and not after the deadline."""
    began = time.monotonic()

    with pytest.raises(StartError) as failed:
        start(folder, [daemon(folder, "ready"), daemon(folder, "dying")], 60)

    assert time.monotonic() - began < 30
    message = str(failed.value)
    assert message.startswith("node:dying: did not come up")
    assert message.endswith("\n    line 19\n    no such address")
    assert "line 9" not in message
    assert [member.role for member in find(folder)] == ["node:ready"]


@pytest.mark.usefixtures("programs")
def test_one_that_is_not_ready_in_time_is_ended(folder: SandboxFolder) -> None:
    """Nothing is left of it."""
    with pytest.raises(
        StartError, match=r"node:hanging: did not come up \(it has 1 s\); .*hanging\.log says:\n    starting"
    ):
        start(folder, [daemon(folder, "hanging")], 1)

    assert find(folder) == []
