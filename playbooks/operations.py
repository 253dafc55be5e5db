"""What each command of `aidc` does; every function returns the exit status."""

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from playbooks import account, surroundings
from playbooks.errors import NotHereError
from playbooks.remedy.wish import NOTHING, Wish
from stacks.environment import CONFIG_FOLDER, PROJECT, Environment, load, names, project_root
from stacks.mistakes import SettingsError

if TYPE_CHECKING:
    from sandbox.lifecycle import Change

DONE = 0


def plan(name: str, *, form: str, against: str | None, live: bool) -> int:
    """Show what would exist, whether it fits, what it costs, which rules it breaks and what changed."""
    gc.disable()  # the process ends with the plan: collecting what nobody will need takes a tenth of it
    from playbooks.plan import command  # noqa: PLC0415 - each command imports what it runs, so that all start fast

    return command.run(project_root(), name, command.Form(form), against, live=live)


def up(name: str, *, gate: bool, yes: bool) -> int:
    """Bring an environment up, then run the smoke gate if asked to."""
    project, console = project_root(), Console(highlight=False)
    environment = load(project, name)
    if environment.settings.sandbox is None:
        from playbooks.engine.bring_up import bring_up  # noqa: PLC0415

        status = bring_up(surroundings.site(environment, project, console, yes=yes))
        return _gate(environment, project, console) if gate and status == DONE else status
    from sandbox import lifecycle  # noqa: PLC0415

    with lifecycle.locked(project, f"aidc up {name}"):
        change = lifecycle.up(environment, project, console.print)
        for line in _told(change, name):
            console.print(line, markup=False)
        return _gate(environment, project, console) if gate else DONE


def drift(name: str) -> int:
    """Show what the cloud says otherwise than the engine's state."""
    from playbooks.engine import drift as engine_drift  # noqa: PLC0415

    project = project_root()
    environment = load(project, name)
    if environment.settings.sandbox is not None:
        raise NotHereError(f"{name} is a sandbox, which has no state to drift from: run `aidc smoke {name}`")
    return engine_drift.drift(surroundings.site(environment, project, Console(highlight=False), yes=False))


def smoke(name: str, inject: Sequence[str] = (), wish: Wish = NOTHING) -> int:
    """Run the smoke gate; its verdict is the exit status. `inject` breaks nodes of a sandbox for this run."""
    project = project_root()
    environment = load(project, name)
    if wish.uncordon:
        return _uncordon(environment, project, wish)
    if inject and environment.settings.sandbox is None:
        raise NotHereError(f"{name} is an account, and only a sandbox's nodes may be broken: leave --inject out")
    surroundings.clients(environment, project)  # what is not up is told before anything is locked
    with (
        surroundings.alone(
            environment, project, " ".join([f"aidc smoke {name}", *(f"--inject {each}" for each in inject)])
        ),
        surroundings.injected(environment, project, inject) as injected,
    ):
        return _gate(environment, project, Console(highlight=False), injected, wish)


def _gate(
    environment: Environment, project: Path, console: Console, injected: tuple[str, ...] = (), wish: Wish = NOTHING
) -> int:
    from playbooks.gate.command import run_gate  # noqa: PLC0415

    return run_gate(environment, project, console, injected, wish)


def _uncordon(environment: Environment, project: Path, wish: Wish) -> int:
    from playbooks.remedy.cordon import uncordon  # noqa: PLC0415

    uncordon(surroundings.site(environment, project, Console(highlight=False), yes=wish.yes), wish.uncordon)
    return DONE


def down(name: str, *, yes: bool, unprotect: bool) -> int:
    """Take an environment away."""
    project = project_root()
    if _is_sandbox(project, name):
        return _end_sandbox(project, name)
    from playbooks.engine.take_down import take_down  # noqa: PLC0415

    site = surroundings.site(load(project, name), project, Console(highlight=False), yes=yes)
    return take_down(site, unprotect=unprotect)


def image(name: str, fleet_name: str) -> int:
    """Show the newest machine image of a fleet beside the one in the settings."""
    from playbooks import image as images  # noqa: PLC0415

    project = project_root()
    environment = load(project, name)
    fleet, clients = images.fleet_of(environment.settings, fleet_name), surroundings.clients(environment, project)
    for line in images.told(fleet_name, fleet, images.compare(clients("ssm"), clients("ec2"), fleet)):
        Console(highlight=False).print(line, markup=False, soft_wrap=True)
    return DONE


def _is_sandbox(project: Path, name: str) -> bool:
    """Whether an environment is a local one; its sandbox can end although its settings have mistakes."""
    try:
        return load(project, name).settings.sandbox is not None
    except SettingsError:
        file = project / CONFIG_FOLDER / f"Pulumi.{name}.yaml"
        if name in names(project) and f"{PROJECT}:sandbox:" in file.read_text("utf-8", "replace"):
            return True
        raise


def _end_sandbox(project: Path, name: str) -> int:
    from sandbox import lifecycle  # noqa: PLC0415

    ended: list[str] = []
    if lifecycle.exists(project):
        with lifecycle.locked(project, f"aidc down {name}"):
            ended = lifecycle.down(name, project)
    said = f"Ended {', '.join(ended)}." if ended else "Nothing of it ran."
    Console(highlight=False).print(f"{said} Nothing of {name} is left but its reports.", markup=False)
    return DONE


def bootstrap(name: str, repository: str | None, asked: str | None, more_regions: Sequence[str]) -> int:
    """Make what Pulumi needs in the environment's account before it can run; a second time nothing changes."""
    from playbooks.bootstrap.run import Wish, allowed_accounts, bootstrap  # noqa: PLC0415

    settings = load(project_root(), name).settings
    if settings.accounts is None:
        raise NotHereError(f"{name} has no account that could be prepared: run `aidc up {name}`")
    accounts = allowed_accounts(settings.accounts, asked)
    console = Console(highlight=False, soft_wrap=True)
    wish = Wish(name, settings.region, accounts, repository, more_regions)
    bootstrap(wish, account.clients(settings.region), lambda line: console.print(line, markup=False))
    return DONE


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
