"""The `aidc` command: plan, up, smoke and down, each on one environment."""

import os
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated

import typer

from playbooks.errors import INTERRUPTED, WRONG_USAGE, AidcError
from stacks.mistakes import SettingsError

app = typer.Typer(
    help="Declare an AI data centre on AWS, check it before a cent is spent, bring it up, and prove the machines.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="One of stacks/config/Pulumi.<ENVIRONMENT>.yaml.")]


@app.command()
def plan(environment: Name) -> None:
    """Show what would exist: no account, no Pulumi CLI, nothing created."""
    _run(lambda: _operations().plan(environment))


@app.command()
def up(
    environment: Name,
    smoke: Annotated[bool, typer.Option("--smoke/--no-smoke", help="Run the smoke gate afterwards.")] = True,
) -> None:
    """Bring an environment up, then prove its machines."""
    _run(lambda: _operations().up(environment, gate=smoke))


@app.command()
def smoke(environment: Name) -> None:
    """Prove the machines: exit status 0 pass, 1 fail, 2 wrong usage or settings, 3 inconclusive."""
    _run(lambda: _operations().smoke(environment))


@app.command()
def down(environment: Name) -> None:
    """Take an environment away."""
    _run(lambda: _operations().down(environment))


def _operations() -> ModuleType:
    from playbooks import operations  # noqa: PLC0415 - `aidc --help` needs none of what it imports

    return operations


def _run(operation: Callable[[], int]) -> None:
    """Exit with the operation's status; what a person can put right is told without a traceback."""
    for ending in (signal.SIGTERM, signal.SIGHUP):  # a cancelled job or a closed terminal is a Ctrl-C by other means
        signal.signal(ending, signal.default_int_handler)
    try:
        status = operation()
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        status = INTERRUPTED
    except (AidcError, SettingsError) as error:
        typer.echo(f"aidc: {error}", err=True)
        status = WRONG_USAGE
    if status == INTERRUPTED:  # nobody waits for threads that wait for nodes
        sys.stdout.flush()
        os._exit(status)
    raise typer.Exit(status)
