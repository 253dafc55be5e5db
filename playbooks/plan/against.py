"""The plan of another git ref: its own code and settings, in a worktree and a process of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playbooks.errors import AidcError
from playbooks.plan.plan import Plan
from playbooks.plan.written import read

JSON = ("plan", "--format", "json")


class BaseError(AidcError):
    """The base can't be evaluated; the message says why, and what to do."""


def base_plan(project: Path, ref: str, environment: str) -> Plan | None:
    """The plan that a ref's own code makes of its own settings; None where the environment is not there.

    Raises:
        BaseError: there is no such ref, or its code can't make a plan.
    """
    with _worktree(project, ref) as base:
        file = base / "stacks" / "config" / f"Pulumi.{environment}.yaml"
        if not file.is_file():
            return None
        code = "from playbooks.cli import app; app()"
        said = subprocess.run(  # noqa: S603 - this project's own code, as it was
            [sys.executable, "-P", "-c", code, *JSON, environment],
            cwd=base,
            env=os.environ | {"PYTHONPATH": str(base)},
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return read(said.stdout)
    except ValueError:
        last = (said.stderr.strip() or said.stdout.strip() or "it printed nothing").splitlines()[-1]
        raise BaseError(
            f"{ref}: its code made no plan of {environment} (exit status {said.returncode}): {last}. A base from before"
            " `aidc plan --format json` can't be compared with; otherwise mend it there, or name another ref"
        ) from None


@contextmanager
def _worktree(project: Path, ref: str) -> Iterator[Path]:
    """The project's folder as it was at a ref; gone afterwards."""
    commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise BaseError(
            f"there is no git ref {ref!r} here: fetch it first, or name another; `git branch -a` lists them"
        )
    inside = _git(project, "rev-parse", "--show-prefix") or ""
    with TemporaryDirectory(prefix="aidc-base-") as folder:
        tree = Path(folder) / "tree"
        if _git(project, "worktree", "add", "--quiet", "--detach", str(tree), commit) is None:
            raise BaseError(f"git can't check {ref} out into a worktree; `git worktree add` in the project says why")
        try:
            yield tree / inside
        finally:
            _git(project, "worktree", "remove", "--force", str(tree))


def _git(project: Path, *arguments: str) -> str | None:
    """What git says; None where it refuses."""
    try:
        done = subprocess.run(  # noqa: S603 - git as the user has it
            ["git", *arguments],  # noqa: S607 - the same
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise BaseError("--against needs git, and there is none on PATH: install it") from None
    return done.stdout.strip() if done.returncode == 0 else None
