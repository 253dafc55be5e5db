from ipaddress import IPv4Network

import pytest

from components.network.address_plan import Claim, free_addresses, overlapping, shortage, zone_subnets

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"]


def test_private_subnets_are_eighths_and_public_ones_slices_of_the_last() -> None:
    """A /16 gives each zone a /19 for nodes and a /22 for what faces the internet."""
    plan = zone_subnets(IPv4Network("10.20.0.0/16"), ZONES[:2])

    assert [str(each.private) for each in plan.values()] == ["10.20.0.0/19", "10.20.32.0/19"]
    assert [str(each.public) for each in plan.values()] == ["10.20.224.0/22", "10.20.228.0/22"]


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.0.0/22", "100.64.0.0/20"])
def test_no_two_subnets_overlap_and_all_lie_inside(cidr: str) -> None:
    """However large the network, with as many zones as there can be."""
    subnets = [subnet for each in zone_subnets(IPv4Network(cidr), ZONES).values() for subnet in each]

    assert len(subnets) == 12
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)


def test_appending_a_zone_moves_no_other() -> None:
    """A subnet that moved would be replaced, and everything in it."""
    before = zone_subnets(IPv4Network("10.0.0.0/16"), ZONES[:3])
    after = zone_subnets(IPv4Network("10.0.0.0/16"), ZONES[:4])

    assert before == {zone: after[zone] for zone in before}


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/23"])
def test_a_network_of_the_wrong_size_is_refused(cidr: str) -> None:
    """AWS has no VPC larger than /16 and no subnet smaller than /28."""
    with pytest.raises(ValueError, match="from /16 to /22"):
        zone_subnets(IPv4Network(cidr), ZONES[:1])


def test_more_zones_than_blocks_are_refused() -> None:
    """The message counts both."""
    with pytest.raises(ValueError, match="7 zones; a network has room for 6"):
        zone_subnets(IPv4Network("10.0.0.0/16"), [*ZONES, "us-east-1g"])


def test_aws_keeps_five_addresses_of_a_subnet() -> None:
    """A /24 has 251 to give."""
    assert free_addresses(IPv4Network("10.0.0.0/24")) == 251


def test_a_subnet_that_is_too_small_is_told_with_all_that_is_asked_of_it() -> None:
    """Each by the setting that asks; what is asked of other zones does not count."""
    subnet = IPv4Network("10.0.0.0/25")
    claims = [Claim("fleets.a", "a", 100), Claim("network.endpoints", "a", 24), Claim("fleets.b", "b", 999)]

    assert shortage("a", subnet, claims) == (
        "the private subnet 10.0.0.0/25 of a has 123 free addresses, and 124 are asked for"
        " (fleets.a 100, network.endpoints 24)"
    )
    assert shortage("a", subnet, claims[1:]) is None
    assert shortage("a", subnet, [Claim("fleets.a", "a", 123)]) is None


def test_networks_overlap_if_they_share_one_address() -> None:
    """Whichever is the larger; neighbours don't."""
    network, inside, around, beside = map(IPv4Network, ("10.1.0.0/16", "10.1.255.255/32", "10.0.0.0/8", "10.2.0.0/16"))

    assert overlapping(network, [beside, inside]) == inside
    assert overlapping(network, [around]) == around
    assert overlapping(network, [beside]) is None
