"""What computes in an environment: fleets of instances, a cluster, and fleets as its node groups."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from components.cluster.cluster import Cluster
from components.cluster.node_group import NodeGroup, NodeGroupArgs
from components.cluster.node_images import ROOT_DEVICE
from components.fabric.efa import FabricSecurityGroup
from components.fleet.fleet import BucketAccess, Fleet, LustreMount, RootVolume, Scaling
from components.storage.lustre import Lustre
from stacks import settings as setting
from stacks import storage
from stacks.networking import AnyNetwork
from stacks.settings import Settings
from stacks.tags import environment_tags


class Ground(NamedTuple):
    """What the fleets stand on, each by its name in the settings."""

    network: AnyNetwork
    fabrics: Mapping[str, FabricSecurityGroup]
    buckets: Mapping[str, storage.AnyBucket]
    lustre: Mapping[str, Lustre]


def fabric(settings: Settings, network: AnyNetwork, name: str) -> FabricSecurityGroup:
    """The security group of a fleet's nodes."""
    tags = {**environment_tags(settings), "fleet": name}
    return FabricSecurityGroup(
        f"{settings.name}-{name}-fabric",
        {"vpc_id": network.vpc_id, "ssh_cidr": network.cidr, "ssh_port": settings.access.port, "tags": tags},
    )


def lustre_clients(
    settings: Settings, fabrics: Mapping[str, FabricSecurityGroup]
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Security groups of the fleets that mount a file system, by its name and theirs."""
    clients: dict[str, dict[str, pulumi.Input[str]]] = {name: {} for name in settings.lustre}
    for name, fleet in settings.fleets.items():
        if fleet.lustre:
            clients[fleet.lustre.name][name] = fabrics[name].id
    return clients


def fleet(settings: Settings, ground: Ground, name: str) -> Fleet:
    """A fleet of instances that stand by themselves."""
    fleet, tags = settings.fleets[name], {**environment_tags(settings), "fleet": name}
    return Fleet(
        f"{settings.name}-{name}",
        {
            "instance_type": fleet.instance_type,
            "nodes": fleet.nodes,
            "without": fleet.without,
            "scaling": _scaling(fleet),
            "image_id": fleet.image,
            "subnet_id": ground.network.private_subnet_ids[fleet.zone],
            "security_group_id": ground.fabrics[name].id,
            "purchase": fleet.purchase,
            "reservation_id": fleet.reservation,
            "cluster_placement": fleet.effective_placement is setting.Placement.CLUSTER,
            "key_name": fleet.key_name,
            "root_volume": RootVolume(**fleet.root_volume.model_dump()),
            "local_disks": fleet.local_disks,
            "lustre": _lustre_mount(fleet, ground.lustre),
            "buckets": [_bucket_access(ground.buckets[each]) for each in fleet.buckets],
            "detailed_monitoring": fleet.detailed_monitoring,
            "stop_protection": fleet.stop_protection,
            "termination_protection": fleet.termination_protection,
            "tags": tags,
        },
    )


def cluster(settings: Settings, network: AnyNetwork, tags: Mapping[str, str]) -> Cluster | None:
    """The cluster, where the settings ask for one."""
    asked = settings.cluster
    if asked is None:
        return None
    return Cluster(
        f"{settings.name}-cluster",
        {
            "version": asked.version,
            "region": settings.region,
            "vpc_id": network.vpc_id,
            "subnet_ids": list(network.private_subnet_ids.values()),
            "private_cidr": network.cidr,
            "public_cidrs": tuple(map(str, asked.public_cidrs)),
            "grants": {
                name: {"principal": each.principal, "policy": each.policy, "namespaces": each.namespaces}
                for name, each in asked.access.items()
            },
            "log_retention_days": asked.log_retention_days,
            "pods_per_node": asked.pods_per_node,
            "system_instance_type": asked.system_nodes.instance_type,
            "system_nodes": asked.system_nodes.nodes,
            "system_image_release": asked.image,
            "tags": tags,
        },
    )


def node_groups(settings: Settings, ground: Ground, cluster: Cluster) -> dict[str, NodeGroup]:
    """The fleets whose nodes are the cluster's."""
    after = pulumi.ResourceOptions(depends_on=[cluster])
    return {
        name: NodeGroup(f"{settings.name}-{name}", _node_group(settings, ground, cluster, name), after)
        for name, fleet in settings.fleets.items()
        if fleet.cluster
    }


def _node_group(settings: Settings, ground: Ground, cluster: Cluster, name: str) -> NodeGroupArgs:
    """A fleet of the cluster: its nodes are in its fabric's security group, and in the one of all of the cluster."""
    fleet, tags = settings.fleets[name], {**environment_tags(settings), "fleet": name}
    return {
        "cluster_name": cluster.name,
        "version": cluster.version,
        "node_role_arn": cluster.node_role_arn,
        "instance_type": fleet.instance_type,
        "nodes": fleet.nodes,
        "scaling": _scaling(fleet),
        "pods_per_node": cluster.pods_per_node,
        "subnet_ids": [ground.network.private_subnet_ids[fleet.zone]],
        "security_group_ids": [cluster.security_group_id, ground.fabrics[name].id],
        "purchase": fleet.purchase,
        "reservation_id": fleet.reservation,
        "cluster_placement": fleet.effective_placement is setting.Placement.CLUSTER,
        "image_release": fleet.image,
        "root_volume": RootVolume(**fleet.root_volume.model_dump())._replace(device=ROOT_DEVICE),
        "labels": {"fleet": name},
        "tags": tags,
    }


def _bucket_access(bucket: storage.AnyBucket) -> BucketAccess:
    return {"arn": bucket.arn, "key_arn": bucket.key_arn}


def _lustre_mount(fleet: setting.Fleet, lustre: Mapping[str, Lustre]) -> LustreMount | None:
    if fleet.lustre is None:
        return None
    there = lustre[fleet.lustre.name]
    return {"dns_name": there.dns_name, "mount_name": there.mount_name, "folder": fleet.lustre.folder}


def _scaling(fleet: setting.Fleet) -> Scaling | None:
    bounds = fleet.scaling
    return None if bounds is None else {"minimum": bounds.minimum, "maximum": bounds.maximum, "refresh": bounds.refresh}
