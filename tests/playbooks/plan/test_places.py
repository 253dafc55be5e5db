from collections.abc import Callable
from ipaddress import IPv4Network

import pulumi_aws as aws

from components.network.network import Network
from playbooks.plan.evaluate import record
from playbooks.plan.places import Places, Subnet


def standing(program: Callable[[], object], zone_of: dict[str, str] | None = None) -> tuple[Subnet, ...]:
    """Where a program's one instance stands."""
    graph = record(program, "test", {"aws:region": "us-east-1"})
    (instance,) = (each for each in graph if each.name == "node")
    return Places(graph, zone_of or {}).subnets(instance, "subnetId")


def test_a_subnet_is_found_by_what_is_depended_on() -> None:
    """Through the association that its id is read from; the routes beside it lead elsewhere."""

    def program() -> None:
        network = Network(
            "dev", {"cidr": "10.0.0.0/16", "zones": ["us-east-1a", "us-east-1b"], "region": "us-east-1", "tags": {}}
        )
        aws.ec2.Instance("node", subnet_id=network.private_subnet_ids["us-east-1b"])

    assert standing(program) == (Subnet("dev-private-us-east-1b", "us-east-1b", IPv4Network("10.0.32.0/19")),)


def test_a_subnet_of_somebody_else_is_known_by_its_id() -> None:
    """How large it is, nobody says here."""
    found = standing(lambda: aws.ec2.Instance("node", subnet_id="subnet-0abc"), {"subnet-0abc": "us-east-1a"})

    assert found == (Subnet("subnet-0abc", "us-east-1a", None),)
    assert found[0].title == "subnet-0abc (us-east-1a)"


def test_a_zone_may_be_told_by_its_id() -> None:
    """It is the same place in every account."""

    def program() -> None:
        subnet = aws.ec2.Subnet("s", vpc_id="vpc-1", cidr_block="10.0.0.0/24", availability_zone_id="use1-az4")
        aws.ec2.Instance("node", subnet_id=subnet.id)

    assert [each.zone for each in standing(program)] == ["use1-az4"]
