"""What each command of `aidc` does; every function returns the exit status."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from playbooks import account
from playbooks.account import Clients
from playbooks.errors import NotHereError
from stacks.environment import Environment, load, project_root

if TYPE_CHECKING:
    from sandbox.lifecycle import Change

DONE, WRONG_USAGE, INTERRUPTED = 0, 2, 130


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
    change = lifecycle.up(environment, project, console.print)
    for line in _told(change, name):
        console.print(line)
    return _smoke(environment, project, console) if gate else DONE


def smoke(name: str) -> int:
    """Run the smoke gate; its verdict is the exit status."""
    project = project_root()
    return _smoke(load(project, name), project, Console(highlight=False))


def down(name: str) -> int:
    """Take the sandbox away."""
    from sandbox import lifecycle  # noqa: PLC0415

    project = project_root()
    environment = load(project, name)
    _require_sandbox(environment, f"take it down with `pulumi destroy -s {name}`")
    ended = lifecycle.down(environment, project)
    said = f"Ended {', '.join(ended)}." if ended else "Nothing of it ran."
    Console(highlight=False).print(f"{said} Nothing of {name} is left but its reports.", markup=False)
    return DONE


def _smoke(environment: Environment, project: Path, console: Console) -> int:
    from playbooks.report.live import live  # noqa: PLC0415
    from playbooks.report.terminal import show  # noqa: PLC0415
    from playbooks.report.write import write  # noqa: PLC0415
    from playbooks.smoke import Gate, smoke  # noqa: PLC0415
    from playbooks.transport.host_keys import HostKeys  # noqa: PLC0415

    host_keys = HostKeys(_kept(environment, project) / "known_hosts")
    with live(console) as progress:
        run = smoke(Gate(environment, project, _clients(environment, project), host_keys), progress)
    if run.interrupted:
        show(run, console)
        return INTERRUPTED
    reports = project / "reports" / environment.name
    write(run, reports)
    show(run, console, reports.relative_to(project))
    return run.exit_status


def _clients(environment: Environment, project: Path) -> Clients:
    if environment.settings.sandbox is None:
        return account.clients(environment.settings.region)
    from sandbox import lifecycle  # noqa: PLC0415

    return lifecycle.clients(environment, project)


def _kept(environment: Environment, project: Path) -> Path:
    """The folder for what is kept between runs; the sandbox's goes when the sandbox does."""
    folder = project / (".sandbox" if environment.settings.sandbox else f".aidc/{environment.name}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _require_sandbox(environment: Environment, instead: str) -> None:
    if environment.settings.sandbox is None:
        raise NotHereError(f"{environment.name} is an AWS account, not a sandbox: {instead}")


def _told(change: "Change", name: str) -> list[str]:
    """What `up` did, in lines for a person."""
    if not change.rebuilt and not change.started and not change.ended:
        return [f"{name} is up already: {change.resources} resources, nothing has changed."]
    lines = [f"{change.resources} resources {'created' if change.rebuilt else 'unchanged'}."]
    lines += [f"Kept as declared: {what} ({why})." for what, why in change.kept.items()]
    lines += [f"Ended {', '.join(change.ended)}."] if change.ended else []
    lines += [f"Started {', '.join(change.started)}."] if change.started else []
    return lines
