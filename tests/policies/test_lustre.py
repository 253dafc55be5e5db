from typing import Any

import pytest

from policies.compute import INSTANCE, TEMPLATE
from policies.data_stores import LUSTRE
from policies.lustre import FSX_SAME_ZONE, FSX_SG_PORTS
from policies.network import DEFAULT_SUBNET, SUBNET
from policies.rule import example
from policies.security_rules import EGRESS, GROUP, INGRESS, OLD_RULE
from policies.stack import Resource
from policies.unknown import NotEvaluatedError
from tests.policies.documents import called, settings, word
from tests.policies.fleets import STARTS, scaled, template

NEAR = example(SUBNET, {"availabilityZone": "us-east-1a", "cidrBlock": "10.1.0.0/24"})
FAR = example(DEFAULT_SUBNET, {"availabilityZone": "us-east-1b", "cidrBlock": "10.1.1.0/24"})
OWN, NODES = example(GROUP, {}), called("nodes", example(GROUP, {}))
GIVEN = {"securityGroupIds": ["sg-1"]}
STORE = example(LUSTRE, GIVEN, subnetIds=NEAR, securityGroupIds=OWN)
CLIENT = example(TEMPLATE, {"instanceType": "p5.48xlarge"}, networkInterfaces=NODES, userData=STORE)
LNET = ((988, 988), (1018, 1023))


def both_ways(group: Resource, peer: Resource, **properties: Any) -> list[Resource]:  # noqa: ANN401 - a rule's
    """Rules of one group for another, in and out: for Lustre's ports if nothing else is said."""
    each = [properties] if properties else [{"ipProtocol": "tcp", "fromPort": a, "toPort": b} for a, b in LNET]
    return [
        called(f"{kind}-{group.name}-{peer.name}-{index}", example(kind, one, **{"securityGroupId": group, key: peer}))
        for index, one in enumerate(each)
        for kind, key in ((INGRESS, "referencedSecurityGroupId"), (EGRESS, "referencedSecurityGroupId"))
    ]


ALL = (*both_ways(OWN, OWN), *both_ways(OWN, NODES), *both_ways(NODES, OWN))


def test_what_lustre_needs_passes() -> None:
    """Among the servers, and both ways between them and the clients."""
    assert word(FSX_SG_PORTS, STORE, OWN, NODES, CLIENT, *ALL) is None
    assert word(FSX_SG_PORTS, STORE, OWN, NODES, *both_ways(OWN, OWN)) is None


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (
            both_ways(OWN, OWN),
            "tcp 988 from itself, tcp 1018-1023 from itself, tcp 988 to itself, tcp 1018-1023 to itself",
        ),
        (
            both_ways(NODES, OWN)[:1],
            "tcp 988 to launchtemplate",
        ),
        (both_ways(NODES, OWN)[3:], "tcp 1018-1023 from launchtemplate"),
        (both_ways(OWN, NODES)[:1], "tcp 988 from launchtemplate"),
    ],
)
def test_each_rule_is_needed(left_out: list[Resource], expected: str) -> None:
    """A mount hangs without a word where one is missing, on either side."""
    given = [each for each in ALL if each not in left_out]

    assert word(FSX_SG_PORTS, STORE, OWN, NODES, CLIENT, *given) == f"no rules on both sides let through {expected}"


def test_blocks_and_wider_rules_let_it_through_as_well() -> None:
    """All protocols, or the network's block, as people write them too."""
    everything = {"ipProtocol": "-1", "cidrIpv4": "10.1.0.0/16"}
    open_to_all = [
        called(f"{kind}-{group.name}", example(kind, everything, securityGroupId=group))
        for group in (OWN, NODES)
        for kind in (INGRESS, EGRESS)
    ]
    narrow = [called(each.name, example(each.type, {**everything, "cidrIpv4": "10.9.0.0/16"})) for each in open_to_all]

    assert word(FSX_SG_PORTS, STORE, OWN, NODES, NEAR, CLIENT, *open_to_all) is None
    assert word(FSX_SG_PORTS, STORE, OWN, NODES, NEAR, CLIENT, *narrow) is not None


