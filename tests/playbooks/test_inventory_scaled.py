from pathlib import Path
from typing import Any

import pytest

from playbooks import inventory
from playbooks.account import Clients
from playbooks.plan.evaluate import evaluate
from sandbox.cloud import Cloud
from stacks.environment import Environment, load
from stacks.settings import Scaling
from tests.projects import change, make_project


@pytest.fixture
def scaled(client: Clients, tmp_path: Path) -> tuple[Any, Environment]:
    """A client of an EC2 where an Auto Scaling group has started the sandbox's nodes, and the environment."""
    project = make_project(tmp_path)
    change(project, "fleets.workers", nodes=3, scaling={"minimum": 2, "maximum": 5})
    environment = load(project, "sandbox")
    evaluate(environment, Cloud(client, {}).make)
    return client("ec2"), environment


def test_nodes_of_an_auto_scaling_group_are_named_by_their_instances(scaled: tuple[Any, Environment]) -> None:
    """Nobody numbers them, and a name must not move to another machine."""
    ec2, environment = scaled
    found = inventory.find(ec2, environment.settings)

    assert (len(found.nodes), found.missing, found.surplus) == (3, (), ())
    assert [node.name for node in found.nodes] == [f"workers-{node.instance_id}" for node in found.nodes]
    assert [node.index for node in found.nodes] == [0, 1, 2]
    assert {node.python for node in found.nodes} == {"python3"}


def test_of_an_auto_scaling_group_the_minimum_must_be_there(scaled: tuple[Any, Environment]) -> None:
    """Between its bounds it may have as many as somebody wants; below, each lacking one is told by its number."""
    ec2, environment = scaled
    workers = environment.settings.fleets["workers"]
    more = workers.model_copy(update={"scaling": Scaling(minimum=5, maximum=5)})
    found = inventory.find(ec2, environment.settings.model_copy(update={"fleets": {"workers": more}}))

    assert (len(found.nodes), found.missing) == (3, ("workers-3", "workers-4"))


def test_nodes_of_a_group_that_is_none_any_more_are_surplus(scaled: tuple[Any, Environment]) -> None:
    """The fleet has numbered nodes now, and these cost money still."""
    ec2, environment = scaled
    numbered = environment.settings.fleets["workers"].model_copy(update={"scaling": None})
    found = inventory.find(ec2, environment.settings.model_copy(update={"fleets": {"workers": numbered}}))

    assert (found.nodes, len(found.missing), len(found.surplus)) == ((), 3, 3)
