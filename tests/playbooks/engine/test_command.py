import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest
from pulumi.automation import CommandError, ConcurrentUpdateError

from playbooks.engine.command import Engine, EngineMissingError, engine

PULUMI = """\
#!{python}
import os, signal, sys, time
words = [word for word in sys.argv[1:] if word != "--non-interactive"]
if words == ["version"]:
    print("{version}")
elif words == ["fail"]:
    print("half done")
    sys.exit("error: the stack is currently locked by 1 lock(s)")
elif words == ["wait"]:
    got = []
    def take(*_):
        got.append("SIGINT")
        os.write(1, b"SIGINT\\n")  # print may be what the signal interrupts
    signal.signal(signal.SIGINT, take)
    print("ready", os.getpgid(0) == os.getpid(), flush=True)
    while len(got) < 2:
        time.sleep(0.01)
    time.sleep(0.2)  # one too many would come by now
else:
    print(*words, os.environ["MORE"])
"""


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, version: str) -> Engine:
    """A program that is called pulumi; the engine that is found then."""
    program = folder / "pulumi"
    program.write_text(textwrap.dedent(PULUMI).format(python=sys.executable, version=version))
    program.chmod(0o755)
    return engine()


def test_without_pulumi_it_says_how_to_get_it(on_path: Path) -> None:
    """And so it does for one that is too old."""
    with pytest.raises(EngineMissingError, match="no `pulumi` on PATH: install the Pulumi CLI"):
        engine()
    with pytest.raises(EngineMissingError, match=r"is 3.100.0, older than 3.206.0"):
        put(on_path, "v3.100.0")


def test_one_built_from_source_tells_no_version(on_path: Path) -> None:
    """It is taken for the SDK's own."""
    assert str(put(on_path, "").version).startswith("3.")


def test_a_command_runs_here_and_its_lines_are_handed_on(on_path: Path) -> None:
    """Without anything to answer questions with."""
    lines: list[str] = []
    done = put(on_path, "v3.300.0").run(["stack", "ls"], str(on_path), {"MORE": "x"}, lines.append)

    assert (done.stdout, done.code, lines) == ("stack ls x", 0, ["stack ls x"])


def test_a_failure_is_raised_as_what_it_is(on_path: Path) -> None:
    """With all that was said."""
    with pytest.raises(ConcurrentUpdateError, match="half done") as raised:
        put(on_path, "v3.300.0").run(["fail"], str(on_path), {})

    assert isinstance(raised.value, CommandError)


def test_every_ctrl_c_is_handed_on_once_and_the_engine_is_waited_for(on_path: Path) -> None:
    """It stands in a group of its own, so that the terminal's does not reach it as well; a lost job's counts too."""
    found, told = put(on_path, "v3.300.0"), list[str]()
    found.tell = told.append
    before = signal.getsignal(signal.SIGTERM)

    endings = [signal.SIGTERM, signal.SIGINT]

    def interrupt(_line: str) -> None:
        if endings:
            os.kill(os.getpid(), endings.pop(0))

    done = found.run(["wait"], str(on_path), {}, interrupt)

    assert done.stdout.splitlines() == ["ready True", "SIGINT", "SIGINT"]
    assert (found.interrupted, len(told)) == (True, 2)
    assert signal.getsignal(signal.SIGTERM) is before
