import pytest

from playbooks import way_in
from playbooks.account import Clients
from playbooks.errors import AccountError, InventoryError
from playbooks.plan.evaluate import record
from sandbox.cloud import Cloud
from stacks.datacenter import declare
from stacks.settings import Settings
from tests.stacks.documents import changed, settings_of

JUMP_HOST = {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef0"}}


def settings(**access: object) -> Settings:
    """Settings that reach their nodes so."""
    return settings_of(changed(access=access))


def created(asked: Settings, client: Clients) -> None:
    """Create what they declare."""
    record(lambda: declare(asked), "dev", {"aws:region": "us-east-1"}, Cloud(client, {}).make)


def test_the_command_leads_through_the_jump_host_that_runs(client: Clients) -> None:
    """By its instance id and the kind of session that were declared with it."""
    asked = settings(**JUMP_HOST)
    created(asked, client)
    hosts = client("ec2").describe_instances(Filters=[{"Name": "tag:role", "Values": ["jump-host"]}])["Reservations"]
    (document,) = client("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]

    command = way_in.access(asked, client("ec2")).proxy_command

    assert command == (
        f"aws ssm start-session --region us-east-1 --target {hosts[0]['Instances'][0]['InstanceId']}"
        f" --document-name {document['Name']} --parameters host=%h"
    )


def test_a_jump_host_that_is_not_there_is_told_with_what_to_do(client: Clients) -> None:
    """Before any node is asked."""
    with pytest.raises(InventoryError, match="dev has one jump host, and here none runs; `aidc up dev` puts it right"):
        way_in.access(settings(**JUMP_HOST), client("ec2"))


def test_the_connect_endpoint_finds_its_nodes_by_id(client: Clients) -> None:
    """Nothing is looked up: the command finds the endpoint of the node's own VPC."""
    found = way_in.access(settings(through="connect-endpoint"), client("ec2"))

    assert found.proxy_command == (
        "aws ec2-instance-connect open-tunnel --region us-east-1 --instance-id %i --remote-port %p"
    )


@pytest.mark.parametrize("access", [{}, {**JUMP_HOST, "proxyCommand": "nc %h %p"}])
def test_what_the_settings_say_stands(access: dict[str, object], client: Clients) -> None:
    """A direct way needs no command, and one that is given is used as it is."""
    asked = settings(**access)

    assert way_in.access(asked, client("ec2")) == asked.access


def test_an_account_that_does_not_answer_is_told(client: Clients) -> None:
    """In the inventory's words."""
    ec2 = client("ec2")
    ec2.meta.events.register("before-parameter-build.ec2.DescribeInstances", _expire)

    with pytest.raises(AccountError, match="AWS does not say where the jump host is"):
        way_in.access(settings(**JUMP_HOST), ec2)


def _expire(**_: object) -> None:
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 - this test's own

    raise NoCredentialsError
