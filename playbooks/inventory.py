"""What exists of an environment, asked of the EC2 and S3 APIs by tags: the same for an account and for the sandbox."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from playbooks.account import Client
from playbooks.errors import InventoryError
from playbooks.nodes import Node
from stacks.settings import Settings

ALIVE = ("pending", "running")


def nodes(ec2: Client, settings: Settings) -> list[Node]:
    """The instances of every fleet that are starting or running, by fleet in the settings' order and by number.

    Raises:
        InventoryError: two instances say that they are the same node, or the account does not answer.
    """
    found: dict[str, Node] = {}
    with _answering("which instances exist"):
        instances = list(_instances(ec2, settings.name))
    for instance in instances:
        node = _node(instance, settings)
        if node is None:
            continue
        if node.name in found:
            twins = f"{found[node.name].instance_id} and {node.instance_id}"
            raise InventoryError(f"{twins} are both tagged as node {node.name}; terminate or untag one of them")
        found[node.name] = node
    fleets = list(settings.fleets)
    return sorted(found.values(), key=lambda node: (fleets.index(node.fleet), node.index))


def missing(found: list[Node], settings: Settings) -> list[str]:
    """Names of the nodes that the settings declare and the cloud does not have."""
    have = {node.name for node in found}
    declared = (f"{name}-{index}" for name, fleet in settings.fleets.items() for index in range(fleet.nodes))
    return [name for name in declared if name not in have]


def buckets(tagging: Client, settings: Settings) -> dict[str, str]:
    """Real names of the environment's buckets by their names in the settings.

    Raises:
        InventoryError: the account does not answer.
    """
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["s3"], TagFilters=[{"Key": "environment", "Values": [settings.name]}]
    )
    with _answering("which buckets exist"):
        resources = [resource for page in pages for resource in page["ResourceTagMappingList"]]
    names = {_tags(resource).get("bucket"): resource["ResourceARN"].split(":::")[1] for resource in resources}
    return {name: names[name] for name in settings.buckets if name in names}


@contextmanager
def _answering(question: str) -> Iterator[None]:
    """Ask the account, and tell a refusal in words."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise InventoryError(f"AWS does not say {question}: {error}") from error


def _instances(ec2: Client, environment: str) -> Iterator[Mapping[str, Any]]:
    filters = [
        {"Name": "tag:managed-by", "Values": ["ai-datacenter"]},
        {"Name": "tag:environment", "Values": [environment]},
        {"Name": "instance-state-name", "Values": list(ALIVE)},
    ]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _node(instance: Mapping[str, Any], settings: Settings) -> Node | None:
    """The node that an instance is; None for one of a fleet that the settings no longer have."""
    tags = _tags(instance)
    fleet = settings.fleets.get(tags["fleet"])
    if fleet is None:
        return None
    return Node(
        name=f"{tags['fleet']}-{tags['node']}",
        fleet=tags["fleet"],
        index=int(tags["node"]),
        instance_id=instance["InstanceId"],
        instance_type=instance["InstanceType"],
        address=instance["PrivateIpAddress"],
        python=fleet.python,
    )


def _tags(tagged: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tagged["Tags"]}