def test_older_rules_and_rules_inside_a_group_count() -> None:
    """Each way of writing them lets the same through."""
    entries = [{"protocol": "tcp", "fromPort": a, "toPort": b, "self": True} for a, b in LNET]
    inside = example(GROUP, {"ingress": entries, "egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]})
    older = [
        called(f"{way}-{a}", example(OLD_RULE, rule, securityGroupId=OWN, sourceSecurityGroupId=OWN))
        for way in ("ingress", "egress")
        for a, b in LNET
        for rule in [{"type": way, "protocol": "tcp", "fromPort": a, "toPort": b}]
    ]

    assert word(FSX_SG_PORTS, STORE, inside) is None
    assert word(FSX_SG_PORTS, STORE, OWN, *older) is None
    assert word(FSX_SG_PORTS, STORE, OWN, *older[1:]) is not None


def test_efa_needs_everything_from_group_to_group() -> None:
    """Neither ports nor blocks will do."""
    fast = example(LUSTRE, {**GIVEN, "efaEnabled": True}, securityGroupIds=OWN)
    world = example(EGRESS, {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, securityGroupId=OWN)

    assert word(FSX_SG_PORTS, fast, OWN, *both_ways(OWN, OWN, ipProtocol="-1")) is None
    for given in (both_ways(OWN, OWN), [both_ways(OWN, OWN, ipProtocol="-1")[0], world]):
        said = word(FSX_SG_PORTS, fast, OWN, *given)
        assert said == "no rules on both sides let through EFA from itself, EFA to itself"


def test_groups_that_are_not_declared_can_not_be_told() -> None:
    """A file system's that names some, or a client's; one that names none has the VPC's default one."""
    with pytest.raises(NotEvaluatedError, match="the security groups of lustrefilesystem are not declared here"):
        word(FSX_SG_PORTS, example(LUSTRE, GIVEN))
    mounting = example(INSTANCE, {}, userData=STORE)
    with pytest.raises(NotEvaluatedError, match="the security groups of instance are not declared here"):
        word(FSX_SG_PORTS, STORE, OWN, mounting, *both_ways(OWN, OWN))
    assert "default one" in (word(FSX_SG_PORTS, example(LUSTRE, {})) or "")


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("place", [NEAR, FAR])
def test_clients_stand_in_the_zone_of_the_file_system(start: Any, place: Resource) -> None:  # noqa: ANN401
    """Whatever starts them."""
    key = {"instances": "subnetId", "scaled": "vpcZoneIdentifiers", "of_cluster": "subnetIds"}[start.__name__]
    said = word(FSX_SAME_ZONE, STORE, NEAR, FAR, OWN, NODES, CLIENT, *start(CLIENT, 1, **{key: place}))

    where = "it and the machines of launchtemplate stand in us-east-1a and us-east-1b"
    assert said == (None if place is NEAR else f"{where}: each read takes longer and is paid for")


def test_clients_are_also_those_that_its_group_lets_in() -> None:
    """Pods mount it through the CSI driver, and no user data tells of it."""
    each = template(networkInterfaces=NODES)
    group = scaled(each, vpcZoneIdentifiers=FAR)

    assert word(FSX_SAME_ZONE, STORE, NEAR, FAR, OWN, NODES, each, *group) is None
    assert "us-east-1b" in (word(FSX_SAME_ZONE, STORE, NEAR, FAR, OWN, NODES, each, *group, *ALL) or "")


def test_the_settings_tell_the_zones_of_subnets_that_are_there() -> None:
    """The file system in one, the machines in the other."""
    subnets = {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"}
    existing = settings(network__existing={"vpc": "vpc-0123456789abcdef0", "privateSubnets": subnets})
    store = example(LUSTRE, {"subnetIds": subnets["us-east-1a"]})

    def client(zone: str) -> Resource:
        return example(TEMPLATE, {"networkInterfaces": [{"subnetId": subnets[zone]}]}, userData=store)

    assert word(FSX_SAME_ZONE, store, client("us-east-1a"), of=existing) is None
    assert word(FSX_SAME_ZONE, store, client("us-east-1b"), of=existing) is not None
    with pytest.raises(NotEvaluatedError, match="is not said here"):
        word(FSX_SAME_ZONE, store, client("us-east-1b"))
