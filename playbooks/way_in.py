"""The proxy command by which the nodes are reached through what the settings declare for it."""

from collections.abc import Callable, Mapping
from typing import Any

from playbooks.account import Client
from playbooks.errors import InventoryError
from playbooks.inventory import answering
from stacks.settings import Access, Settings
from stacks.settings.access import Through

JUMP_HOST = "jump-host"  # what components.network.jump_host tags its instance with, as `role`
DOCUMENT = "ssh-document"  # the tag that names the kind of session


def access(settings: Settings, ec2: Client) -> Access:
    """The settings' access, with the proxy command that fits `access.through` where they give none.

    Raises:
        InventoryError: there is no jump host, or more than one.
        AccountError: the account does not answer.
    """
    given = settings.access
    if given.proxy_command is not None or given.through not in COMMANDS:
        return given
    return given.model_copy(update={"proxy_command": COMMANDS[given.through](settings, ec2)})


def _connect_endpoint(settings: Settings, _: Client) -> str:
    """The endpoint of the node's own VPC is found by the command itself."""
    return f"aws ec2-instance-connect open-tunnel --region {settings.region} --instance-id %i --remote-port %p"


def _jump_host(settings: Settings, ec2: Client) -> str:
    host, document = _found(ec2, settings.name)
    session = f"--target {host} --document-name {document} --parameters host=%h"
    return f"aws ssm start-session --region {settings.region} {session}"


COMMANDS: Mapping[Through, Callable[[Settings, Client], str]] = {
    Through.CONNECT_ENDPOINT: _connect_endpoint,
    Through.JUMP_HOST: _jump_host,
}


def _found(ec2: Client, environment: str) -> tuple[str, str]:
    """The instance id of the environment's jump host, and the kind of session that leads through it."""
    with answering("where the jump host is"):
        hosts = [
            instance
            for page in ec2.get_paginator("describe_instances").paginate(Filters=_filters(environment))
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]
    if len(hosts) != 1:
        ids = ", ".join(host["InstanceId"] for host in hosts) or "none runs"
        raise InventoryError(f"{environment} has one jump host, and here {ids}; `aidc up {environment}` puts it right")
    return hosts[0]["InstanceId"], _tags(hosts[0])[DOCUMENT]


def _filters(environment: str) -> list[dict[str, Any]]:
    tags = {"managed-by": "ai-datacenter", "environment": environment, "role": JUMP_HOST}
    wanted = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    return [*wanted, {"Name": "instance-state-name", "Values": ["running"]}]


def _tags(instance: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
