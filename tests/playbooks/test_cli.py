import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import ROOT, change, make_project

AIDC = Path(sys.executable).with_name("aidc")


def aidc(*words: str, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in the folder of a project."""
    return subprocess.run([AIDC, *words], cwd=project, capture_output=True, text=True, check=False, timeout=120)


def test_help_names_every_command_and_what_the_exit_status_means() -> None:
    """It is the first thing that a newcomer reads."""
    shown = aidc("--help").stdout

    assert [line.split()[0] for line in shown.split("Commands:")[1].splitlines() if line] == [
        "plan",
        "up",
        "drift",
        "smoke",
        "down",
        "image",
        "bootstrap",
    ]
    assert "exit status 0 pass, 1 fail, 2 wrong usage or settings, 3 inconclusive" in " ".join(
        aidc("smoke", "--help").stdout.split()
    )


def test_help_starts_without_what_the_commands_need() -> None:
    """None of the slow libraries is imported before a command is chosen."""
    program = (
        "import sys, playbooks.cli;"
        "print({'pulumi', 'boto3', 'paramiko', 'pydantic', 'rich.console', 'moto', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_plan_shows_the_tree() -> None:
    """With no account, and nothing created."""
    done = aidc("plan", "prod")

    assert done.returncode == 0
    assert "prod-training  Fleet" in done.stdout
    assert "16 ec2 Instance" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("Nothing was created.")


def test_wrong_usage_and_wrong_settings_exit_with_2_and_no_traceback(tmp_path: Path) -> None:
    """What is wrong, where, and what to do; all mistakes at once."""
    project = make_project(tmp_path)
    change(project, "fleets.workers", nodes=0, zone="us-east-1z")
    unknown, wrong, usage = aidc("plan", "prdo"), aidc("plan", "sandbox", project=project), aidc("paln", "sandbox")

    assert [each.returncode for each in (unknown, wrong, usage)] == [2, 2, 2]
    assert "prod" in unknown.stderr
    assert "fleets.workers.nodes" in wrong.stderr
    assert "fleets.workers.zone" in wrong.stderr
    assert "Traceback" not in unknown.stderr + wrong.stderr + usage.stderr


def test_outside_of_a_project_it_says_where_to_go(tmp_path: Path) -> None:
    """There is no Pulumi.yaml to be found."""
    done = aidc("plan", "sandbox", project=tmp_path)

    assert (done.returncode, "Pulumi.yaml" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


@pytest.mark.parametrize("command", ["up", "drift", "down"])
def test_an_account_needs_the_engine_and_leaves_the_sandbox_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Without `pulumi` it says how to get it; a sandbox that is up here is not its business."""
    project = make_project(tmp_path)
    shutil.copy(ROOT / "stacks/config/Pulumi.dev.yaml", project / "stacks/config")
    (project / ".sandbox").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = aidc(command, "dev", project=project)

    assert (done.returncode, (project / ".sandbox").exists()) == (2, True)
    assert "there is no `pulumi` on PATH: install the Pulumi CLI" in done.stderr


def test_a_sandbox_has_no_state_to_drift_from(tmp_path: Path) -> None:
    """The smoke gate says whether what is declared exists."""
    done = aidc("drift", "sandbox", project=make_project(tmp_path))

    assert (done.returncode, "run `aidc smoke sandbox`" in done.stderr) == (2, True)


def test_down_of_an_account_whose_settings_have_mistakes_says_so(tmp_path: Path) -> None:
    """Above all not that nothing of it is left."""
    project = make_project(tmp_path)
    dev = (ROOT / "stacks/config/Pulumi.dev.yaml").read_text()
    (project / "stacks/config/Pulumi.dev.yaml").write_text(dev.replace("nodes: 2", "nodes: two"))
    done = aidc("down", "dev", project=project)

    assert (done.returncode, done.stdout) == (2, "")
    assert "fleets.workers.nodes" in done.stderr


def test_smoke_of_a_sandbox_that_is_not_up_says_how_to_bring_it_up(tmp_path: Path) -> None:
    """Nothing was measured, so there is no verdict and no report."""
    project = make_project(tmp_path)
    done = aidc("smoke", "sandbox", project=project)

    assert (done.returncode, "run `aidc up sandbox`" in done.stderr) == (2, True)
    assert not (project / "reports").exists()


def test_down_works_while_the_settings_have_mistakes(tmp_path: Path) -> None:
    """And only for an environment that has settings."""
    project = make_project(tmp_path)
    change(project, "fleets.workers", nodes="four")
    (project / ".sandbox").mkdir()
    unknown, done = aidc("down", "sadbox", project=project), aidc("down", "sandbox", project=project)

    assert (unknown.returncode, "sandbox" in unknown.stderr) == (2, True)
    assert (done.returncode, (project / ".sandbox").exists()) == (0, False)


def test_down_of_nothing_is_no_mistake(tmp_path: Path) -> None:
    """It can be run again and again."""
    done = aidc("down", "sandbox", project=make_project(tmp_path))

    assert (done.returncode, done.stdout.startswith("Nothing of it ran.")) == (0, True)
