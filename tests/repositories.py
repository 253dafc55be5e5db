"""Git repositories that hold the project: its code and its settings, at commits that a test makes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.projects import ROOT

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
CODE = ("components", "playbooks", "policies", "sandbox", "stacks")


def make_repository(folder: Path) -> Path:
    """The project in a repository of its own, committed once on the branch `main`."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "The base")
    return folder


def commit(repository: Path, subject: str) -> None:
    """Commit everything."""
    git(repository, "add", "--all")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", subject)


def git(repository: Path, *arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def edit(repository: Path, file: str, before: str, after: str) -> None:
    """Replace a piece of a file, which must be there once."""
    path = repository / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")
