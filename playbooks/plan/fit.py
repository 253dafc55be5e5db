"""Whether what a graph declares fits: into its subnets, the account's quotas, its zones and its reservations."""

from collections.abc import Sequence

from playbooks.plan.answers import NO_ANSWERS, Answers
from playbooks.plan.capacity import capacity_fits
from playbooks.plan.ceilings import ceilings
from playbooks.plan.graph import Graph
from playbooks.plan.instances import Instances, all_instances
from playbooks.plan.places import Places
from playbooks.plan.plan import Fit
from playbooks.plan.quotas import quota_fits
from playbooks.plan.subnets import address_fits
from stacks.settings import Settings


def fit(graph: Graph, settings: Settings, answers: Answers = NO_ANSWERS) -> tuple[Fit, ...]:
    """Everything that must fit, and the ceilings that are good to know.

    Behind a sandbox there is no account and no such machine, so that of it the addresses alone are told.

    Args:
        graph: what the environment's program declares.
        settings: the environment's settings.
        answers: what the account says of its quotas, zones and reservations; what it was not asked is not evaluated.
    """
    places = Places.of(graph, settings)
    instances = all_instances(places)
    addresses = tuple(address_fits(places, instances))
    return addresses if settings.sandbox else (*addresses, *_of_machines(graph, instances, answers))


def _of_machines(graph: Graph, instances: Sequence[Instances], answers: Answers) -> tuple[Fit, ...]:
    return (
        *quota_fits(instances, answers.quotas),
        *capacity_fits(instances, answers),
        *ceilings(graph, instances),
    )
