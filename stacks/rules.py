"""What must hold between several settings. A rule is a row: what it refuses, what it reads, and a pure function."""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import NamedTuple

from components.address_plan import ZONES_AT_MOST, free_addresses, zone_subnets
from components.instance_types import instance_type
from stacks.mistakes import instead, shown
from stacks.settings import RESERVED, Isolation, Placement


class Refusal(NamedTuple):
    """What is wrong, and what to write instead."""

    problem: str
    remedy: str


class Rule(NamedTuple):
    """A rule between settings.

    Attributes:
        at: the path that is refused; `*` stands for every name or index there.
        reads: paths whose values the function is given, in this order; a `*` is the one of `at`, and a path that is
            `*` alone is the name itself; a `**` gives the values of every name there, by name. The rule is not asked
            where one of them is refused already. Of a group of names only the names are read, for what is behind
            them may be refused.
        judge: the refusal, None where all is well.
    """

    at: str
    reads: tuple[str, ...]
    judge: Callable[..., Refusal | None]


PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
LOOPBACK = IPv4Network("127.0.0.0/8")
TAKEN_LOOPBACK = IPv4Network("127.0.0.0/16")  # localhost, systemd-resolved's 127.0.0.53, Debian's 127.0.1.1
SUFFIX = 8  # Pulumi makes a name unique with a hyphen and 7 hexadecimal digits
LONGEST_BUCKET = 63  # S3 user guide, "General purpose bucket naming rules"
LONGEST_LAUNCH_TEMPLATE = 125  # terraform-provider-aws, ValidLaunchTemplateName; EC2 itself would take 128
LAUNCH_TEMPLATE = "-template"  # as components.fleet ends its name; security and placement groups may have 255
SANDBOX_KEY = ".sandbox/id_ed25519"


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


def zone_in_network(zone: str, zones: Sequence[str]) -> Refusal | None:
    """A fleet stands in a zone that the network spans."""
    if zone in zones:
        return None
    remedy = f"Write one of {', '.join(zones)}, or append {zone} to network.zones."
    return Refusal(f"the network has no zone {zone}", remedy)


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


def reservation_fits(reservation: str | None, purchase: str) -> Refusal | None:
    """A reservation exactly where the purchase is one."""
    if purchase in RESERVED and reservation is None:
        command = "describe-capacity-reservations"
        return Refusal(f"purchase {purchase} needs one", f"Add `reservation: cr-…`; `aws ec2 {command}` lists yours.")
    if purchase not in RESERVED and reservation is not None:
        remedy = f"Remove it, or write `purchase: {RESERVED[0]}` or `purchase: {RESERVED[1]}`."
        return Refusal(f"purchase {purchase} takes no reservation, and {reservation} is given", remedy)
    return None


def placement_suits_purchase(placement: str | None, purchase: str) -> Refusal | None:
    """Reserved capacity is placed already; a group of one's own split it: 11 of 16 nodes came (eksctl#7949)."""
    if placement != Placement.CLUSTER or purchase not in RESERVED:
        return None
    why = "AWS has placed that capacity already, and instances forced into another group don't all fit (eksctl#7949)"
    return Refusal(f"cluster can't be had with purchase {purchase}: {why}", "Remove it, or write `placement: none`.")


def placement_suits_type(placement: str | None, name: str) -> Refusal | None:
    """Not every instance type can stand in a cluster placement group."""
    if placement != Placement.CLUSTER or instance_type(name).cluster_placement:
        return None
    return Refusal(f"{name} can't stand in a cluster placement group", "Remove it, or write `placement: none`.")


def fleet_name_fits(environment: str, fleet: str) -> Refusal | None:
    """Of the names that are made of a fleet's, the launch template's has the tightest bound."""
    return _too_long(f"{environment}-{fleet}{LAUNCH_TEMPLATE}", LONGEST_LAUNCH_TEMPLATE, "a launch template")


