"""The `aidc` command: each of its commands is about one environment."""

import os
import re
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Literal

import typer

from playbooks.errors import INTERRUPTED, WRONG_USAGE, AidcError
from playbooks.remedy.wish import Wish, named
from sandbox.faults import WHAT_HAPPENS
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
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what would be shown, without being asked.")]


def _kinds() -> str:
    """Every fault that a node can have, and what happens to it then."""
    return f"May be repeated. Kinds: {'; '.join(f'{kind}: {what}' for kind, what in WHAT_HAPPENS.items())}."


def _repository(name: str | None) -> str | None:
    """Refuse what names no repository: the role would be made, and nobody could take it."""
    if name is not None and re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", name) is None:
        raise typer.BadParameter("write OWNER/REPOSITORY, such as example/data-centre")
    return name


def _some_nodes(names: str | None) -> str | None:
    """Refuse a list of none: it would be taken for all."""
    if names is not None and not named(names):
        raise typer.BadParameter("write names of nodes, such as training-3,training-7")
    return names


@app.command()
def plan(
    environment: Name,
    form: Annotated[
        Literal["terminal", "json", "junit", "markdown"], typer.Option("--format", help="How it is printed.")
    ] = "terminal",
    against: Annotated[
        str | None, typer.Option(metavar="GIT-REF", help="Show what changes from what that ref's own code makes.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the account for quotas, zones and reservations, and AWS for prices.")
    ] = False,
) -> None:
    """Show what would exist, whether it fits, what it costs and which rules it breaks; nothing is created.

    No account, no Pulumi CLI and no network are needed, but for `--live`. Exit status 1 if it does not fit, exceeds
    the budget or breaks a mandatory rule.
    """
    _run(lambda: _operations().plan(environment, form=form, against=against, live=live))


@app.command()
def up(
    environment: Name,
    smoke: Annotated[bool, typer.Option("--smoke/--no-smoke", help="Run the smoke gate afterwards.")] = True,
    yes: Yes = False,
) -> None:
    """Bring an environment up, then prove its machines: exit status 1 if something could not be made, or fails."""
    _run(lambda: _operations().up(environment, gate=smoke, yes=yes))


@app.command()
def drift(environment: Name) -> None:
    """Show what differs in the cloud from what was brought up: exit status 4 if anything does."""
    _run(lambda: _operations().drift(environment))


@app.command()
def smoke(  # noqa: PLR0913 - typer makes an option of each
    environment: Name,
    inject: Annotated[
        list[str] | None, typer.Option(metavar="NODE=KIND", help=f"Break a sandbox's node for this run. {_kinds()}")
    ] = None,
    *,
    only: Annotated[
        str | None,
        typer.Option(metavar="NODE,NODE", help="Ask these only, alone and among each other.", callback=_some_nodes),
    ] = None,
    cordon: Annotated[
        bool, typer.Option("--cordon", help="Keep new work away from the nodes that are to blame.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Show how exactly these nodes are replaced; do it if agreed to.")
    ] = False,
    uncordon: Annotated[
        str | None,
        typer.Option(
            metavar="NODE,NODE", help="Take back what --cordon made of these; ask nothing.", callback=_some_nodes
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Prove the machines: exit status 0 pass, 1 fail, 2 wrong usage or settings, 3 inconclusive."""
    wish = Wish(cordon, replace, named(uncordon), named(only) or None, yes)
    _run(lambda: _operations().smoke(environment, inject or [], wish))


@app.command()
def down(
    environment: Name,
    unprotect: Annotated[
        bool, typer.Option("--unprotect", help="Lift the protection of all whose data can be had back.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Take an environment away; protected data without a recovery point is never lost by this."""
    _run(lambda: _operations().down(environment, yes=yes, unprotect=unprotect))


@app.command()
def image(environment: Name, fleet: Annotated[str, typer.Argument(help="One of the environment's fleets.")]) -> None:
    """Show the newest machine image for a fleet, and what it has instead."""
    _run(lambda: _operations().image(environment, fleet))


@app.command()
def bootstrap(
    environment: Name,
    github: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/REPOSITORY", help="Make the role that its CI takes, by OIDC.", callback=_repository
        ),
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Work in this account only, one of aws:allowedAccountIds.")
    ] = None,
    also_region: Annotated[
        list[str] | None, typer.Option(help="Where the role may work besides aws:region; may be repeated.")
    ] = None,
) -> None:
    """Make, once an account, what Pulumi needs before it can run: state bucket, key, CI's role."""
    _run(lambda: _operations().bootstrap(environment, github, account, also_region or []))


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
        from playbooks.report.masked import masked  # noqa: PLC0415 - a node's own words may be in it

        typer.echo(f"aidc: {masked(str(error))}", err=True)
        status = WRONG_USAGE
    if status == INTERRUPTED:  # nobody waits for threads that wait for nodes
        sys.stdout.flush()
        os._exit(status)
    raise typer.Exit(status)
