"""Take an account's environment down: what would be lost, consent, destroy, and what is left by tag afterwards."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from pulumi.automation import CommandError

from playbooks.engine import changes, faults, interfaces, orphans, recovery, tagged
from playbooks.engine.bring_up import DONE, ready
from playbooks.engine.consent import agree_by_name
from playbooks.engine.layers import from_where, stacks_of
from playbooks.engine.operation import Operation
from playbooks.engine.recovery import Fate, Judged
from playbooks.engine.site import Site
from playbooks.engine.stack import EngineError, Layer, opened
from playbooks.engine.state import State
from playbooks.engine.watch import watched
from playbooks.errors import FAILED, INTERRUPTED
from playbooks.plan.digest import short_type


class ProtectedError(EngineError):
    """Protected data would be lost, or its protection is not lifted; nothing was deleted."""


def take_down(site: Site, *, unprotect: bool) -> int:
    """Delete every layer of an environment, what runs inside the cluster first; the exit status.

    Raises:
        EngineMissingError: there is no `pulumi`.
        EngineError: the engine can't begin, or protected data would be lost.
        LockedError: somebody else changes the environment.
        NotAgreedError: the person did not agree.
        AccountError: the account does not say what exists.
    """
    found = ready(site)
    candidates = [
        opened(found, site.environment, site.project, each) for each in reversed(stacks_of(site.environment.name))
    ]
    present = [layer for layer in candidates if layer]
    states = [layer.state() for layer in present]
    if not any(state.resources for state in states):
        site.say(f"No stack of {site.environment.name} has a resource.")
        return _say_remaining(site, states, [])
    verdicts = [recovery.judged(state, site.clients_of, site.environment.settings.region) for state in states]
    _show(site, states, verdicts)
    _refuse_losses(site, present, verdicts, unprotect=unprotect)
    name = site.environment.name
    agree_by_name(name, f"Type {name} to delete all of this", site.console, yes=site.yes)
    for layer, judged in zip(present, verdicts, strict=True):
        if told := from_where(layer.name, site.environment.settings):
            site.say(told)
        status = _take_down(site, layer, judged)
        if status != DONE:
            return status
    kept = [each.resource.arn for judged in verdicts for each in judged if each.fate is Fate.KEPT]
    return _say_remaining(site, states, kept)


def _show(site: Site, states: Iterable[State], verdicts: Iterable[list[Judged]]) -> None:
    """What would go, and what becomes of the data."""
    for state, judged in zip(states, verdicts, strict=True):
        for line in changes.counted("-", ((each.parent, each.type) for each in state.resources if not each.protect)):
            site.say(line)
        for resource, fate, why in judged:
            site.say(f"! {resource.name} ({short_type(resource.type)}), protected, {fate}: {why}")


def _refuse_losses(site: Site, present: Sequence[Layer], verdicts: Sequence[list[Judged]], *, unprotect: bool) -> None:
    name = site.environment.name
    if lost := _ways(present, verdicts, Fate.LOST):
        raise ProtectedError(
            f"data of {name} would be lost, and nothing was deleted. Make a recovery point of it, or give it up by"
            f" name ({faults.RUNBOOK}#unprotect):\n{lost}"
        )
    covered = _ways(present, verdicts, Fate.COVERED)
    if covered and not unprotect:
        raise ProtectedError(
            f"resources of {name} are protected, and nothing was deleted. `aidc down {name} --unprotect` lifts the"
            f" protection of all whose data can be had back, these do it by name:\n{covered}"
        )


def _ways(present: Sequence[Layer], verdicts: Sequence[list[Judged]], fate: Fate) -> str:
    """The commands that lift the protection of the resources with this fate."""
    return "\n".join(
        f"  pulumi state unprotect --stack {layer.name} '{each.resource.urn}'"
        for layer, judged in zip(present, verdicts, strict=True)
        for each in judged
        if each.fate is fate
    )


def _take_down(site: Site, layer: Layer, judged: Iterable[Judged]) -> int:
    for resource, fate, _ in judged:
        if fate is Fate.COVERED:
            layer.unprotect(resource.urn)
    begin = time.monotonic()
    operation, said = _destroy(site, layer)
    if said and not layer.engine.interrupted and _cleaned(site, layer):
        operation, said = _destroy(site, layer)
    if said:
        for line in _failed(layer, operation, said):
            site.say(line)
        return INTERRUPTED if layer.engine.interrupted else FAILED
    site.say(
        f"{layer.name}: {changes.done(operation.changes) or 'nothing deleted'} in {time.monotonic() - begin:.0f} s."
    )
    if not layer.state().resources:
        layer.remove()
    return INTERRUPTED if layer.engine.interrupted else DONE


def _destroy(site: Site, layer: Layer) -> tuple[Operation, str]:
    """What was deleted, and what the engine said where not everything was; what is protected stays."""
    operation = Operation()
    going = Counter(each.parent for each in layer.state().resources if not each.protect)
    try:
        with watched(operation, going, site.console):
            layer.destroy(operation)
    except CommandError as error:
        return operation, str(error)
    return operation, ""


def _cleaned(site: Site, layer: Layer) -> bool:
    """Whether network interfaces that nothing uses stood in the way; those in use are told."""
    ec2 = site.clients_of(site.environment.settings.region)("ec2")
    left = interfaces.left_over(ec2, layer.state())
    for each in left:
        site.say(f"! left over in the VPC: {each}")
    removed = interfaces.removed(ec2, left)
    if removed:
        site.say(f"Deleted {', '.join(each.id for each in removed)}; trying again.")
    return bool(removed)


def _failed(layer: Layer, operation: Operation, said: str) -> Iterator[str]:
    left = len(layer.state().resources)
    yield f"{layer.name}: {len(operation.changes):,} resources deleted, {left:,} are still there."
    yield from faults.told(operation, said)
    name = layer.environment
    yield f"`aidc down {name}` again goes on from here; `aidc up {name}` makes it whole again."


def _say_remaining(site: Site, states: Sequence[State], kept: Collection[str]) -> int:
    """What still carries the environment's tags, asked of the account, not of the engine."""
    settings = site.environment.settings
    found = tagged.tagged(site.clients_of, orphans.regions(states, settings), settings.name)
    there = list(tagged.remaining(found, site.clients_of))
    if not there:
        site.say(f"Nothing of {settings.name} is left in the account.")
        return DONE
    for each, state in there:
        why = "kept for its recovery points" if each.arn in kept else state
        site.say(f"! still there: {each}{f', {why}' if why else ''}")
    expected = all(each.arn in kept or state.startswith(tagged.LATER) for each, state in there)
    return DONE if expected else FAILED
