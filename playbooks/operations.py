"""What each command of `aidc` does; every function returns the exit status."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from playbooks import account
from playbooks.account import Clients
from playbooks.errors import INTERRUPTED, NotHereError
from stacks.environment import Environment, load, names, project_root
from stacks.mistakes import SettingsError

if TYPE_CHECKING:
    from playbooks.report.run import Run
    from sandbox.lifecycle import Change

DONE = 0


def plan(name: str) -> int:
    """Show what an environment's program declares."""
    from playbooks.plan import render  # noqa: PLC0415 - each command imports what it runs, so that all start fast
    from playbooks.plan.evaluate import evaluate  # noqa: PLC0415

    environment = load(project_root(), name)
    render.show(evaluate(environment), name, Console())
    return DONE


def up(name: str, *, gate: bool) -> int:
    """Bring the sandbox up, then run the smoke gate if asked to."""
    from sandbox import lifecycle  # noqa: PLC0415

    project, console = project_root(), Console(highlight=False)
    environment = load(project, name)
    _require_sandbox(environment, f"bring it up with `pulumi up -s {name}`, then run `aidc smoke {name}`")
    with lifecycle.locked(project, f"aidc up {name}"):
        change = lifecycle.up(environment, project, console.print)
        for line in _told(change, name):
            console.print(line, markup=False)
        return _smoke(environment, project, console) if gate else DONE


def smoke(name: str) -> int:
    """Run the smoke gate; its verdict is the exit status."""
    project = project_root()
    environment = load(project, name)
    _clients(environment, project)  # what is not up is told before anything is locked
    with _alone(environment, project, f"aidc smoke {name}"):
        return _smoke(environment, project, Console(highlight=False))


def down(name: str) -> int:
    """Take the sandbox away; its settings may have mistakes by then."""
    from sandbox import lifecycle  # noqa: PLC0415

    project, ended = project_root(), []
    try:
        _require_sandbox(load(project, name), f"take it down with `pulumi destroy -s {name}`")
    except SettingsError:
        if name not in names(project):
            raise
    if lifecycle.exists(project):
        with lifecycle.locked(project, f"aidc down {name}"):
            ended = lifecycle.down(name, project)
    said = f"Ended {', '.join(ended)}." if ended else "Nothing of it ran."
    Console(highlight=False).print(f"{said} Nothing of {name} is left but its reports.", markup=False)
    return DONE


def _smoke(environment: Environment, project: Path, console: Console) -> int:
    from playbooks.report.live import live  # noqa: PLC0415
    from playbooks.report.terminal import show  # noqa: PLC0415
    from playbooks.smoke import Gate, smoke  # noqa: PLC0415
    from playbooks.transport.host_keys import HostKeys  # noqa: PLC0415

    host_keys = HostKeys(_kept(environment, project) / "known_hosts")
    with live(console) as progress:
        run = smoke(Gate(environment, project, _clients(environment, project), host_keys), progress)
    if run.interrupted:
        show(run, console)
        return INTERRUPTED
    written, complaint = _written(run, project)
    show(run, console, written)
    console.print(complaint, markup=False, end="")
    return run.exit_status


def _written(run: "Run", project: Path) -> tuple[Path | None, str]:
    """Where the reports lie from the project's folder, or why they don't: the verdict is shown all the same."""
    from playbooks.report.write import write  # noqa: PLC0415

    folder = Path("reports") / run.environment
    try:
        write(run, project / folder)
    except OSError as error:
        return None, f"The reports can't be written to {folder}: {error}\n"
    return folder, ""


def _clients(environment: Environment, project: Path) -> Clients:
    if environment.settings.sandbox is None:
        return account.clients(environment.settings.region)
    from sandbox import lifecycle  # noqa: PLC0415

    return lifecycle.clients(environment, project)


def _alone(environment: Environment, project: Path, command: str) -> AbstractContextManager[None]:
    """Hold the sandbox, so that nobody takes it away meanwhile; an account needs no such thing."""
    if environment.settings.sandbox is None:
        return nullcontext()
    from sandbox import lifecycle  # noqa: PLC0415

    return lifecycle.locked(project, command)


def _kept(environment: Environment, project: Path) -> Path:
    """The folder for what is kept between runs; the sandbox's goes when the sandbox does."""
    if environment.settings.sandbox is None:
        return project / ".aidc" / environment.name
    from sandbox.folder import SandboxFolder  # noqa: PLC0415

    return SandboxFolder.of(project).path


def _require_sandbox(environment: Environment, instead: str) -> None:
    if environment.settings.sandbox is None:
        raise NotHereError(f"{environment.name} is an AWS account, not a sandbox: {instead}")


def _told(change: "Change", name: str) -> Iterator[str]:
    """What `up` did, in lines for a person."""
    if not (change.rebuilt or change.started or change.ended):
        yield f"{name} is up already: {change.resources} resources, nothing has changed."
        return
    yield f"{change.resources} resources {'created' if change.rebuilt else 'unchanged'}."
    for what, why in change.kept.items():
        yield f"Kept as declared: {what} ({why})."
    if change.ended:
        yield f"Ended {', '.join(change.ended)}."
    if change.started:
        yield f"Started {', '.join(change.started)}."
