"""A stack of the engine's: one layer of an environment, opened, looked at and changed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from pulumi.automation import (
    CommandError,
    CommandResult,
    ConcurrentUpdateError,
    LocalWorkspace,
    Stack,
    StackNotFoundError,
)
from ruamel.yaml import YAML

from playbooks.engine import faults, lock, state
from playbooks.engine.command import Engine
from playbooks.engine.operation import Operation
from playbooks.engine.orphans import Wanted, adoption
from playbooks.engine.state import State
from playbooks.errors import AidcError
from stacks.environment import Environment

POLICIES = Path("policies")


class EngineError(AidcError):
    """The engine can't begin; nothing was changed."""


class LockedError(AidcError):
    """Somebody else changes the stack at this moment, or was cut off while changing it."""


class Layer:
    """One stack of an environment, and the events of what is done to it.

    Attributes:
        name: the stack's name.
        environment: the name of the environment that it is a layer of.
        engine: which was interrupted or not.
    """

    def __init__(self, stack: Stack, engine: Engine, environment: Environment, project: Path) -> None:
        self.name, self.environment, self.engine = stack.name, environment.name, engine
        self._stack, self._project = stack, project
        self._config = str(environment.path)
        self._packs = [str(project / POLICIES)] if (project / POLICIES / "PulumiPolicy.yaml").is_file() else []

    def state(self) -> State:
        """What the engine remembers of it, secrets encrypted.

        Raises:
            EngineError: the state can't be read.
        """
        try:
            exported = json.loads(self._command("stack", "export").stdout)
        except CommandError as error:
            raise EngineError(f"the state of {self.name} can't be read: {explained(str(error))}") from None
        return state.read(exported.get("deployment") or {})

    def preview(self, operation: Operation, replace: Sequence[str] = ()) -> None:
        """See what an update would do; with URNs to `replace`, one that does that and nothing else.

        Raises:
            EngineError: the program, the state or the account is at fault, or a policy is broken.
        """
        try:
            self._stack.preview(
                on_event=operation,
                policy_packs=self._packs,
                config_file=self._config,
                target=list(replace) or None,
                replace=list(replace) or None,
            )
        except CommandError as error:
            self._raise_interrupt()
            raise EngineError(f"the preview of {self.name} failed: {explained(str(error), operation)}") from None

    def up(self, operation: Operation, replace: Sequence[str] = ()) -> None:
        """Make it as the settings say; with URNs to `replace`, replace these and touch nothing else.

        Raises:
            CommandError: something could not be done.
            LockedError: somebody else changes it.
        """
        self._alone(
            lambda: self._stack.up(
                on_event=operation,
                policy_packs=self._packs,
                config_file=self._config,
                show_secrets=False,
                target=list(replace) or None,
                replace=list(replace) or None,
            )
        )

    def drift(self, operation: Operation) -> None:
        """See what differs in the cloud from the state.

        Raises:
            EngineError: the state or the cloud can't be read.
        """
        try:
            self._stack.preview_refresh(on_event=operation, config_file=self._config)
        except CommandError as error:
            self._raise_interrupt()
            raise EngineError(f"{self.name} can't be compared: {explained(str(error), operation)}") from None

    def destroy(self, operation: Operation) -> None:
        """Delete all of it but what is protected.

        Raises:
            CommandError: something could not be deleted.
            LockedError: somebody else changes it.
        """
        self._alone(
            lambda: self._stack.destroy(
                on_event=operation, config_file=self._config, exclude_protected=True, show_secrets=False
            )
        )

    def settle(self) -> None:
        """Ask the cloud about every resource, and forget the creations that an earlier update was cut off from.

        Raises:
            CommandError: a resource can't be read.
            LockedError: somebody else changes it.
        """
        words = ("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--config-file", self._config)
        self._alone(lambda: self._command(*words))

    def adopt(self, wanted: Wanted, identity: str) -> None:
        """Take a resource over that exists already.

        Not by `refresh --import-pending-creates`: of what that leaves in the state, nothing reads it again (3.272).

        Raises:
            CommandError: it can't be read.
            LockedError: somebody else changes the stack.
        """
        self._alone(lambda: self._command(*adoption(wanted, identity), "--skip-preview"))

    def unprotect(self, urn: str) -> None:
        """Let the engine delete a resource."""
        self._alone(lambda: self._command("state", "unprotect", "--yes", urn))

    def remove(self) -> None:
        """Forget the stack, which has no resources any more; its settings stay."""
        self._alone(lambda: self._stack.workspace.remove_stack(self.name, preserve_config=True))

    def _raise_interrupt(self) -> None:
        """A person who pressed Ctrl-C knows why the command failed."""
        if self.engine.interrupted:
            raise KeyboardInterrupt

    def _command(self, *words: str) -> CommandResult:
        return self.engine.run([*words, "--stack", self.name], str(self._project), {})

    def _alone(self, change: Callable[[], object]) -> None:
        """Change the stack; a lock whose holder is gone is taken away, and said."""
        try:
            change()
        except ConcurrentUpdateError as error:
            held = lock.holders(str(error))
            if not held or not all(holder.gone for holder in held):
                raise LockedError(_locked(self.name, held)) from None
            for holder in held:
                self.engine.tell(f"The lock of {holder} is left from a process that is gone: it is taken away.")
            self._stack.cancel()
            change()


def opened(engine: Engine, environment: Environment, project: Path, name: str, *, create: bool = False) -> Layer | None:
    """A stack of an environment; None where there is none and none is to be made.

    Raises:
        EngineError: the backend can't be reached, or its secrets can't be read.
    """
    workspace = LocalWorkspace(str(project), pulumi_command=engine, secrets_provider=_secrets_provider(environment))
    try:
        stack = Stack.create_or_select(name, workspace) if create else Stack.select(name, workspace)
    except StackNotFoundError:
        return None
    except CommandError as error:
        raise EngineError(f"the stack {name} can't be opened: {explained(str(error))}") from None
    return Layer(stack, engine, environment, project)


def explained(said: str, operation: Operation | None = None) -> str:
    """What went wrong, in the engine's words, and what to do where that is known."""
    told = [*operation.errors.values(), *operation.violations] if operation else []
    fault = faults.known([*told, said])
    words = "\n".join(each.strip() for each in told) or faults.errors(said)
    return f"{words}\n{fault}" if fault else words


def _secrets_provider(environment: Environment) -> str | None:
    """What the environment's file says: `pulumi stack init` would choose a passphrase, whatever stands there."""
    document = YAML(typ="safe", pure=True).load(environment.path)
    provider = document.get("secretsprovider")
    return None if provider is None else str(provider)


def _locked(name: str, held: list[lock.Holder]) -> str:
    who = " and ".join(str(holder) for holder in held) or "somebody whom the backend does not name"
    return (
        f"the stack {name} is being changed by {who}; wait until that has ended. Only if you know that nothing runs"
        f" there any more: `pulumi cancel --stack {name}`, then run this again ({faults.RUNBOOK}#stale-lock)"
    )
