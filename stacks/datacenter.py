"""Everything of AWS that an environment's settings declare; what runs inside a cluster is another layer."""

from typing import NamedTuple

from components.account.budget import Budget
from components.cluster.cluster import Cluster
from components.cluster.node_group import NodeGroup
from components.fleet.fleet import Fleet
from components.storage.lustre import Lustre
from stacks import compute, networking, storage
from stacks.networking import AnyNetwork
from stacks.settings import Settings
from stacks.tags import environment_tags


class Datacenter(NamedTuple):
    """The components of an environment, those of which there are several by their names in the settings."""

    network: AnyNetwork
    fleets: dict[str, Fleet]
    buckets: dict[str, storage.AnyBucket]
    lustre: dict[str, Lustre]
    cluster: Cluster | None
    node_groups: dict[str, NodeGroup]


def declare(settings: Settings) -> Datacenter:
    """Declare the network, the fleets in it and the buckets."""
    tags = environment_tags(settings)
    network = networking.network(settings, tags)
    networking.way_in(settings, network, tags)
    _budget(settings)
    buckets = storage.buckets(settings, tags)
    place = {"vpc": network.vpc_id, **network.private_subnet_ids}
    fabrics = {name: compute.fabric(settings, network, name) for name in settings.fleets}
    lustre = storage.lustre(settings, place, compute.lustre_clients(settings, fabrics), buckets, tags)
    storage.backup(settings, place, buckets, lustre, tags)
    cluster = compute.cluster(settings, network, tags)
    ground = compute.Ground(network, fabrics, buckets, lustre)
    instances = [name for name, fleet in settings.fleets.items() if not fleet.cluster]
    return Datacenter(
        network=network,
        fleets={name: compute.fleet(settings, ground, name) for name in instances},
        buckets=buckets,
        lustre=lustre,
        cluster=cluster,
        node_groups={} if cluster is None else compute.node_groups(settings, ground, cluster),
    )


def _budget(settings: Settings) -> None:
    budget = settings.budget
    if budget is None:
        return
    tags = environment_tags(settings)
    Budget(
        f"{settings.name}-budget",
        {
            "environment": settings.name,
            "monthly_usd": budget.monthly_usd,
            "actual_percent": budget.actual_percent,
            "forecast_percent": budget.forecast_percent,
            "emails": budget.emails,
            "topic_arn": budget.topic,
            "cost_allocation_tags": tuple(tags) if budget.activate_tags else (),
            "anomaly_usd": budget.anomaly_usd,
            "tags": tags,
        },
    )
