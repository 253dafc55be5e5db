"""What exists of an environment, asked of the EC2 and S3 APIs by tags: the same for an account and for the sandbox."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from components.fleet.unhealthy import UNHEALTHY
from playbooks.account import Client
from playbooks.errors import AccountError, InventoryError
from playbooks.nodes import Node
from stacks.settings import Fleet, Settings

LOG_IN = ". Log in to the environment's account (`aws sso login`, or AWS_PROFILE), and run this again"
NOT_ALLOWED = ". The credentials may be another account's: `aws sts get-caller-identity` says whose they are"
REMEDIES = {
    "NoCredentialsError": LOG_IN,
    "ExpiredToken": LOG_IN,
    "ExpiredTokenException": LOG_IN,
    "RequestExpired": LOG_IN,
    "TokenRetrievalError": LOG_IN,
    "UnauthorizedSSOTokenError": LOG_IN,
    "AuthFailure": NOT_ALLOWED,
    "InvalidClientTokenId": NOT_ALLOWED,
    "UnauthorizedOperation": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
}
ALIVE = ("pending", "running")
UNNUMBERED = "scaled"  # the `node` tag of an Auto Scaling group's nodes, as components/fleet/auto_scaling.py writes it


class Inventory(NamedTuple):
    """The instances of an environment, held against its settings.

    Attributes:
        nodes: declared and starting or running; by fleet in the settings' order, and by number. The nodes of an Auto
            Scaling group have no number: they are named by their instance ids, and stand in the order of arrival.
        missing: names of the nodes that are declared and that the cloud does not have; of an Auto Scaling group, as
            many numbers as it lacks of its minimum.
        surplus: nodes that exist and are not declared: of a fleet that was made smaller, or is gone.
    """

    nodes: tuple[Node, ...]
    missing: tuple[str, ...]
    surplus: tuple[Node, ...]


def find(ec2: Client, settings: Settings) -> Inventory:
    """What exists of the environment's fleets.

    Raises:
        InventoryError: two instances say that they are the same node, or one has no number.
        AccountError: the account does not answer.
    """
    with answering("which instances exist"):
        instances = list(_instances(ec2, settings.name))
    found: dict[str, Node] = {}
    arrivals: defaultdict[str, Iterator[int]] = defaultdict(count)
    for node in (_node(instance, settings, arrivals) for instance in sorted(instances, key=itemgetter("LaunchTime"))):
        if node.name in found:
            twins = f"{found[node.name].instance_id} and {node.instance_id}"
            raise InventoryError(f"{twins} are both tagged as node {node.name}; terminate or untag one of them")
        found[node.name] = node
    declared = [node for name, fleet in settings.fleets.items() for node in _declared(name, fleet, found.values())]
    return Inventory(
        nodes=tuple(found[name] for name in declared if name in found),
        missing=tuple(name for name in declared if name not in found),
        surplus=tuple(found[name] for name in sorted(found.keys() - set(declared))),
    )


def only(found: Inventory, names: Collection[str]) -> Inventory:
    """What of an inventory has one of these names.

    Raises:
        InventoryError: one of them is no node, neither declared nor running.
    """
    known = {*(node.name for node in (*found.nodes, *found.surplus)), *found.missing}
    if unknown := [name for name in names if name not in known]:
        raise InventoryError(f"{', '.join(unknown)}: no such node; there are {', '.join(sorted(known)) or 'none'}")
    return Inventory(
        nodes=tuple(node for node in found.nodes if node.name in names),
        missing=tuple(name for name in found.missing if name in names),
        surplus=tuple(node for node in found.surplus if node.name in names),
    )


def buckets(tagging: Client, settings: Settings) -> dict[str, str]:
    """Real names of the environment's buckets by their names in the settings.

    Raises:
        AccountError: the account does not answer.
    """
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["s3"], TagFilters=[{"Key": "environment", "Values": [settings.name]}]
    )
    with answering("which buckets exist"):
        resources = [resource for page in pages for resource in page["ResourceTagMappingList"]]
    names = {_tags(resource).get("bucket"): resource["ResourceARN"].split(":::")[1] for resource in resources}
    return {name: names[name] for name in settings.buckets if name in names}


@contextmanager
def answering(question: str) -> Iterator[None]:
    """Ask the account, and tell a refusal in words."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AccountError(f"AWS does not say {question}: {error}{_remedy(error)}") from error


def _remedy(error: Exception) -> str:
    """What to do about the refusals that everybody meets; empty for others, whose own words must do."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return REMEDIES.get(code, "")


def _instances(ec2: Client, environment: str) -> Iterator[Mapping[str, Any]]:
    filters = [
        {"Name": "tag:managed-by", "Values": ["ai-datacenter"]},
        {"Name": "tag:environment", "Values": [environment]},
        {"Name": "tag-key", "Values": ["fleet"]},
        {"Name": "tag-key", "Values": ["node"]},
        {"Name": "instance-state-name", "Values": list(ALIVE)},
    ]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _declared(name: str, fleet: Fleet, found: Iterable[Node]) -> list[str]:
    """Names of the nodes that a fleet has by its settings."""
    if fleet.numbers:
        return [f"{name}-{number}" for number in fleet.numbers]
    here = [node.name for node in found if node.fleet == name and node.name == f"{name}-{node.instance_id}"]
    return [*here, *(f"{name}-{number}" for number in range(len(here), fleet.fewest_nodes))]


def _node(instance: Mapping[str, Any], settings: Settings, arrivals: Mapping[str, Iterator[int]]) -> Node:
    tags, instance_id = _tags(instance), instance["InstanceId"]
    number = tags["node"]
    if number != UNNUMBERED and not number.isdecimal():
        where = f"instance {instance_id} is tagged node={number!r}"
        raise InventoryError(f"{where}, which is no number; correct the tag, or take it away if it is no node")
    name = tags["fleet"]
    fleet = settings.fleets.get(name)
    return Node(
        name=f"{name}-{instance_id if number == UNNUMBERED else number}",
        fleet=name,
        index=next(arrivals[name]) if number == UNNUMBERED else int(number),
        instance_id=instance_id,
        instance_type=instance["InstanceType"],
        address=instance["PrivateIpAddress"],
        python=fleet.python if fleet else "",
        zone=instance.get("Placement", {}).get("AvailabilityZone", ""),
        unhealthy=tags.get(UNHEALTHY, ""),
    )


def _tags(tagged: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tagged["Tags"]}
