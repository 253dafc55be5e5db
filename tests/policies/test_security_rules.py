import pytest

from policies.rule import example
from policies.security_rules import (
    EGRESS,
    GROUP,
    INGRESS,
    ITSELF,
    OLD_RULE,
    Permission,
    is_world,
    permissions,
    undeclared,
)
from policies.stack import Stack

CIDR = "10.0.0.0/16"
TCP = {"fromPort": 443, "toPort": 443}
HTTPS = Permission("ingress", "tcp", (443, 443), CIDR)


def test_one_rule_reads_alike_in_its_three_forms() -> None:
    """A rule of the newer kind, one of the older, and one inside the group."""
    newer = example(INGRESS, {"ipProtocol": "tcp", **TCP, "cidrIpv4": CIDR})
    older = example(OLD_RULE, {"type": "ingress", "protocol": "6", **TCP, "cidrBlocks": [CIDR]})
    inside = example(GROUP, {"ingress": [{"protocol": "TCP", **TCP, "cidrBlocks": [CIDR], "self": False}]})

    assert [list(permissions(each)) for each in (newer, older, inside)] == [[HTTPS]] * 3


def test_all_protocols_to_itself_read_alike() -> None:
    """The ports are written as 0, as -1 or not at all, the protocol as -1 or all, the group by its id or as itself."""
    newer = example(EGRESS, {"ipProtocol": "-1", "securityGroupId": "sg-1", "referencedSecurityGroupId": "sg-1"})
    older = example(OLD_RULE, {"type": "egress", "protocol": "all", "fromPort": -1, "toPort": -1, "self": True})
    inside = example(GROUP, {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]})
    everything = Permission("egress", "-1", None, ITSELF)

    assert [list(permissions(each)) for each in (newer, older, inside)] == [[everything]] * 3


def test_what_a_refresh_writes_into_a_group_is_not_its_own() -> None:
    """Of the two rules in it, one is a resource."""
    entries = [{"protocol": "tcp", **TCP, "cidrBlocks": [CIDR, "10.1.0.0/16"]}]
    group = example(GROUP, {"ingress": entries})
    rule = example(INGRESS, {"ipProtocol": "tcp", **TCP, "cidrIpv4": CIDR}, securityGroupId=group)

    assert undeclared(Stack([group, rule]), group) == [HTTPS._replace(peer="10.1.0.0/16")]


@pytest.mark.parametrize("block", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"])
def test_the_world_and_its_halves_are_the_world(block: str) -> None:
    """Two halves let in as many as one whole."""
    assert is_world(block)


@pytest.mark.parametrize("block", ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/32", "fd00::/16"])
def test_a_block_that_somebody_has_is_not_the_world(block: str) -> None:
    """Private ones, and those of an office."""
    assert not is_world(block)


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ((22, 22), "tcp 22 (SSH)"),
        ((20, 80), "tcp 20-80 (SSH, HTTP among them)"),
        ((443, 443), "tcp 443"),
        (None, "all tcp"),
    ],
)
def test_a_permission_names_the_ports_that_everyone_knows(ports: tuple[int, int] | None, told: str) -> None:
    """A range hides them."""
    assert str(HTTPS._replace(ports=ports)) == told
