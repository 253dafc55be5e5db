"""Everything of AWS that an environment's settings declare; what runs inside a cluster is another layer."""

from typing import NamedTuple

from components.bucket import Bucket
from components.efa import FabricSecurityGroup
from components.fleet import Fleet
from components.network import Network
from stacks import settings as setting
from stacks.settings import Settings


class Datacenter(NamedTuple):
    """The components of an environment, fleets and buckets by their names in the settings."""

    network: Network
    fleets: dict[str, Fleet]
    buckets: dict[str, Bucket]


def declare(settings: Settings) -> Datacenter:
    """Declare the network, the fleets in it and the buckets."""
    tags = environment_tags(settings)
    network = Network(
        settings.name,
        {
            "cidr": str(settings.network.cidr),
            "zones": settings.network.zones,
            "region": settings.region,
            "tags": tags,
        },
    )
    return Datacenter(
        network=network,
        fleets={name: _fleet(settings, network, name, fleet) for name, fleet in settings.fleets.items()},
        buckets={
            name: Bucket(
                f"{settings.name}-{name}", {"noncurrent_days": bucket.noncurrent_days, "tags": {**tags, "bucket": name}}
            )
            for name, bucket in settings.buckets.items()
        },
    )


def environment_tags(settings: Settings) -> dict[str, str]:
    """What every resource of an environment is tagged with; the inventory finds nodes and buckets by it."""
    return {
        "environment": settings.name,
        "owner": settings.tags.owner,
        "cost-center": settings.tags.cost_center,
        "managed-by": "ai-datacenter",
    }


def _fleet(settings: Settings, network: Network, name: str, fleet: setting.Fleet) -> Fleet:
    full_name = f"{settings.name}-{name}"
    tags = {**environment_tags(settings), "fleet": name}
    group = FabricSecurityGroup(
        f"{full_name}-fabric",
        {"vpc_id": network.vpc_id, "ssh_cidr": network.cidr, "ssh_port": settings.access.port, "tags": tags},
    )
    return Fleet(
        full_name,
        {
            "instance_type": fleet.instance_type,
            "nodes": fleet.nodes,
            "image_id": fleet.image,
            "subnet_id": network.private_subnet_ids[fleet.zone],
            "security_group_id": group.id,
            "purchase": fleet.purchase,
            "reservation_id": fleet.reservation,
            "cluster_placement": fleet.effective_placement is setting.Placement.CLUSTER,
            "key_name": fleet.key_name,
            "tags": tags,
        },
    )
