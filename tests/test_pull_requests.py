"""The workflow that plans pull requests: what it may do, and its own script run on a repository."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.projects import ROOT
from tests.repositories import commit, edit, git, make_repository, needs_git

FILE = ROOT / ".github" / "workflows" / "plan.yml"


def workflow() -> Any:  # noqa: ANN401 - a YAML document
    """The workflow as GitHub reads it."""
    return YAML(typ="safe").load(FILE)


def script(job: str, name: str) -> str:
    """What a step runs."""
    (step,) = [each for each in workflow()["jobs"][job]["steps"] if each.get("name") == name]
    return str(step["run"])


def test_no_job_has_more_rights_than_it_needs() -> None:
    """What runs the pull request's code may only read; what may write runs none of it."""
    jobs = workflow()["jobs"]

    assert workflow()["permissions"] == {}
    assert list(workflow()["on"]) == ["pull_request"]
    assert jobs["plan"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert not any("checkout" in step.get("uses", "") for step in jobs["comment"]["steps"])
    assert "secrets." not in FILE.read_text()


def test_every_action_is_pinned_by_commit() -> None:
    """A tag can be moved."""
    uses = [step["uses"] for job in workflow()["jobs"].values() for step in job["steps"] if "uses" in step]

    assert len(uses) == 4
    assert [each for each in uses if len(each.partition("@")[2]) != 40] == []


def test_no_script_holds_what_a_pull_request_says() -> None:
    """A branch's name in a script would be run: it comes by the environment."""
    scripts = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]

    assert not any("${{" in each for each in scripts)


@needs_git
@pytest.mark.slow
def test_the_script_plans_every_environment_and_fails_for_the_one_that_is_not_fine(tmp_path: Path) -> None:
    """One that has no plan at all does not hide the others."""
    folder = make_repository(tmp_path / "repository")
    (folder / ".venv").symlink_to(sys.prefix)
    config = folder / "stacks" / "config"
    for name in ("prod", "research"):
        (config / f"Pulumi.{name}.yaml").unlink()
    commit(folder, "Fewer environments")
    git(folder, "checkout", "--quiet", "-b", "change")
    edit(folder, "stacks/config/Pulumi.dev.yaml", "nodes: 2", "nodes: 3")
    edit(folder, "stacks/config/Pulumi.staging.yaml", "nodes: 2", "nodes: two")
    summary = tmp_path / "summary.md"

    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script("plan", "Plan every environment")],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "BASE": "main", "GITHUB_STEP_SUMMARY": str(summary), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    plan = (folder / "plan.md").read_text()

    assert done.returncode == 2, done.stderr
    assert plan == summary.read_text()
    assert [line for line in plan.splitlines() if line.startswith("## ")] == [
        "## ✅ `dev`: fine",
        "## ✅ `sandbox`: fine",
        "## ❌ `staging`: no plan",
    ]
    assert "| `dev-workers-2` | ec2 Instance |" in plan
    assert "fleets.training.nodes" in plan


def test_the_comment_is_found_again_by_its_first_line(tmp_path: Path) -> None:
    """With a `gh` that answers as GitHub does: the first run makes a comment, the second updates it."""
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\necho "$@" >>calls\ncase "$*" in *--paginate*) cat known 2>/dev/null;; esac\nexit 0\n')
    gh.chmod(0o755)
    (tmp_path / "plan.md").write_text("## fine\n")
    write = script("comment", "Write the comment, or update it")
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_REPOSITORY": "a/b", "NUMBER": "7"}

    subprocess.run(["bash", "-eo", "pipefail", "-c", write], cwd=tmp_path, env=variables, check=True)
    (tmp_path / "known").write_text("42\n")
    subprocess.run(["bash", "-eo", "pipefail", "-c", write], cwd=tmp_path, env=variables, check=True)
    calls = (tmp_path / "calls").read_text().splitlines()

    assert "--method POST repos/a/b/issues/7/comments" in calls[1]
    assert "--method PATCH repos/a/b/issues/comments/42" in calls[3]
    assert (tmp_path / "comment.md").read_text().startswith("<!-- aidc plan of every environment -->\n## fine")
