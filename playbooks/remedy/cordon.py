"""Keep new work away from nodes that are to blame, and take that back."""

from collections.abc import Iterable, Sequence

from components.fleet.unhealthy import UNHEALTHY
from playbooks import inventory
from playbooks.account import Clients
from playbooks.engine.site import Site
from playbooks.nodes import Node
from playbooks.remedy import kubernetes_node
from playbooks.remedy.blamed import Blamed
from playbooks.remedy.cluster_api import ClusterApi, cluster_api
from playbooks.remedy.mark import mark, tag, untag
from playbooks.report.run import Run

NO_PODS = f"No new pod is placed on it (taint {kubernetes_node.TAINT}); those that it has stay."
TAGS_ONLY = f"It is tagged {UNHEALTHY}, which nothing of EC2 obeys: let what starts your jobs leave it out."


def cordon(site: Site, found: Sequence[Blamed], run: Run) -> None:
    """Mark these nodes; those of a cluster get no new pods from now on. The pods that they have stay.

    Raises:
        RemedyError: AWS or the API server does not do it; those before it are cordoned, and it can be run again.
    """
    ec2 = _clients(site)("ec2")
    api = _api(site, [each.node for each in found])
    for each in found:
        node, why = each.node, mark(each, run)
        joined = api is not None and _is_of_cluster(site, node) and kubernetes_node.cordon(api, node, why)
        tag(ec2, node, why)  # last, so that what the inventory shows as cordoned is
        site.say(f"Cordoned {node.name} ({node.instance_id}) for {why.check}. {NO_PODS if joined else TAGS_ONLY}")


def uncordon(site: Site, names: Sequence[str]) -> None:
    """Take back what `cordon` has made of these nodes, and nothing that anybody else has made.

    Raises:
        InventoryError: there is no node of such a name.
        RemedyError: AWS or the API server does not do it.
    """
    settings, ec2 = site.environment.settings, _clients(site)("ec2")
    nodes = inventory.only(inventory.find(ec2, settings), names).nodes
    api = _api(site, nodes)
    for node in nodes:
        if api and _is_of_cluster(site, node):
            kubernetes_node.uncordon(api, node)
        untag(ec2, node)
        site.say(f"{node.name} ({node.instance_id}) is {_freed(node)}.")
    for name in names:
        if name not in {node.name for node in nodes}:
            site.say(f"{name} has no instance that is declared and runs, so there is nothing to take back.")


def _freed(node: Node) -> str:
    return f"not cordoned for {node.unhealthy} any more" if node.unhealthy else "not cordoned, as before"


def _api(site: Site, nodes: Iterable[Node]) -> ClusterApi | None:
    """The cluster's API server, where one of these is a node of it; a sandbox has none."""
    asked = site.environment.settings.sandbox is None and any(_is_of_cluster(site, node) for node in nodes)
    return cluster_api(site) if asked else None


def _is_of_cluster(site: Site, node: Node) -> bool:
    return site.environment.settings.fleets[node.fleet].cluster


def _clients(site: Site) -> Clients:
    return site.clients_of(site.environment.settings.region)
