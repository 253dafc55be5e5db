"""Replace exactly these nodes, each by the hand that made it."""

from collections.abc import Sequence

from playbooks.engine.site import Site
from playbooks.errors import FAILED
from playbooks.remedy import instance, kubernetes_node
from playbooks.remedy.by_engine import by_engine
from playbooks.remedy.cluster_api import cluster_api
from playbooks.remedy.replacement import Means, Replacement

DONE = 0


def replace(site: Site, asked: Sequence[Replacement]) -> int:
    """Replace these nodes; the exit status. What was done stays done where a later one fails.

    Raises:
        RemedyError: a node could not be emptied or ended; it runs on.
        EngineError: the engine can't begin; the nodes that are its own run on.
        EngineMissingError: there is no `pulumi`.
        LockedError: somebody else changes the environment.
        SandboxError: a host would not end or start.
    """
    statuses = [DONE]
    for means, hand in HANDS.items():
        if mine := [each for each in asked if each.means is means]:
            statuses.append(hand(site, mine))
    return max(statuses)


def _by_group(site: Site, asked: Sequence[Replacement]) -> int:
    autoscaling = site.clients_of(site.environment.settings.region)("autoscaling")
    for each in asked:
        instance.end_in_group(autoscaling, each.node)
        site.say(f"{each.node.name} ends; its Auto Scaling group starts another one, named by its own instance id.")
    return DONE


def _by_node_group(site: Site, asked: Sequence[Replacement]) -> int:
    api = cluster_api(site)
    for each in asked:
        kubernetes_node.close(api, each.node)
        kubernetes_node.drain(api, each.node, site.say)
    return _by_group(site, asked)


def _in_sandbox(site: Site, asked: Sequence[Replacement]) -> int:
    from sandbox import lifecycle  # noqa: PLC0415 - an account needs nothing of it

    started = lifecycle.replace(site.environment, site.project, [each.node for each in asked])
    site.say(f"Started {', '.join(started)} afresh.")
    return DONE if started else FAILED


HANDS = {
    Means.SANDBOX: _in_sandbox,
    Means.GROUP: _by_group,
    Means.NODE_GROUP: _by_node_group,
    Means.ENGINE: by_engine,
}
