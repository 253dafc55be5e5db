from typing import Any

import pytest

from policies.network import (
    DEFAULT_SG_CLOSED,
    DEFAULT_SUBNET,
    FLOW_LOG,
    SG_DESCRIBED,
    SG_NO_MIXED_RULES,
    SG_NO_WORLD_INGRESS,
    SUBNET,
    SUBNET_NO_AUTO_PUBLIC_IP,
    VPC,
    VPC_FLOW_LOGS,
)
from policies.rule import example
from policies.security_rules import (
    DEFAULT_GROUP,
    EGRESS,
    GROUP,
    INGRESS,
    OLD_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
)
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import called, word

CIDR = "10.0.0.0/16"
NODES = example(GROUP, {"description": "nodes"})
NETWORK = example(VPC, {"cidrBlock": CIDR})
HTTPS = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
INSIDE = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [CIDR], "description": "HTTPS"}


def told(properties: dict[str, Any]) -> str | None:
    """What is said of an ingress rule."""
    return word(SG_NO_WORLD_INGRESS, example(INGRESS, properties, securityGroupId=NODES), NODES)


def test_the_world_may_not_get_in() -> None:
    """Neither by IPv4 nor by IPv6; what it would reach is told, SSH inside a range and all of it."""
    ports = {"ipProtocol": "tcp", "fromPort": 20, "toPort": 30}

    assert told({**ports, "cidrIpv4": "0.0.0.0/0"}) == "0.0.0.0/0 may reach tcp 20-30 (SSH among them)"
    assert told({**ports, "cidrIpv6": "::/0"}) == "::/0 may reach tcp 20-30 (SSH among them)"
    assert told({"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/1"}) == "0.0.0.0/1 may reach every port of every protocol"


def test_the_network_and_other_groups_may_get_in() -> None:
    """They are named."""
    assert told({**HTTPS, "cidrIpv4": CIDR}) is None
    assert told({"ipProtocol": "-1", "referencedSecurityGroupId": "sg-1"}) is None


def test_rules_of_the_older_kind_and_inside_a_group_are_judged_too() -> None:
    """One block among several is enough; what goes out is no matter."""
    world = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [CIDR, "0.0.0.0/0"]}
    older = example(OLD_RULE, {"type": "ingress", **world}, securityGroupId=NODES)
    out = example(OLD_RULE, {"type": "egress", **world}, securityGroupId=NODES)

    assert word(SG_NO_WORLD_INGRESS, older) == "0.0.0.0/0 may reach tcp 22 (SSH)"
    assert word(SG_NO_WORLD_INGRESS, example(GROUP, {"ingress": [world]})) == "0.0.0.0/0 may reach tcp 22 (SSH)"
    assert word(SG_NO_WORLD_INGRESS, out) is None
    assert word(SG_NO_WORLD_INGRESS, example(GROUP, {"egress": [world]})) is None


def test_a_prefix_list_hides_nothing() -> None:
    """Whether its blocks stand in it or beside it."""
    within = example(PREFIX_LIST, {"entries": [{"cidr": CIDR}, {"cidr": "0.0.0.0/0"}]})
    empty = example(PREFIX_LIST, {})
    entry = example(PREFIX_LIST_ENTRY, {"cidr": "::/0"}, prefixListId=empty)

    assert word(SG_NO_WORLD_INGRESS, example(INGRESS, {**HTTPS, "prefixListId": "pl-1"}, prefixListId=within), within)
    assert word(
        SG_NO_WORLD_INGRESS, example(INGRESS, {**HTTPS, "prefixListId": "pl-1"}, prefixListId=empty), empty, entry
    )
    assert not word(SG_NO_WORLD_INGRESS, example(INGRESS, {**HTTPS, "prefixListId": "pl-1"}, prefixListId=empty), empty)


def test_a_block_that_is_not_known_yet_is_not_judged() -> None:
    """It may be any."""
    with pytest.raises(NotEvaluatedError, match="cidrIpv4 is not known"):
        told({**HTTPS, "cidrIpv4": Unknown("cidrIpv4")})


def test_a_group_whose_id_is_not_known_yet_is_not_the_world() -> None:
    """In a preview no group has an id."""
    itself = {"ipProtocol": "-1", "referencedSecurityGroupId": Unknown("referencedSecurityGroupId")}
    rule = example(INGRESS, itself, securityGroupId=NODES, referencedSecurityGroupId=NODES)

    assert word(SG_NO_WORLD_INGRESS, rule, NODES) is None
    assert word(SG_NO_WORLD_INGRESS, NODES, rule) is None
    assert word(SG_NO_MIXED_RULES, NODES, rule) is None


