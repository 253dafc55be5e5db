from pathlib import Path

import pytest
from rich.console import Console

from playbooks import inventory
from playbooks.account import Clients
from playbooks.engine.site import Site
from playbooks.errors import InventoryError
from playbooks.plan.evaluate import evaluate
from playbooks.remedy.blamed import blamed
from playbooks.remedy.cordon import cordon, uncordon
from sandbox.cloud import Cloud
from stacks.environment import Environment, load
from tests.playbooks.remedy.found import fail, run
from tests.projects import ROOT


@pytest.fixture
def site(client: Clients) -> Site:
    """The sandbox's environment, in a moto that holds what it declares."""
    environment = load(ROOT, "sandbox")
    evaluate(environment, Cloud(client, {}).make)
    return Site(environment, Path(), lambda _: client, Console(width=200, record=True), yes=True)


def cordoned(client: Clients, environment: Environment) -> dict[str, str]:
    """The nodes that the inventory shows as cordoned, and for which check."""
    nodes = inventory.find(client("ec2"), environment.settings).nodes
    return {node.name: node.unhealthy for node in nodes if node.unhealthy}


def test_the_inventory_shows_exactly_the_nodes_that_were_cordoned(site: Site, client: Clients) -> None:
    """And for which check, whoever asks."""
    nodes = inventory.find(client("ec2"), site.environment.settings).nodes
    seen = run(nodes, fail("workers-2", check="gpus", reason="7 of 8"), fail("workers-0", "workers-1"))
    cordon(site, blamed(seen), seen)

    assert cordoned(client, site.environment) == {"workers-2": "gpus"}
    assert "Cordoned workers-2" in site.console.export_text()


def test_a_cordon_is_taken_back_by_name_and_the_others_stay(site: Site, client: Clients) -> None:
    """What was never cordoned is said to be so."""
    nodes = inventory.find(client("ec2"), site.environment.settings).nodes
    seen = run(nodes, fail("workers-1"), fail("workers-2"))
    cordon(site, blamed(seen), seen)
    uncordon(site, ["workers-2", "workers-3"])

    assert cordoned(client, site.environment) == {"workers-1": "reachable"}
    said = site.console.export_text()
    assert "is not cordoned for reachable any more" in said
    assert "is not cordoned, as before" in said


def test_a_name_of_no_node_is_refused_with_those_that_there_are(site: Site) -> None:
    """Before anything is changed."""
    with pytest.raises(InventoryError, match="workers-9: no such node; there are workers-0, workers-1"):
        uncordon(site, ["workers-0", "workers-9"])