def bucket_name_fits(environment: str, bucket: str) -> Refusal | None:
    """S3's bound, with the random suffix."""
    return _too_long(f"{environment}-{bucket}", LONGEST_BUCKET, "an S3 bucket")


def _too_long(name: str, longest: int, whose: str) -> Refusal | None:
    excess = len(name) + SUFFIX - longest
    if excess <= 0:
        return None
    made = f"{name} and the {SUFFIX} characters that Pulumi adds"
    count = f"{excess} character{'s'[: excess > 1]} too many"
    return Refusal(
        f"{count} for {whose}, whose name is {made} (at most {longest})", f"Shorten it by {excess}, or `name`."
    )


def fleet_name_is_free(fleet: str, fleets: Mapping[str, object]) -> Refusal | None:
    """Fleet `a-1` would have the name of node 1 of fleet `a`, now or when `a` grows."""
    stem, _, index = fleet.rpartition("-")
    if stem not in fleets or not index.isdecimal():
        return None
    return Refusal(f"node {index} of fleet {stem} is called {fleet} too", "Rename one of the two fleets.")


def bucket_is_declared(bucket: str | None, buckets: Mapping[str, object]) -> Refusal | None:
    """The smoke gate writes to a bucket of the environment."""
    if bucket is None or bucket in buckets:
        return None
    declare = f"Declare it under buckets: `{bucket}: {{}}`."
    return Refusal(f"no bucket {shown(bucket)}", instead(bucket, tuple(buckets)) if buckets else declare)


def one_way_in(jump: object, command: str | None) -> Refusal | None:
    """A connection goes through a jump host or a proxy command, not both."""
    if jump is None or command is None:
        return None
    return Refusal("a jump host and a proxy command are given", "Remove access.jump or access.proxyCommand.")


def sandbox_key(identity_file: str | None, sandbox: object) -> Refusal | None:
    """The sandbox's nodes let in one key, whose file must be named: `aidc up` makes it."""
    if sandbox is None or identity_file is not None:
        return None
    problem = "missing, and the nodes of a sandbox let in no other key than the one that `aidc up` makes there"
    return Refusal(problem, f"Add `identityFile: {SANDBOX_KEY}`.")


def some_key(identity_file: str | None, agent: bool, sandbox: object) -> Refusal | None:
    """Something must authenticate; in a sandbox `sandbox_key` asks for more."""
    if agent or identity_file is not None or sandbox is not None:
        return None
    remedy = "Add `identityFile: ~/.ssh/id_ed25519`, or remove `agent: false` (the default is true)."
    return Refusal("nothing to authenticate with: no SSH agent and no identityFile", remedy)


RULES = (
    Rule("network.cidr", ("network.cidr", "sandbox.isolation"), network_range),
    Rule("network.zones.*", ("network.zones.*", "aws:region"), zone_in_region),
    Rule("network.zones", ("network.zones",), zones_differ),
    Rule(
        "network.zones.*",
        ("network.zones.*", "network.zones", "network.cidr", "fleets.**.nodes", "fleets.**.zone"),
        fleets_fit_subnet,
    ),
    Rule("fleets.*", ("name", "*"), fleet_name_fits),
    Rule("fleets.*", ("*", "fleets"), fleet_name_is_free),
    Rule("fleets.*.zone", ("fleets.*.zone", "network.zones"), zone_in_network),
    Rule("fleets.*.reservation", ("fleets.*.reservation", "fleets.*.purchase"), reservation_fits),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.purchase"), placement_suits_purchase),
    Rule("fleets.*.placement", ("fleets.*.placement", "fleets.*.instanceType"), placement_suits_type),
    Rule("buckets.*", ("name", "*"), bucket_name_fits),
    Rule("smoke.storage.bucket", ("smoke.storage.bucket", "buckets"), bucket_is_declared),
    Rule("access.proxyCommand", ("access.jump", "access.proxyCommand"), one_way_in),
    Rule("access.identityFile", ("access.identityFile", "sandbox"), sandbox_key),
    Rule("access.agent", ("access.identityFile", "access.agent", "sandbox"), some_key),
)
