"""What carries an environment's tags in the account, held against what the engine knows of."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from botocore.exceptions import ClientError

from playbooks.account import Client, Clients
from playbooks.inventory import answering

# They come and go with an instance, whose template gives them the environment's tags.
OF_AN_INSTANCE = ("volume", "network-interface")
ENDED = ("terminated", "shutting-down", "deleted", "deleting", "gone")
LATER = "deleted on"
NOT_FOUND = ("InvalidInstanceID.NotFound", "NatGatewayNotFound", "NotFoundException")


class Tagged(NamedTuple):
    """A resource with the environment's tags.

    Attributes:
        arn: its ARN.
        region: the region that was asked.
        tags: its tags.
    """

    arn: str
    region: str
    tags: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Such as `instance`, `subnet` or `key`; an S3 bucket's ARN has none."""
        return self.arn.split(":", 5)[5].partition("/")[0]

    @property
    def id(self) -> str:
        """What stands last in the ARN: the id of most resources."""
        return self.arn.split(":", 5)[5].rpartition("/")[2].rpartition(":")[2]

    def __str__(self) -> str:
        """The resource in words."""
        name = self.tags.get("Name")
        return f"{self.arn} ({name})" if name else self.arn


def tagged(clients_of: Callable[[str], Clients], regions: Iterable[str], environment: str) -> list[Tagged]:
    """Everything with the environment's tags in these regions; the API tells of what was deleted for a while, too.

    Raises:
        AccountError: the account does not answer.
    """
    with answering("what carries the environment's tags"):
        return [each for region in sorted(set(regions)) for each in _of_region(clients_of(region), region, environment)]


def untracked(found: Iterable[Tagged], known: Collection[str]) -> list[Tagged]:
    """What exists and is in no state, such as an instance that was started although the call failed.

    What another AWS service made for us carries a tag of that service's, `aws:…`.
    """
    return [
        each
        for each in found
        if not {each.arn, each.id} & set(known)
        and each.kind not in OF_AN_INSTANCE
        and not any(key.startswith("aws:") for key in each.tags)
    ]


def remaining(found: Iterable[Tagged], clients_of: Callable[[str], Clients]) -> Iterator[tuple[Tagged, str]]:
    """What is still there, and what becomes of it where that is known: a key is deleted days later.

    Raises:
        AccountError: the account does not answer.
    """
    for each in found:
        with answering(f"whether {each.arn} still exists"):
            ask = STATES.get(each.kind)
            state = ask(clients_of(each.region), each.id) if ask else ""
        if state not in ENDED:
            yield each, state


def _or_gone(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            return "gone"
        raise


def _instance(clients: Clients, identity: str) -> str:
    found = clients("ec2").describe_instances(InstanceIds=[identity])["Reservations"]
    return str(found[0]["Instances"][0]["State"]["Name"]) if found else "gone"


def _nat_gateway(clients: Clients, identity: str) -> str:
    found = clients("ec2").describe_nat_gateways(NatGatewayIds=[identity])["NatGateways"]
    return str(found[0]["State"]) if found else "gone"


def _key(clients: Clients, identity: str) -> str:
    key = clients("kms").describe_key(KeyId=identity)["KeyMetadata"]
    return f"{LATER} {key['DeletionDate']:%Y-%m-%d}" if key["KeyState"] == "PendingDeletion" else ""


def _of_region(clients: Clients, region: str, environment: str) -> Iterator[Tagged]:
    tagging: Client = clients("resourcegroupstaggingapi")
    filters = [{"Key": "environment", "Values": [environment]}, {"Key": "managed-by", "Values": ["ai-datacenter"]}]
    for page in tagging.get_paginator("get_resources").paginate(TagFilters=filters):
        for resource in page["ResourceTagMappingList"]:
            yield Tagged(resource["ResourceARN"], region, {tag["Key"]: tag["Value"] for tag in resource["Tags"]})


STATES: Mapping[str, Callable[[Clients, str], str]] = {
    "instance": lambda clients, identity: _or_gone(lambda: _instance(clients, identity)),
    "natgateway": lambda clients, identity: _or_gone(lambda: _nat_gateway(clients, identity)),
    "key": lambda clients, identity: _or_gone(lambda: _key(clients, identity)),
}
