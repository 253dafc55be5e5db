"""Whatever becomes of a run with faults, the sandbox is well after it; on one sandbox of four nodes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox import lifecycle, nodes
from sandbox.errors import FaultError
from sandbox.faults import Kind
from sandbox.faults.injection import broken, injected, well
from sandbox.folder import SandboxFolder
from sandbox.processes import find, node_role
from stacks.environment import load
from tests.projects import ENVIRONMENT, change, make_project
from tests.sandbox.faults.conftest import comes_true

pytestmark = pytest.mark.slow
AIDC = Path(sys.executable).with_name("aidc")
NODES = {f"workers-{index}" for index in range(4)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose sandbox is up."""
    made = make_project(tmp_path_factory.mktemp("project"))
    with lifecycle.locked(made, "a test"):
        lifecycle.up(load(made, ENVIRONMENT), made, lambda _: None)
    yield made
    with lifecycle.locked(made, "a test"):
        lifecycle.down(ENVIRONMENT, made)


@pytest.fixture
def folder(project: Path) -> SandboxFolder:
    """The sandbox."""
    return SandboxFolder.of(project)


def kill(folder: SandboxFolder, name: str) -> None:
    """End a node as its fault does, and as nothing else would."""
    (node,) = (each for each in find(folder) if each.role == node_role(name))
    node.process.kill()
    assert comes_true(lambda: name not in nodes.running(folder))


def aidc(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return subprocess.run([AIDC, *words], cwd=project, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def gate(project: Path, wish: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run of the gate, from when its node is broken."""
    folder = SandboxFolder.of(project)
    words = [str(AIDC), "smoke", ENVIRONMENT, "--inject", wish]
    with subprocess.Popen(words, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        assert comes_true(folder.node(wish.partition("=")[0]).fault.exists, patience_seconds=60)
        yield running


def test_a_node_that_died_of_its_fault_runs_again_afterwards(project: Path, folder: SandboxFolder) -> None:
    """The other nodes are left alone."""
    environment = load(project, ENVIRONMENT)
    with lifecycle.locked(project, "a test"), injected(environment, project, ["workers-1=killed"]) as told:
        kill(folder, "workers-1")

    assert told == ("workers-1=killed",)
    assert nodes.running(folder) == NODES == lifecycle.current(environment, project)
    assert well(folder)


def test_the_next_run_puts_right_what_a_killed_one_has_left(project: Path, folder: SandboxFolder) -> None:
    """Also where that one injects nothing; a node that a person has ended is left alone."""
    with broken(folder, {"workers-1": Kind.KILLED}):
        kill(folder, "workers-1")  # and then the run itself, which would have started it again
    kill(folder, "workers-2")
    environment = load(project, ENVIRONMENT)
    with lifecycle.locked(project, "a test"):
        with injected(environment, project, []) as told:
            running = nodes.running(folder)
        lifecycle.up(environment, project, lambda _: None)

    assert (told, running) == ((), NODES - {"workers-2"})
    assert nodes.running(folder) == NODES


def test_a_node_that_does_not_run_is_not_broken(project: Path, folder: SandboxFolder) -> None:
    """Or one that `up` would start anew: it may not know how to be broken."""
    kill(folder, "workers-3")
    environment = load(project, ENVIRONMENT)
    with (
        lifecycle.locked(project, "a test"),
        pytest.raises(FaultError, match="workers-3: does not run, or is not what is declared now.*`aidc up sandbox"),
        injected(environment, project, ["workers-3=slow", "workers-0=slow"]),
    ):
        raise AssertionError("nothing may be asked of nodes that are not broken")
    with lifecycle.locked(project, "a test"):
        lifecycle.up(environment, project, lambda _: None)

    assert not folder.node("workers-0").fault.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_however_a_run_is_ended_its_nodes_are_well_after_it(
    project: Path, folder: SandboxFolder, number: signal.Signals
) -> None:
    """Where the run can't see to it itself, the nodes do."""
    with gate(project, "workers-1=truncated") as running:
        running.send_signal(number)

    assert running.returncode == (-signal.SIGKILL if number is signal.SIGKILL else 130)
    assert well(folder)
    assert nodes.running(folder) == NODES


def test_what_cannot_be_injected_exits_with_2_and_says_why(project: Path, folder: SandboxFolder) -> None:
    """Wrong usage is no verdict: nothing is asked, and there is no report."""
    change(project, "smoke", storage={"scratch": "/tmp", "sizeMib": 1})  # noqa: S108 - a folder that is there
    wishes = {
        "worker-1=slow": "there is no node worker-1. Did you mean workers-",
        "workers-1=slwo": "there is no fault slwo. Did you mean slow?",
        "workers-1=slow-network": "set sandbox.isolation to namespaces",
        "workers-1=full-disk": "smoke.storage.scratch is /tmp: set it to ~",
    }
    try:
        for wish, told in wishes.items():
            done = aidc(project, "smoke", ENVIRONMENT, "--inject", wish)
            assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    finally:
        change(project, "smoke", storage={"scratch": "~", "sizeMib": 1})

    assert not folder.faults.exists()


def test_an_account_is_never_broken(project: Path) -> None:
    """Refused before anything is asked of it."""
    dev = Path(__file__).parents[3] / "stacks" / "config" / "Pulumi.dev.yaml"
    (project / "stacks" / "config" / dev.name).write_text(dev.read_text())
    done = aidc(project, "smoke", "dev", "--inject", "workers-0=slow")

    assert done.returncode == 2
    assert "dev is an account, and only a sandbox's nodes may be broken: leave --inject out" in done.stderr


def test_the_report_says_what_was_injected(project: Path) -> None:
    """In its head, and for programs; a Python that is not there keeps this run short."""
    change(project, "fleets.workers", python="/no/such/python")
    done = aidc(project, "smoke", ENVIRONMENT, "--inject", "workers-1=wrong-host-key")
    reports = project / "reports" / ENVIRONMENT
    told = "Faults were injected for this run: workers-1=wrong-host-key."

    assert told in " ".join(done.stdout.split())
    assert told in (reports / "report.html").read_text()
    assert json.loads((reports / "report.json").read_text())["run"]["injected"] == ["workers-1=wrong-host-key"]
