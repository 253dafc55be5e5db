"""What `aidc smoke` does with the nodes that it blames: cordon and replace them."""

from collections.abc import Sequence

from playbooks.engine.consent import NotAgreedError, agree
from playbooks.engine.site import Site
from playbooks.errors import FAILED, INTERRUPTED
from playbooks.remedy.blamed import Blamed, blamed, mostly_blamed, replaceable
from playbooks.remedy.cordon import cordon
from playbooks.remedy.replace import replace
from playbooks.remedy.replacement import Replacement, replacement
from playbooks.remedy.wish import Wish
from playbooks.report.digest import hostlist
from playbooks.report.run import Run

RUNBOOK = "docs/runbook.md#a-node-fails-the-smoke-gate"
NOBODY = (
    "No finding names a node alone, so there is none to cordon or replace. What a pair or a fleet shows has its cause"
    f" among several nodes ({RUNBOOK})."
)
NO_GROUND = "no machine's own fault: another machine would not end what the check, the image or the settings cause."


def after(site: Site, run: Run, wish: Wish) -> int:
    """Do what is asked for with the nodes that a run blames; the run's exit status, or that of what failed.

    Raises:
        RemedyError: AWS or the cluster does not do it.
        EngineError: the engine can't begin.
    """
    found = blamed(run)
    if not found:
        site.say(NOBODY)
        return run.exit_status
    if wish.only is None and (fleets := mostly_blamed(run, found)):
        site.say(_too_many(site, fleets, found))
        return run.exit_status
    if wish.cordon:
        cordon(site, found, run)
    if not wish.replace:
        return run.exit_status
    grounded = replaceable(found)
    names = {each.node.name for each in grounded}
    for each in found:
        if each.node.name not in names:
            site.say(f"{each.node.name} is not replaced, for {each.check}: {each.reason}. That is {NO_GROUND}")
    return _replaced(site, run, grounded) if grounded else run.exit_status


def _too_many(site: Site, fleets: Sequence[str], found: Sequence[Blamed]) -> str:
    names = ",".join(each.node.name for each in found)
    return (
        f"Most of {' and '.join(fleets)} fails: that has one cause, which is hardly the machines, and nothing was"
        f" cordoned or replaced. If it is them, name them: `aidc smoke {site.environment.name} --only {names}` with the"
        f" same options ({RUNBOOK})."
    )


def _replaced(site: Site, run: Run, found: Sequence[Blamed]) -> int:
    asked = [replacement(each.node, site.environment.settings) for each in found]
    for each, why in zip(asked, found, strict=True):
        _tell(site, each, why)
    who = hostlist(each.node.name for each in asked)
    try:
        agree(f"Replace {who}?", site.console, yes=site.yes)
    except NotAgreedError:
        site.say(f"Nothing was replaced. The commands above replace {who}; so does this one, with --yes.")
        return run.exit_status
    status = replace(site, asked)
    if status in (FAILED, INTERRUPTED):
        return status
    site.say(f"Then test what came in their place: `aidc smoke {run.environment}`, or only these with --only.")
    return run.exit_status


def _tell(site: Site, how: Replacement, why: Blamed) -> None:
    """How a node is replaced, for a person to agree to or to do by hand."""
    site.say(f"To replace {how.node.name} ({how.node.instance_id}), {why.check}: {why.reason}")
    for note in how.notes:
        site.say(f"  {note}")
    for command in how.commands:
        site.show(command)
