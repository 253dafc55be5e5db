"""The network of an environment, and the way into it."""

from collections.abc import Mapping

from components.network.connect_endpoint import ConnectEndpoint
from components.network.endpoints import Endpoints
from components.network.existing_network import ExistingNetwork
from components.network.flow_logs import FlowLogs
from components.network.jump_host import JumpHost
from components.network.network import Network
from components.network.ssh_group import WayInArgs
from stacks.settings import Settings
from stacks.settings.access import Through

AnyNetwork = Network | ExistingNetwork


def network(settings: Settings, tags: Mapping[str, str]) -> AnyNetwork:
    """The network that the settings ask for, or the one that is there, and what stands in it for all."""
    name, region, asked = settings.name, settings.region, settings.network
    if asked.existing:
        return ExistingNetwork.of(asked.existing.vpc, str(asked.cidr), asked.existing.private_subnets)
    made = Network(
        name,
        {
            "cidr": str(asked.cidr),
            "zones": asked.zones,
            "region": region,
            "nat": asked.nat,
            "avoid": tuple(map(str, asked.avoid)),
            "tags": tags,
        },
    )
    if asked.endpoints:
        Endpoints(
            f"{name}-endpoints",
            {
                "vpc_id": made.vpc_id,
                "cidr": made.cidr,
                "subnet_ids": list(made.private_subnet_ids.values()),
                "services": asked.endpoints,
                "region": region,
                "tags": tags,
            },
        )
    if asked.flow_logs:
        FlowLogs(
            f"{name}-flow-logs",
            {"vpc_id": made.vpc_id, "retention_days": asked.flow_logs.retention_days, "tags": tags},
        )
    return made


def way_in(settings: Settings, network: AnyNetwork, tags: Mapping[str, str]) -> None:
    """What the nodes are reached through, where the settings declare something; it stands in the first zone."""
    access = settings.access
    place: WayInArgs = {
        "vpc_id": network.vpc_id,
        "subnet_id": network.private_subnet_ids[settings.network.zones[0]],
        "cidr": network.cidr,
        "ssh_port": access.port,
        "tags": tags,
    }
    if access.through is Through.CONNECT_ENDPOINT:
        ConnectEndpoint(f"{settings.name}-connect", place)
    if access.jump_host:
        host = access.jump_host
        JumpHost(f"{settings.name}-jump-host", {**place, "image_id": host.image, "instance_type": host.instance_type})
