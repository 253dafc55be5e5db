"""Numbered instances are Pulumi's own: it replaces exactly those whose URNs it is given."""

import time
from collections.abc import Collection, Sequence

from pulumi.automation import CommandError

from playbooks.engine import faults
from playbooks.engine.bring_up import ready
from playbooks.engine.operation import Operation
from playbooks.engine.site import Site
from playbooks.engine.stack import EngineError, Layer, opened
from playbooks.engine.watch import planned, watched
from playbooks.errors import FAILED, INTERRUPTED
from playbooks.remedy import instance
from playbooks.remedy.replacement import Replacement

DONE = 0


def by_engine(site: Site, asked: Sequence[Replacement]) -> int:
    """Preview the replacement of these, refuse if it were more than that, and do it; the exit status.

    Raises:
        EngineMissingError: there is no `pulumi`.
        EngineError: the engine knows a node otherwise, or would change more; nothing was changed.
        LockedError: somebody else changes the environment.
        RemedyError: EC2 does not end what must be ended first.
    """
    layer = opened(ready(site), site.environment, site.project, site.environment.name)
    if layer is None:
        raise EngineError(f"there is no stack {site.environment.name}, so nothing of it can be replaced")
    _refuse_strangers(layer, asked)
    urns, preview = [each.urn for each in asked], Operation()
    layer.preview(preview, replace=urns)
    _refuse_more(preview, urns)
    if first := [each for each in asked if each.ends_first]:
        names = ", ".join(f"{each.node.name} ({each.node.instance_id})" for each in first)
        site.say(f"Ending {names}: that takes some minutes.")
        instance.end(site.clients_of(site.environment.settings.region)("ec2"), first)
    return _update(site, layer, preview, urns)


def _refuse_strangers(layer: Layer, asked: Sequence[Replacement]) -> None:
    """The instance that was found must be the one that the state has under this name."""
    known = {kept.urn: kept.id for kept in layer.state().resources}
    for each in asked:
        if known.get(each.urn) != each.node.instance_id:
            kept = known.get(each.urn, "no instance")
            raise EngineError(
                f"{each.node.name} is {each.node.instance_id}, and the state of {layer.name} has {kept} for it; nothing"
                f" was changed: `aidc drift {layer.environment}` shows what differs"
            )


def _refuse_more(preview: Operation, urns: Collection[str]) -> None:
    """An update that is kept to these URNs can't change another one; should it, nothing is done."""
    changed = {step.urn: step.verb for step in preview.changes}
    if changed != dict.fromkeys(urns, "replace"):
        told = ", ".join(f"{verb} {urn}" for urn, verb in changed.items()) or "nothing"
        raise EngineError(f"the preview of the replacement says: {told}; that is not what was asked for")


def _update(site: Site, layer: Layer, preview: Operation, urns: Sequence[str]) -> int:
    begin, operation = time.monotonic(), Operation()
    try:
        with watched(operation, planned(preview.changes), site.console):
            layer.up(operation, replace=urns)
    except CommandError as error:
        for line in faults.told(operation, str(error)):
            site.say(line)
        site.say("What is not replaced yet is replaced by this, and by nothing else; `aidc up` does not know of it:")
        targets = " ".join(f"--target-replace '{urn}'" for urn in urns)
        site.show(f"pulumi up --stack {layer.name} {targets}")
        return INTERRUPTED if layer.engine.interrupted else FAILED
    site.say(f"{len(urns)} replaced in {time.monotonic() - begin:.0f} s.")
    return INTERRUPTED if layer.engine.interrupted else DONE
