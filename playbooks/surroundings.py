"""What differs for a command between an account and a sandbox: its clients, its lock, and where things are kept."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from playbooks import account
from playbooks.account import Clients
from stacks.environment import Environment

if TYPE_CHECKING:
    from playbooks.engine.site import Site

# Each function imports what it runs, so that all commands start fast.


def site(environment: Environment, project: Path, console: Console, *, yes: bool) -> "Site":
    """What the playbooks need that change an environment."""
    from playbooks.engine.site import Site  # noqa: PLC0415

    if environment.settings.sandbox is None:
        return Site(environment, project, account.clients, console, yes)
    local = clients(environment, project)
    return Site(environment, project, lambda _: local, console, yes)


def clients(environment: Environment, project: Path) -> Clients:
    """Maker of boto3 clients: the account's, or the sandbox's, which must be up."""
    if environment.settings.sandbox is None:
        return account.clients(environment.settings.region)
    from sandbox import lifecycle  # noqa: PLC0415

    return lifecycle.clients(environment, project)


def alone(environment: Environment, project: Path, command: str) -> AbstractContextManager[None]:
    """Hold the sandbox, so that nobody takes it away meanwhile; an account needs no such thing."""
    if environment.settings.sandbox is None:
        return nullcontext()
    from sandbox import lifecycle  # noqa: PLC0415

    return lifecycle.locked(project, command)


def injected(environment: Environment, project: Path, wished: Sequence[str]) -> AbstractContextManager[tuple[str, ...]]:
    """Have nodes of a sandbox broken meanwhile, and well afterwards."""
    if environment.settings.sandbox is None:
        return nullcontext(())
    from sandbox.faults import injection  # noqa: PLC0415

    return injection.injected(environment, project, wished)


def kept(environment: Environment, project: Path) -> Path:
    """The folder for what is kept between runs; the sandbox's goes when the sandbox does."""
    if environment.settings.sandbox is None:
        return project / ".aidc" / environment.name
    from sandbox.folder import SandboxFolder  # noqa: PLC0415

    return SandboxFolder.of(project).path
