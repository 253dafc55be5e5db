from pathlib import Path

from playbooks import inventory
from playbooks.account import Clients
from playbooks.plan.evaluate import evaluate
from sandbox.cloud import Cloud
from sandbox.replacement import relaunch
from stacks.environment import load
from tests.projects import change, make_project


def test_a_numbered_node_comes_back_as_another_instance(tmp_path: Path, client: Clients) -> None:
    """At another address, as in the cloud, and without the mark that the old one had; the others are the same."""
    environment = load(make_project(tmp_path), "sandbox")
    evaluate(environment, Cloud(client, {}).make)
    before = inventory.find(client("ec2"), environment.settings).nodes
    client("ec2").create_tags(
        Resources=[before[1].instance_id], Tags=[{"Key": "ai-datacenter:unhealthy", "Value": "gpus"}]
    )
    relaunch(client, [before[1].instance_id])
    now = inventory.find(client("ec2"), environment.settings).nodes

    assert (now[1].name, now[1].unhealthy) == ("workers-1", "")
    assert now[1].instance_id != before[1].instance_id
    assert len({node.address for node in (*before, now[1])}) == 5
    assert [now[0], *now[2:]] == [before[0], *before[2:]]


def test_an_auto_scaling_group_starts_another_one(tmp_path: Path, client: Clients) -> None:
    """With a name of its own."""
    project = make_project(tmp_path)
    change(project, "fleets.workers", nodes=3, scaling={"minimum": 3, "maximum": 3})
    environment = load(project, "sandbox")
    evaluate(environment, Cloud(client, {}).make)
    before = inventory.find(client("ec2"), environment.settings).nodes
    relaunch(client, [before[0].instance_id])
    now = inventory.find(client("ec2"), environment.settings).nodes

    assert len(now) == 3
    assert {node.name for node in before} - {node.name for node in now} == {before[0].name}
