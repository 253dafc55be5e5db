"""What the cloud says otherwise than the engine's state, by property, and what exists that no state knows."""

from playbooks.engine import changes, orphans
from playbooks.engine.bring_up import DONE, ready
from playbooks.engine.layers import stacks_of
from playbooks.engine.operation import Operation
from playbooks.engine.site import Site
from playbooks.engine.stack import Layer, opened
from playbooks.errors import DRIFTED, NotHereError


def drift(site: Site) -> int:
    """Compare every layer of an environment with the cloud; nothing is changed. The exit status.

    Raises:
        EngineMissingError: there is no `pulumi`.
        EngineError: the state or the cloud can't be read.
        NotHereError: nothing of the environment exists.
        AccountError: the account does not say what exists.
    """
    found = ready(site)
    opened_layers = [opened(found, site.environment, site.project, each) for each in stacks_of(site.environment.name)]
    present = [layer for layer in opened_layers if layer]
    if not present:
        raise NotHereError(
            f"there is no stack {site.environment.name}: bring it up with `aidc up {site.environment.name}`"
        )
    drifted = sum([_compare(site, layer) for layer in present])
    states = [layer.state() for layer in present]
    unknown = orphans.unknown_to(states, site.clients_of, site.environment.settings)
    for each in unknown:
        site.say(f"! {each} exists and is in no state")
    if drifted:
        name = site.environment.name
        site.say(
            f"`pulumi refresh --stack {name}` takes this into the state;"
            f" `aidc up {name}` then puts back what the settings say."
        )
    return DRIFTED if drifted or unknown else DONE


def _compare(site: Site, layer: Layer) -> int:
    """How many resources differ."""
    operation = Operation()
    with site.console.status(f"{layer.name}: what does the cloud say?"):
        layer.drift(operation)
    differ = [step for step in operation.changes if not changes.is_mark(step)]
    for line in changes.drifted(differ):
        site.say(line)
    count, every = len(differ), len(operation.changes) + operation.unchanged
    site.say(f"{layer.name}: {count:,} of {every:,} resources differ from the state.")
    return count
