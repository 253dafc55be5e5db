"""The address space, its zones, and whether the fleets fit."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

from components.address_plan import ZONES_AT_MOST, free_addresses, zone_subnets
from stacks.rules.rule import Refusal, Rule
from stacks.settings import Isolation

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
LOOPBACK = IPv4Network("127.0.0.0/8")
TAKEN_LOOPBACK = IPv4Network("127.0.0.0/16")  # localhost, systemd-resolved's 127.0.0.53, Debian's 127.0.1.1


def network_range(cidr: str, isolation: str | None) -> Refusal | None:
    """A VPC has private addresses; nodes on loopback addresses have loopback ones."""
    network = IPv4Network(cidr)
    if isolation == Isolation.LOOPBACK:
        inside = network.subnet_of(LOOPBACK) and not network.overlaps(TAKEN_LOOPBACK)
        remedy = "Write a network inside 127.0.0.0/8 and outside 127.0.0.0/16, such as 127.42.0.0/16."
        return None if inside else Refusal(f"{cidr} can't hold a sandbox with isolation loopback", remedy)
    if any(network.subnet_of(block) for block in PRIVATE):
        return None
    return Refusal(f"{cidr} is not private", f"Write a network inside one of {', '.join(map(str, PRIVATE))}.")


def zone_in_region(zone: str, region: str) -> Refusal | None:
    """A network has zones of its own region only."""
    if re.fullmatch(rf"{re.escape(region)}(-[a-z]+-[0-9]+)?[a-z]", zone):
        return None
    return Refusal(f"{zone} is not a zone of {region}", f"Write one of its zones, such as {region}a.")


def zones_differ(zones: Sequence[str]) -> Refusal | None:
    """Each zone once, and not more than the network is cut for."""
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    if twice:
        return Refusal(f"{', '.join(twice)} stands there more than once", "Write each zone once.")
    if len(zones) > ZONES_AT_MOST:
        return Refusal(f"{len(zones)} zones", f"Write at most {ZONES_AT_MOST}: the network is cut for so many.")
    return None


def fleets_fit_subnet(
    zone: str, zones: Sequence[str], cidr: str, nodes_of: Mapping[str, int], zone_of: Mapping[str, str]
) -> Refusal | None:
    """Each node takes one address of its zone's private subnet; `efa-only` interfaces take none."""
    subnets = zone_subnets(IPv4Network(cidr), zones[:ZONES_AT_MOST])
    if zone not in subnets:
        return None  # one zone too many, which `zones_differ` tells
    subnet = subnets[zone].private
    asked = {fleet: nodes for fleet, nodes in nodes_of.items() if zone_of[fleet] == zone}
    free, total = free_addresses(subnet), sum(asked.values())
    if total <= free:
        return None
    fleets = ", ".join(f"{fleet} {nodes}" for fleet, nodes in asked.items())
    problem = f"the private subnet {subnet} of {zone} has {free} free addresses, and its fleets ask for {total}"
    remedy = "Write fewer nodes, another zone for a fleet, or a larger network.cidr (a /16 at most)."
    return Refusal(f"{problem} ({fleets})", remedy)


RULES = (
    Rule("network.cidr", ("network.cidr", "sandbox.isolation"), network_range),
    Rule("network.zones.*", ("network.zones.*", "aws:region"), zone_in_region),
    Rule("network.zones", ("network.zones",), zones_differ),
    Rule(
        "network.zones.*",
        ("network.zones.*", "network.zones", "network.cidr", "fleets.**.nodes", "fleets.**.zone"),
        fleets_fit_subnet,
    ),
)
