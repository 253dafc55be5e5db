import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks import inventory
from playbooks.nodes import Node
from sandbox import lifecycle
from stacks.environment import load
from tests.playbooks.gate.test_smoke import Findings, aidc, node_process
from tests.projects import change, make_project

pytestmark = pytest.mark.slow
BAD = "workers-1"
SHORT = "/no/such/python"  # keeps a run short that is about who answers


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sandbox of three nodes that is up."""
    made = make_project(tmp_path_factory.mktemp("project"))
    change(made, "fleets.workers", nodes=3)
    done = aidc(made, "up", "sandbox", "--no-smoke")
    assert done.returncode == 0, done.stderr
    yield made
    assert aidc(made, "down", "sandbox").returncode == 0


def nodes(project: Path) -> dict[str, Node]:
    """What the inventory shows."""
    environment = load(project, "sandbox")
    found = inventory.find(lifecycle.clients(environment, project)("ec2"), environment.settings)
    return {node.name: node for node in found.nodes}


def smoke(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the gate with these options, where nobody can be asked."""
    return aidc(project, "smoke", "sandbox", *words)


def test_a_dead_node_is_cordoned_replaced_and_passes_its_retest_and_no_other_is_touched(project: Path) -> None:
    """From the verdict to the machine that came in its place."""
    before = nodes(project)
    node_process(project, BAD).kill()
    cordoned = smoke(project, "--cordon", "--replace")
    shown, replaced = nodes(project), smoke(project, "--only", BAD, "--replace", "--yes")
    after, others = nodes(project), {name: node for name, node in before.items() if name != BAD}
    retest = smoke(project, "--only", f"workers-0,{BAD}")

    assert cordoned.returncode == 1, cordoned.stdout + cordoned.stderr
    assert f"Cordoned {BAD}" in cordoned.stdout
    assert "Nothing was replaced." in cordoned.stdout
    assert f"aidc smoke sandbox --only {BAD} --replace\n" in cordoned.stdout
    assert {name: node.unhealthy for name, node in shown.items() if node.unhealthy} == {BAD: "reachable"}
    assert replaced.returncode == 1, replaced.stdout + replaced.stderr
    assert f"Started {BAD} afresh." in replaced.stdout
    assert after[BAD].instance_id != before[BAD].instance_id
    assert after[BAD].unhealthy == ""
    assert {name: node for name, node in after.items() if name != BAD} == others
    assert retest.returncode == 0, retest.stdout + retest.stderr
    assert f"{BAD}: another instance than before" in retest.stdout.partition("tested again: before and now")[2]
    found = Findings.of(project)
    assert {name for row in found.rows for name in row["nodes"]} == {"workers-0", BAD}
    assert found.verdicts("all-reduce", BAD) == {"PASS"}


def test_a_cordon_is_taken_back_by_name(project: Path) -> None:
    """A node that answers again is told to be cordoned still, with the command that frees it."""
    change(project, "fleets.workers", python=SHORT)
    try:
        failed = smoke(project, "--only", "workers-2", "--cordon")
        freed = smoke(project, "--uncordon", "workers-2")
    finally:
        change(project, "fleets.workers", python="python3")

    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "Cordoned workers-2" in failed.stdout
    assert freed.returncode == 0, freed.stderr
    assert "is not cordoned for" in freed.stdout
    assert nodes(project)["workers-2"].unhealthy == ""


def test_where_every_node_fails_alike_none_is_cordoned(project: Path) -> None:
    """An image without Python is no fault of three machines at once."""
    change(project, "fleets.workers", python=SHORT)
    try:
        failed = smoke(project, "--cordon", "--replace", "--yes")
    finally:
        change(project, "fleets.workers", python="python3")

    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "Most of workers fails" in failed.stdout
    assert {node.unhealthy for node in nodes(project).values()} == {""}


@pytest.mark.parametrize("option", ["--only", "--uncordon"])
def test_names_that_are_none_are_refused(project: Path, option: str) -> None:
    """A typing error, with the nodes that there are; and a list of nobody, which could be taken for all."""
    unknown, nobody = smoke(project, option, "workers-0,worker-1"), smoke(project, option, ",")

    assert (unknown.returncode, nobody.returncode) == (2, 2)
    assert "worker-1: no such node; there are workers-0, workers-1, workers-2" in unknown.stderr
    assert "training-3,training-7" in nobody.stderr