def test_a_group_has_its_rules_in_one_place() -> None:
    """Inside, or beside it, by resources of one kind."""
    group = example(GROUP, {"ingress": [INSIDE]})
    newer = example(INGRESS, {**HTTPS, "cidrIpv4": "10.1.0.0/16"}, securityGroupId=group)
    older = example(OLD_RULE, {"type": "ingress", **INSIDE}, securityGroupId=NODES)
    out = example(EGRESS, {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, securityGroupId=NODES)

    assert word(SG_NO_MIXED_RULES, group) is None
    assert word(SG_NO_MIXED_RULES, NODES, out) is None
    assert "rules inside (ingress: tcp 443) and rule resources" in str(word(SG_NO_MIXED_RULES, group, newer))
    assert "of the older and of the newer kind" in str(word(SG_NO_MIXED_RULES, NODES, older, out))


def test_what_a_refresh_writes_into_a_group_is_no_mixture() -> None:
    """The provider reads all rules of a group, whoever made them."""
    group = example(GROUP, {"ingress": [INSIDE]})

    assert word(SG_NO_MIXED_RULES, group, example(INGRESS, {**HTTPS, "cidrIpv4": CIDR}, securityGroupId=group)) is None


@pytest.mark.parametrize("description", [None, "", "Managed by Pulumi"])
def test_a_group_and_a_rule_say_what_they_are_for(description: str | None) -> None:
    """What the provider writes where nobody did says nothing."""
    said = {"description": description}

    assert word(SG_DESCRIBED, example(GROUP, said)) == "it does not say what it is for"
    assert word(SG_DESCRIBED, example(INGRESS, said)) == "it does not say what it is for"
    assert word(SG_DESCRIBED, NODES) is None


def test_each_rule_inside_a_group_says_what_it_is_for() -> None:
    """How many don't is told; rules beside the group are judged on their own."""
    bare = {**INSIDE, "description": None}
    group = example(GROUP, {"description": "nodes", "ingress": [INSIDE, bare], "egress": [bare]})
    rule = example(INGRESS, HTTPS, securityGroupId=group)

    assert word(SG_DESCRIBED, group) == "2 of its 3 rules don't say what they are for"
    assert word(SG_DESCRIBED, group, rule) is None


def test_the_default_group_of_a_vpc_is_declared() -> None:
    """That of another VPC is no help."""
    group = example(DEFAULT_GROUP, {"ingress": [], "egress": []}, vpcId=NETWORK)

    assert word(DEFAULT_SG_CLOSED, NETWORK, group) is None
    assert word(DEFAULT_SG_CLOSED, called("other", NETWORK), NETWORK, group) is not None


def test_a_default_group_has_no_rules() -> None:
    """Neither inside nor beside it."""
    closed = example(DEFAULT_GROUP, {"ingress": [], "egress": []}, vpcId=NETWORK)
    itself = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}

    assert word(DEFAULT_SG_CLOSED, closed) is None
    assert "every port of every protocol" in str(
        word(DEFAULT_SG_CLOSED, example(DEFAULT_GROUP, {"ingress": [itself]}, vpcId=NETWORK))
    )
    assert (
        word(DEFAULT_SG_CLOSED, closed, example(INGRESS, {**HTTPS, "cidrIpv4": CIDR}, securityGroupId=closed))
        is not None
    )


def test_a_subnet_gives_no_public_address() -> None:
    """AWS's default subnets do, unless they are told not to."""
    assert word(SUBNET_NO_AUTO_PUBLIC_IP, example(SUBNET, {})) is None
    assert word(SUBNET_NO_AUTO_PUBLIC_IP, example(SUBNET, {"mapPublicIpOnLaunch": False})) is None
    assert word(SUBNET_NO_AUTO_PUBLIC_IP, example(DEFAULT_SUBNET, {})) is not None
    assert word(SUBNET_NO_AUTO_PUBLIC_IP, example(DEFAULT_SUBNET, {"mapPublicIpOnLaunch": False})) is None


def test_a_vpc_has_a_flow_log() -> None:
    """Of its own: that of a subnet tells a part."""
    assert word(VPC_FLOW_LOGS, NETWORK, example(FLOW_LOG, {"trafficType": "ALL"}, vpcId=NETWORK)) is None
    assert word(VPC_FLOW_LOGS, NETWORK, example(FLOW_LOG, {}, subnetId=NETWORK)) is not None
