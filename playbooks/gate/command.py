"""Runs the smoke gate for a person: shows it, writes its reports, and does with the nodes what the person wishes."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from playbooks import surroundings
from playbooks.engine.site import Site
from playbooks.errors import INTERRUPTED
from playbooks.gate.smoke import Gate, smoke
from playbooks.history.past import Past, look_back
from playbooks.remedy import command
from playbooks.remedy.blamed import recovered
from playbooks.remedy.wish import NOTHING, Wish
from playbooks.report.ahead import seconds_of_last_run
from playbooks.report.live import live
from playbooks.report.run import Run
from playbooks.report.terminal import show
from playbooks.report.write import write
from playbooks.transport.host_keys import HostKeys
from stacks.environment import Environment


def run_gate(
    environment: Environment,
    project: Path,
    console: Console,
    injected: tuple[str, ...] = (),
    wish: Wish = NOTHING,
) -> int:
    """Prove the machines; returns the exit status. `injected` are the faults that a sandbox's nodes have meanwhile."""
    host_keys = HostKeys(surroundings.kept(environment, project) / "known_hosts")
    gate = Gate(environment, project, surroundings.clients(environment, project), host_keys, only=wish.only)
    with live(console, seconds_of_last_run(project / _folder(environment.name))) as progress:
        run = smoke(gate, progress)
    run = replace(run, injected=injected, only=wish.only or ())
    if run.interrupted:
        show(run, console)
        return INTERRUPTED
    written, past, complaint = _written(run, project)
    show(run, console, written, past)
    console.print(complaint, markup=False, end="")
    return _after(run, surroundings.site(environment, project, console, yes=wish.yes), wish)


def _after(run: Run, site: Site, wish: Wish) -> int:
    """What the person wants done with the nodes that the run blames, and who may be taken back."""
    for line in recovered(run):
        site.say(line)
    return command.after(site, run, wish) if wish.cordon or wish.replace else run.exit_status


def _written(run: Run, project: Path) -> tuple[Path | None, Past, str]:
    """Where the reports lie from the project's folder, or why they don't, and what earlier runs said."""
    folder = _folder(run.environment)
    past = look_back(project / folder)
    try:
        write(run, project / folder, past)
    except OSError as error:
        return None, past, f"The reports can't be written to {folder}: {error}\n"
    return folder, past, ""


def _folder(environment: str) -> Path:
    return Path("reports") / environment
