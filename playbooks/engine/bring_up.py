"""Bring an account's environment up: preview, consent, update, and in words what could not be done."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from pulumi.automation import CommandError

from playbooks.caller import caller
from playbooks.engine import changes, faults, layers, orphans
from playbooks.engine.command import Engine, engine
from playbooks.engine.consent import agree
from playbooks.engine.operation import Operation, is_resource
from playbooks.engine.site import Site
from playbooks.engine.stack import EngineError, Layer, explained, opened
from playbooks.engine.watch import planned, watched
from playbooks.errors import FAILED, INTERRUPTED, AccountError
from playbooks.plan.digest import short_type

DONE = 0


def bring_up(site: Site) -> int:
    """Make every layer of an environment as its settings say; the exit status.

    Raises:
        EngineMissingError: there is no `pulumi`.
        EngineError: the engine can't begin.
        LockedError: somebody else changes the environment.
        NotAgreedError: the person did not agree.
        AccountError: the account does not say what exists.
    """
    found = ready(site)
    _refuse_cluster_below_platform(site, found)
    for name in layers.declared(site.environment):
        if told := layers.from_where(name, site.environment.settings):
            site.say(told)
        status = _bring_up(site, found, name)
        if status != DONE:
            return status
    return DONE


def ready(site: Site) -> Engine:
    """The engine, once it is known that the credentials are of the environment's account.

    Raises:
        EngineMissingError: there is no `pulumi`.
        AccountError: the credentials are none, expired, or another account's.
    """
    found, settings = engine(), site.environment.settings
    found.tell = site.say
    if settings.accounts:
        caller(site.clients_of(settings.region), settings.accounts)
    return found


def _refuse_cluster_below_platform(site: Site, found: Engine) -> None:
    """A cluster that goes before what runs inside it leaves a stack that nobody can reach any more."""
    (_, platform), declared = layers.stacks_of(site.environment.name), layers.declared(site.environment)
    layer = None if platform in declared else opened(found, site.environment, site.project, platform)
    if layer and layer.state().resources:
        raise EngineError(
            f"the settings have no cluster any more, and {platform} still has something inside it: run"
            f" `pulumi destroy --stack {platform} --config-file {site.environment.path}` first"
        )


def _bring_up(site: Site, found: Engine, name: str) -> int:
    layer = opened(found, site.environment, site.project, name, create=True)
    if layer is None:
        raise EngineError(f"the stack {name} can't be made")
    _reconcile(site, layer)
    preview = Operation()
    with site.console.status(f"{name}: what would change?"):
        layer.preview(preview)
    if not preview.changes and not preview.outputs_differ:
        site.say(f"{name} is up already: {preview.unchanged:,} resources, nothing has changed.")
        return DONE
    _refuse_twins(site, layer, preview)
    for line in changes.lines(preview.changes):
        site.say(line)
    site.say(f"{name}: {changes.total(preview.changes, preview.unchanged)}.")
    agree(f"Bring {name} up?", site.console, yes=site.yes)
    return _update(site, layer, preview)


def _update(site: Site, layer: Layer, preview: Operation) -> int:
    begin, operation = time.monotonic(), Operation()
    plan = planned(preview.changes)
    try:
        with watched(operation, plan, site.console):
            layer.up(operation)
    except CommandError as error:
        for line in _failed(layer, operation, plan, str(error)):
            site.say(line)
        _say_unknown(site, layer)
        return INTERRUPTED if layer.engine.interrupted else FAILED
    seconds = time.monotonic() - begin
    site.say(f"{layer.name} is up: {changes.done(operation.changes) or 'its outputs written'} in {seconds:.0f} s.")
    return INTERRUPTED if layer.engine.interrupted else DONE


def _reconcile(site: Site, layer: Layer) -> None:
    """Take up what an earlier update was cut off from, before anything is made twice."""
    state = layer.state()
    if state.settled:
        return
    site.say(f"An earlier update of {layer.name} was cut off; first the cloud is asked what came of it.")
    unknown = orphans.unknown_to([state], site.clients_of, site.environment.settings) if state.cut_off else []
    found = orphans.matches(state.cut_off, unknown)
    unclear = [match for match in found if not match.adoptable]
    if unclear:
        ways = "\n".join(orphans.how_to_adopt(match, layer.name) for match in unclear)
        raise EngineError(f"an earlier update of {layer.name} was cut off:\n{ways}\nThen run this again")
    exists = {match.wanted.urn: match.found.id for match in found}
    for each in state.cut_off:
        fate = f"exists as {exists[each.urn]}, and is taken over" if each.urn in exists else "was not made"
        site.say(f"  {each.name} ({short_type(each.type)}) {fate}")
    try:
        layer.settle()
        for each in state.cut_off:
            if each.urn in exists:
                layer.adopt(each, exists[each.urn])
    except CommandError as error:
        raise EngineError(f"{layer.name} can't be reconciled: {explained(str(error))}") from None


def _refuse_twins(site: Site, layer: Layer, preview: Operation) -> None:
    """Make nothing a second time that an earlier, failed call did make."""
    wanted = [step for step in preview.changes if step.verb == "create"]
    state = layer.state()
    if not (wanted and state.resources):
        return
    found = orphans.matches(wanted, orphans.unknown_to([state], site.clients_of, site.environment.settings))
    if found:
        ways = "\n".join(orphans.how_to_adopt(match, layer.name) for match in found)
        raise EngineError(f"{layer.name} would get a second one of what exists already:\n{ways}")


def _failed(layer: Layer, operation: Operation, plan: Mapping[str, int], said: str) -> Iterator[str]:
    """What exists, what does not, why, and the way on or back."""
    done = Counter(step.parent for step in operation.changes)
    failed = [step for step in operation.failed.values() if is_resource(step)]
    yield f"{layer.name}: {sum(done.values()):,} of {sum(plan.values()):,} resources done, {len(failed):,} failed."
    for parent, count in plan.items():
        if done[parent] < count:
            yield f"  {parent or 'the stack itself'}: {done[parent]:,} of {count:,}"
    yield from faults.told(operation, said)
    name = layer.environment
    yield f"What is done stays. On: `aidc up {name}` again makes the rest. Back: `aidc down {name}`."


def _say_unknown(site: Site, layer: Layer) -> None:
    """An API call can fail and have made what was asked for."""
    try:
        unknown = orphans.unknown_to([layer.state()], site.clients_of, site.environment.settings)
    except (AccountError, EngineError) as error:
        site.say(f"Whether more exists than the state knows was not evaluated: {error}")
        return
    for each in unknown:
        site.say(f"! {each} exists and is in no state: it costs money, and the next update does not know of it.")
