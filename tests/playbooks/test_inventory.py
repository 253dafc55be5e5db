import boto3
import pytest
from botocore.config import Config

from playbooks import inventory
from playbooks.account import Clients
from playbooks.errors import AccountError, InventoryError
from playbooks.plan.evaluate import evaluate
from sandbox.cloud import Cloud
from stacks.environment import Environment, load
from tests.projects import ROOT


@pytest.fixture
def environment() -> Environment:
    """The sandbox's settings."""
    return load(ROOT, "sandbox")


@pytest.fixture
def client(client: Clients, environment: Environment) -> Clients:
    """Maker of clients of a moto that holds what the environment declares."""
    evaluate(environment, Cloud(client, {}).make)
    return client


def test_nodes_are_found_by_tags_in_order(client: Clients, environment: Environment) -> None:
    """With the type and address that the API tells, and the Python that the settings name."""
    found = inventory.find(client("ec2"), environment.settings).nodes

    assert [node.name for node in found] == ["workers-0", "workers-1", "workers-2", "workers-3"]
    assert [node.address for node in found] == ["127.42.0.4", "127.42.0.5", "127.42.0.6", "127.42.0.7"]
    assert {(node.fleet, node.instance_type, node.python) for node in found} == {
        ("workers", "c6in.32xlarge", "python3")
    }


def test_an_instance_that_is_no_longer_there_is_missing(client: Clients, environment: Environment) -> None:
    """Terminated instances stay in the API's answer for an hour."""
    ec2 = client("ec2")
    gone = inventory.find(ec2, environment.settings).nodes[2]
    ec2.terminate_instances(InstanceIds=[gone.instance_id])

    assert inventory.find(ec2, environment.settings).missing == ("workers-2",)


def test_an_instance_beyond_the_declared_is_surplus(client: Clients, environment: Environment) -> None:
    """It costs money and nobody asks it anything, so it must be told."""
    fewer = environment.settings.fleets["workers"].model_copy(update={"nodes": 3})
    found = inventory.find(client("ec2"), environment.settings.model_copy(update={"fleets": {"workers": fewer}}))

    assert [node.name for node in found.nodes] == ["workers-0", "workers-1", "workers-2"]
    assert [node.name for node in found.surplus] == ["workers-3"]


def test_a_node_without_a_number_is_refused(client: Clients, environment: Environment) -> None:
    """With the instance, so that its tag can be put right."""
    ec2 = client("ec2")
    first, *_ = inventory.find(ec2, environment.settings).nodes
    ec2.create_tags(Resources=[first.instance_id], Tags=[{"Key": "node", "Value": "zero"}])

    with pytest.raises(InventoryError, match=f"{first.instance_id} is tagged node='zero', which is no number"):
        inventory.find(ec2, environment.settings)


def test_a_node_that_is_left_out_is_surplus_while_it_runs_and_no_longer_missing(
    client: Clients, environment: Environment
) -> None:
    """The others keep their names: `without` names a number, and moves none."""
    rest = environment.settings.fleets["workers"].model_copy(update={"without": (2,)})
    settings = environment.settings.model_copy(update={"fleets": {"workers": rest}})
    ec2 = client("ec2")
    running = inventory.find(ec2, settings)
    ec2.terminate_instances(InstanceIds=[running.surplus[0].instance_id])
    ended = inventory.find(ec2, settings)

    assert [node.name for node in running.nodes] == ["workers-0", "workers-1", "workers-3"]
    assert [node.name for node in running.surplus] == ["workers-2"]
    assert (ended.nodes, ended.missing, ended.surplus) == (running.nodes, (), ())


def test_others_instances_are_no_nodes(client: Clients, environment: Environment) -> None:
    """Neither one without tags nor one of the environment that is in no fleet, such as a jump host."""
    ec2 = client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"Key": "environment", "Value": "sandbox"}, {"Key": "managed-by", "Value": "ai-datacenter"}]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
    )

    assert len(inventory.find(ec2, environment.settings).nodes) == 4


def test_two_instances_of_one_node_are_refused(client: Clients, environment: Environment) -> None:
    """Nobody could say which of them a verdict is about."""
    ec2 = client("ec2")
    first, second, *_ = inventory.find(ec2, environment.settings).nodes
    ec2.create_tags(Resources=[second.instance_id], Tags=[{"Key": "node", "Value": "0"}])

    with pytest.raises(InventoryError, match=f"{first.instance_id} and {second.instance_id} are both tagged"):
        inventory.find(ec2, environment.settings)


def test_buckets_are_found_by_their_names_in_the_settings(client: Clients, environment: Environment) -> None:
    """Their real names have a suffix that nobody can know before."""
    found = inventory.buckets(client("resourcegroupstaggingapi"), environment.settings)

    assert list(found) == ["checkpoints"]
    assert found["checkpoints"].startswith("sandbox-checkpoints-")


def test_an_account_that_does_not_answer_is_told_in_words(environment: Environment) -> None:
    """As with expired credentials: what was asked, and what came back."""
    session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    once = Config(retries={"total_max_attempts": 1})
    refused = session.client("ec2", endpoint_url="http://127.0.0.1:9", config=once)

    with pytest.raises(AccountError, match="AWS does not say which instances exist: .*127.0.0.1:9"):
        inventory.find(refused, environment.settings)


def test_of_an_inventory_only_what_is_named_is_left(client: Clients, environment: Environment) -> None:
    """A node that is declared and missing can be named as well."""
    ec2 = client("ec2")
    gone = inventory.find(ec2, environment.settings).nodes[2]
    ec2.terminate_instances(InstanceIds=[gone.instance_id])
    found = inventory.only(inventory.find(ec2, environment.settings), ("workers-1", "workers-2"))

    assert ([node.name for node in found.nodes], found.missing, found.surplus) == (["workers-1"], ("workers-2",), ())


def test_a_name_of_no_node_is_refused(client: Clients, environment: Environment) -> None:
    """With those that there are."""
    with pytest.raises(InventoryError, match="workers-7: no such node; there are workers-0, workers-1, workers-2"):
        inventory.only(inventory.find(client("ec2"), environment.settings), ("workers-0", "workers-7"))
