"""What runs inside an environment's cluster: plugins, job kinds and queues. Its stack is `<environment>-platform`.

It is a stack of its own, so that its Kubernetes provider has a cluster to talk to from the first preview on, and a
chart that fails holds up nothing else. (A file `platform.py` would hide Python's own module from the engine.)
"""

import json
import os
from typing import Any, NamedTuple, TypedDict
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as kubernetes

from components.platform.cluster_addons import ClusterAddons
from components.platform.queues import QueueArgs, Queues
from stacks.environment import PLATFORM
from stacks.settings import PROJECT, Fleet, Settings

JOBS_NAMESPACE = "jobs"
FLEET_LABEL = "fleet"  # on every node of a fleet: the other layer gives it to the fleet's node group
TUNNEL = "AIDC_CLUSTER_TUNNEL"  # in the process's environment: 127.0.0.1:8443, where a tunnel to the API server begins
TUNNEL_PORT = 8443


class ClusterOutput(TypedDict):
    """What the environment's stack tells of its cluster, as its output `cluster`."""

    name: str
    endpoint: str
    certificateAuthority: str
    region: str


class Platform(NamedTuple):
    """The components inside the cluster."""

    addons: ClusterAddons
    queues: Queues


def declare(settings: Settings) -> Platform:
    """Declare the add-ons and a queue for each fleet of the cluster.

    Raises:
        pulumi.RunError: the environment has no cluster, or no fleet on it.
    """
    fleets = {name: fleet for name, fleet in settings.fleets.items() if fleet.cluster}
    if settings.cluster is None or not fleets:
        stack, missing = f"{settings.name}{PLATFORM}", "cluster" if settings.cluster is None else "fleet on its cluster"
        raise pulumi.RunError(f"{settings.name} has no {missing}, so there is nothing for {stack} to declare")
    inside = pulumi.ResourceOptions(provider=provider(settings.name))
    addons = ClusterAddons(
        f"{settings.name}-addons",
        {
            "instance_types": [fleet.instance_type for fleet in fleets.values()],
            "queued_namespace": JOBS_NAMESPACE,
        },
        inside,
    )
    queues = Queues(
        f"{settings.name}-queues",
        {"namespace": JOBS_NAMESPACE, "fleets": {name: queue(name, fleet) for name, fleet in fleets.items()}},
        pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=[addons])),
    )
    return Platform(addons, queues)


def queue(name: str, fleet: Fleet) -> QueueArgs:
    """A fleet as its queue sees it; one that grows is counted full, for a job that waits is what makes it grow."""
    return {
        "instance_type": fleet.instance_type,
        "nodes": fleet.most_nodes,
        "node_labels": {FLEET_LABEL: name},
    }


def provider(environment: str) -> kubernetes.Provider:
    """The one way into the cluster: as the environment's stack tells it, with a token that is made when needed."""
    stack = pulumi.StackReference(f"{pulumi.get_organization()}/{PROJECT}/{environment}")
    cluster = stack.get_output("cluster").apply(lambda told: known(told, environment))
    return kubernetes.Provider(
        f"{environment}-cluster",
        kubeconfig=cluster.apply(lambda told: json.dumps(kubeconfig(told, os.environ.get(TUNNEL, "")))),
        # The provider is another one when the cluster is, not when it is reached by another way.
        cluster_identifier=cluster.apply(lambda told: told["endpoint"]),
        enable_server_side_apply=True,
    )


def known(told: ClusterOutput | None, environment: str) -> ClusterOutput:
    """What the environment's stack tells of its cluster, if it has one by now."""
    if told is None:
        raise pulumi.RunError(f"the stack {environment} tells of no cluster yet: bring it up first")
    return told


def kubeconfig(cluster: ClusterOutput, tunnel: str) -> dict[str, Any]:
    """How the API server is reached, directly or through a tunnel; whoever reads this gets no token from it.

    The command is the one that `aws eks update-kubeconfig` writes.
    """
    host = urlsplit(cluster["endpoint"]).hostname
    reached = {"server": f"https://{tunnel}", "tls-server-name": host} if tunnel else {"server": cluster["endpoint"]}
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", cluster["region"], "eks", "get-token", "--cluster-name", cluster["name"]],
    }
    name = cluster["name"]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {**reached, "certificate-authority-data": cluster["certificateAuthority"]}}
        ],
        "users": [{"name": name, "user": {"exec": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def reach(settings: Settings) -> str | None:
    """What whoever runs this layer must know of the way to the API server; None where nothing is asked of them."""
    if settings.cluster is None:
        return None
    if settings.cluster.public_cidrs:
        return f"The API server of {settings.name} answers {', '.join(map(str, settings.cluster.public_cidrs))} only."
    return (
        f"The API server of {settings.name} answers inside its network only. Run this from there (a CI runner in the"
        f" VPC, a VPN), or through a tunnel: forward local port {TUNNEL_PORT} by SSM to the API server, through a host"
        f" in the VPC, and set {TUNNEL}=127.0.0.1:{TUNNEL_PORT} (docs/platform.md has the commands)."
    )
