import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from sandbox import processes
from sandbox.folder import SandboxFolder
from tests.projects import change, make_project

AIDC = Path(sys.executable).with_name("aidc")


def aidc(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return subprocess.run([AIDC, *words], cwd=project, capture_output=True, text=True, check=False, timeout=240)


class Findings(NamedTuple):
    """The findings of a run's JSON report, to be asked by check and node."""

    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, project: Path) -> "Findings":
        """Those of the newest report."""
        return cls(json.loads((project / "reports" / "sandbox" / "report.json").read_text())["run"]["findings"])

    def verdicts(self, check: str, node: str) -> set[str]:
        """What a check found of a node."""
        return {row["verdict"] for row in self.rows if row["check"] == check and node in row["nodes"]}


def node_process(project: Path, name: str) -> psutil.Process:
    """The process that is this node."""
    (found,) = (each for each in processes.find(SandboxFolder.of(project)) if each.role == f"node:{name}")
    return found.process


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose sandbox of three nodes has been brought up and proven by `aidc up`."""
    made = make_project(tmp_path_factory.mktemp("project"))
    change(made, "fleets.workers", nodes=3)
    yield made
    done = aidc(made, "down", "sandbox")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def brought_up(project: Path) -> subprocess.CompletedProcess[str]:
    """What `aidc up sandbox` said."""
    return aidc(project, "up", "sandbox")


@pytest.mark.slow
def test_up_ends_with_a_passing_gate_and_its_reports(
    project: Path, brought_up: subprocess.CompletedProcess[str]
) -> None:
    """Every check has passed on every node, with figures; nothing is inconclusive."""
    assert brought_up.returncode == 0, brought_up.stdout + brought_up.stderr
    findings = Findings.of(project)

    for check in ("reachable", "storage", "checkpoint", "all-reduce", "training-step"):
        for node in ("workers-0", "workers-1", "workers-2"):
            assert findings.verdicts(check, node) == {"PASS"}, (check, node)
    assert {row["verdict"] for row in findings.rows} == {"PASS", "SKIPPED"}
    assert {path.name for path in (project / "reports" / "sandbox").iterdir()} == {
        "report.json",
        "report.xml",
        "report.html",
        "history.jsonl",
        "last_findings.json",
    }
    assert "moto has no CreatePlacementGroup" in " ".join(brought_up.stdout.split())


@pytest.mark.slow
@pytest.mark.usefixtures("brought_up")
def test_nothing_of_a_run_is_left_on_the_nodes(project: Path) -> None:
    """Neither the programs nor what they wrote, and no process."""
    homes = (project / ".sandbox" / "nodes").glob("*/home")
    left = [path for home in homes for path in home.rglob("*") if path.is_file()]

    assert left == []
    assert {member.role.partition(":")[0] for member in processes.find(SandboxFolder.of(project))} == {"moto", "node"}


@pytest.mark.slow
@pytest.mark.usefixtures("brought_up")
def test_a_killed_node_is_named_with_the_reason_and_the_others_keep_their_findings(project: Path) -> None:
    """Exit status 1; the collectives run among those that are left."""
    node_process(project, "workers-1").kill()
    done = aidc(project, "smoke", "sandbox")
    findings = Findings.of(project)

    assert done.returncode == 1
    assert re.search(r"FAIL\s+reachable on workers-1\b", done.stdout)
    assert findings.verdicts("reachable", "workers-1") == {"FAIL"}
    for check in ("reachable", "storage", "checkpoint", "all-reduce", "training-step"):
        for node in ("workers-0", "workers-2"):
            assert findings.verdicts(check, node) == {"PASS"}, (check, node)
    assert aidc(project, "up", "sandbox", "--no-smoke").returncode == 0


@pytest.mark.slow
@pytest.mark.usefixtures("brought_up")
def test_a_changed_host_key_refuses_that_node_and_no_other(project: Path) -> None:
    """As when something else answers at its address; a Python that is not there keeps this run short."""
    known_hosts = project / ".sandbox" / "known_hosts"
    kept = known_hosts.read_text()
    (first, *_), (_, *second), *_ = (line.split() for line in kept.splitlines())
    known_hosts.write_text("\n".join([" ".join([first, *second]), *kept.splitlines()[1:], ""]))
    change(project, "fleets.workers", python="/no/such/python")
    try:
        done = aidc(project, "smoke", "sandbox")
    finally:
        change(project, "fleets.workers", python="python3")
        known_hosts.write_text(kept)
    rows = Findings.of(project).rows
    refused = [row for row in rows if row["check"] == "reachable" and row["verdict"] == "FAIL"]
    asked = {node for row in rows if row["check"] == "storage" for node in row["nodes"]}

    assert done.returncode == 1
    assert len(refused) == 1
    assert "SHA256:" in refused[0]["reason"]
    assert asked == {"workers-0", "workers-1", "workers-2"} - set(refused[0]["nodes"])


@pytest.mark.slow
@pytest.mark.usefixtures("brought_up")
def test_a_node_that_is_declared_and_does_not_exist_is_told(project: Path) -> None:
    """The settings ask for a fourth one that nobody has brought up."""
    change(project, "fleets.workers", nodes=4, python="/no/such/python")
    try:
        done = aidc(project, "smoke", "sandbox")
    finally:
        change(project, "fleets.workers", nodes=3, python="python3")

    assert done.returncode == 1
    assert Findings.of(project).verdicts("declared", "workers-3") == {"FAIL"}


@pytest.mark.slow
@pytest.mark.usefixtures("brought_up")
def test_ctrl_c_leaves_within_two_seconds_with_everything_whole(project: Path) -> None:
    """The old reports stand, the nodes live, and nothing of the run goes on."""
    files = [path for path in (project / "reports" / "sandbox").rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    running = subprocess.Popen([AIDC, "smoke", "sandbox"], cwd=project, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("collectives"):
            break
    time.sleep(2)  # let the ranks start
    asked = time.monotonic()
    running.send_signal(signal.SIGINT)
    said = running.stdout.read()
    running.stdout.close()
    status = running.wait()

    assert time.monotonic() - asked < 2
    assert status == 130
    assert "interrupted" in said.lower()
    assert {path: path.read_bytes() for path in before} == before
    left = [each for each in processes.find(SandboxFolder.of(project)) if each.role.startswith("command:")]
    assert left == []
    assert len(processes.find(SandboxFolder.of(project))) == 4
