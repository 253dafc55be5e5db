"""Negative controls: nodes of one sandbox are broken, and the gate names them, each by the right check, and no other.

A run of the gate takes a minute and more, so that faults that cannot hide each other share one.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox import nodes
from sandbox.faults import Kind
from sandbox.folder import SandboxFolder
from stacks.environment import load
from tests.projects import ENVIRONMENT, change, make_project
from tests.sandbox.faults.conftest import may_mount
from tests.sandbox.test_namespaces import needs_namespaces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
AIDC = Path(sys.executable).with_name("aidc")
NODES = 4  # each of them has a fault in the run with the most
NEED_ACTION = ("FAIL", "ERROR", "INCONCLUSIVE")
WAITS_FOR_OTHERS = "not measured, for it takes all nodes and "

Blamed = Mapping[str, set[str]]


def aidc(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return subprocess.run([AIDC, *words], cwd=project, capture_output=True, text=True, check=False, timeout=1200)


@contextmanager
def up(project: Path) -> Iterator[Path]:
    """The project, while its sandbox is up."""
    change(project, "fleets.workers", nodes=NODES)
    change(project, "smoke", training={"steps": 20, "lossFraction": 0.9})
    done = aidc(project, "up", ENVIRONMENT, "--no-smoke")
    assert done.returncode == 0, done.stderr
    try:
        yield project
    finally:
        assert aidc(project, "down", ENVIRONMENT).returncode == 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose sandbox is up."""
    with up(make_project(tmp_path_factory.mktemp("project"))) as made:
        yield made


def blamed(project: Path, **faults: Kind) -> Blamed:
    """The nodes that each check blames when these are broken; who only waits for others is not to blame."""
    wishes = [f"--inject={name.replace('_', '-')}={kind}" for name, kind in faults.items()]
    done = aidc(project, "smoke", ENVIRONMENT, *wishes)
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, set[str]] = {}
    for finding in findings(project):
        if finding["verdict"] in NEED_ACTION and not finding["reason"].startswith(WAITS_FOR_OTHERS):
            found.setdefault(finding["check"], set()).update(finding["nodes"])
    return found


def findings(project: Path) -> list[dict[str, Any]]:
    """Those of the last run."""
    report = project / "reports" / ENVIRONMENT / "report.json"
    found: list[dict[str, Any]] = json.loads(report.read_text())["run"]["findings"]
    return found


def test_clock_host_key_disk_and_results_each_have_a_check_that_names_the_node(project: Path) -> None:
    """Corrupt results show where results are compared and where all ranks have summed, a full disk where it is used."""
    faults = {"workers_1": Kind.SKEWED_CLOCK, "workers_3": Kind.WRONG_HOST_KEY, "workers_0": Kind.CORRUPT}
    expected = {
        "clock": {"workers-1"},
        "reachable": {"workers-3"},
        "fixed-computation": {"workers-0"},
        "all-reduce": {"workers-0"},
    }
    if may_mount(load(project, ENVIRONMENT).settings):
        faults["workers_2"] = Kind.FULL_DISK
        expected |= {"storage": {"workers-2"}, "training-step": {"workers-2"}}

    assert blamed(project, **faults) == expected


def test_a_node_that_dies_in_a_collective_and_one_whose_answers_are_cut_are_told_apart(project: Path) -> None:
    """The dead one is named by the collective that it broke; afterwards it runs again."""
    found = blamed(project, workers_1=Kind.TRUNCATED, workers_2=Kind.KILLED)
    alone = ("host-facts", "gemm", "fixed-computation", "storage", "checkpoint", "training-step")

    assert found == {**{check: {"workers-1"} for check in alone}, "collectives": {"workers-2"}}
    assert nodes.running(SandboxFolder.of(project)) == {f"workers-{index}" for index in range(NODES)}


def test_a_node_that_hangs_in_a_collective_is_named_by_it(project: Path) -> None:
    """And by nothing else, for it joins the next one."""
    assert blamed(project, workers_1=Kind.HANG) == {"collectives": {"workers-1"}}


def test_a_slow_node_is_named_by_what_it_computes(project: Path) -> None:
    """The run is interrupted there, for all of it would wait for that node; on a busy machine every node is slow."""
    words = [str(AIDC), "smoke", ENVIRONMENT, "--inject=workers-2=slow"]
    with subprocess.Popen(words, cwd=project, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        judged = [line for line in _until(running.stdout, r"[A-Z]+  gemm on") if re.search("|".join(NEED_ACTION), line)]
        running.send_signal(signal.SIGINT)
        running.stdout.read()

    assert running.returncode == 130
    assert [line.partition("FAIL")[2].partition(",")[0] for line in judged] == ["  gemm on workers: workers-2"]


def _until(lines: Iterable[str], last: str) -> Iterator[str]:
    """Lines up to the first that has this pattern."""
    for line in lines:
        yield line
        if re.search(last, line):
            return


@needs_namespaces
def test_a_node_with_a_slow_network_is_named_by_its_pairs(tmp_path: Path) -> None:
    """The all-reduce is as slow for every node."""
    made = make_project(tmp_path)
    change(made, "sandbox", isolation="namespaces")
    change(made, "network", cidr=f"10.{100 + os.getpid() % 100}.0.0/16")
    change(
        made,
        "smoke",
        faultIsolation="always",
        allReduce={"largestMessageMib": 16, "minimumBusBandwidthGbPerSecond": 0.0001},
    )
    with up(made) as project:
        assert blamed(project, workers_1=Kind.SLOW_NETWORK) == {"fault-isolation": {"workers-1"}}
