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
        "smoke",
        "down",
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


@pytest.mark.parametrize(("command", "instead"), [("up", "pulumi up -s prod"), ("down", "pulumi destroy -s prod")])
def test_what_needs_the_engine_names_its_command(tmp_path: Path, command: str, instead: str) -> None:
    """An account is brought up and taken down by Pulumi itself, and a sandbox that is up here is not its business."""
    project = make_project(tmp_path)
    shutil.copy(ROOT / "stacks/config/Pulumi.prod.yaml", project / "stacks/config")
    (project / ".sandbox").mkdir()
    done = aidc(command, "prod", project=project)

    assert (done.returncode, (project / ".sandbox").exists()) == (2, True)
    assert instead in done.stderr


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
