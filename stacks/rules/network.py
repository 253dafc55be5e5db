"""The address space, its zones, and whether the fleets fit."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, NamedTuple

from components.catalogue.instance_types import instance_type
from components.fabric.interface_layout import addresses
from components.network.address_plan import ZONES_AT_MOST, Claim, overlapping, shortage, zone_subnets
from components.network.zones import are_mixed, in_region, is_id, region_code
from stacks.rules.cluster import ClusterNodes
from stacks.rules.rule import Refusal, Rule, too_long
from stacks.settings import Isolation
from stacks.settings.access import Through
from stacks.settings.network import Nat

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
LOOPBACK = IPv4Network("127.0.0.0/8")
LONGEST_ROLE = 64  # IAM user guide, "IAM and AWS STS quotas"
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
    if in_region(zone, region):
        return None
    such = f"{region_code(region)}-az1" if is_id(zone) else f"{region}a"
    return Refusal(f"{zone} is not a zone of {region}", f"Write one of its zones, such as {such}.")


def zones_differ(zones: Sequence[str]) -> Refusal | None:
    """Each zone once, and not more than the network is cut for."""
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    if twice:
        return Refusal(f"{', '.join(twice)} stands there more than once", "Write each zone once.")
    if len(zones) > ZONES_AT_MOST:
        return Refusal(f"{len(zones)} zones", f"Write at most {ZONES_AT_MOST}: the network is cut for so many.")
    return None


def zones_alike(zones: Sequence[str]) -> Refusal | None:
    """Which name an id stands for differs from account to account, so that of both two may be one place."""
    if not are_mixed(zones):
        return None
    return Refusal("some zones are told by name and some by id", "Write all by name, or all by id (`use1-az4`).")


def network_avoids(cidr: str, avoid: Sequence[str]) -> Refusal | None:
    """Networks that are to be joined share no address."""
    other = overlapping(IPv4Network(cidr), map(IPv4Network, avoid))
    if other is None:
        return None
    return Refusal(f"{cidr} overlaps {other} of network.avoid", "Write a block that is clear of it.")


def endpoints_differ(endpoints: Sequence[str]) -> Refusal | None:
    """Two endpoints of a service would have one name."""
    twice = sorted({each for each in endpoints if endpoints.count(each) > 1})
    return Refusal(f"{', '.join(twice)} stands there more than once", "Write each service once.") if twice else None


def existing_subnets_match(subnets: Mapping[str, str] | None, zones: Sequence[str]) -> Refusal | None:
    """A network that is there has a subnet in each zone that it is said to have."""
    if subnets is None or set(subnets) == set(zones):
        return None
    problem = f"there are subnets for {', '.join(subnets)}, and network.zones has {', '.join(zones)}"
    return Refusal(problem, "Write a subnet for each zone of network.zones, and for no other.")


def existing_is_left_alone(existing: object, *declared: object) -> Refusal | None:
    """Nothing is declared in a network that somebody else declares."""
    asked = [f"network.{key}" for key, value in zip(DECLARED, declared, strict=True) if value not in UNASKED]
    if existing is None or not asked:
        return None
    names = ", ".join(asked)
    return Refusal(f"the network is there already, and {names} would change it", f"Remove {names}.")


class Addressed(NamedTuple):
    """What the addresses of a zone's private subnet depend on, as the settings say it."""

    zones: Sequence[str]
    cidr: str
    existing: object
    endpoints: Sequence[str]
    through: str
    nodes: Mapping[str, int]
    most: Mapping[str, int | None]
    zone_of: Mapping[str, str]
    type_of: Mapping[str, str]
    in_cluster: Mapping[str, bool]
    pods_per_node: int | None
    system_nodes: int | None

    def claims(self) -> list[Claim]:
        """What takes addresses of the private subnets; interfaces that are `efa-only` take none."""
        fleets = [
            Claim(f"fleets.{fleet}", zone, (self.most[fleet] or self.nodes[fleet]) * addresses_of(self.type_of[fleet]))
            for fleet, zone in self.zone_of.items()
        ]
        endpoints = [Claim("network.endpoints", zone, len(self.endpoints)) for zone in self.zones]
        way_in = Claim("access.through", self.zones[0], int(self.through != Through.DIRECT))
        return [*fleets, *endpoints, way_in, *self._cluster_claims()]

    def _cluster_claims(self) -> list[Claim]:
        """What a cluster takes beside the nodes of its fleets, where there is one."""
        if self.pods_per_node is None or self.system_nodes is None:
            return []
        zone_of = {fleet: zone for fleet, zone in self.zone_of.items() if self.in_cluster[fleet]}
        nodes = {fleet: self.most[fleet] or self.nodes[fleet] for fleet in zone_of}
        return ClusterNodes(nodes, zone_of, self.pods_per_node, self.system_nodes, self.zones).claims()


def addresses_of(type_name: str) -> int:
    """How many addresses a node of the type takes."""
    return addresses(instance_type(type_name).network_cards)


def subnet_is_large_enough(zone: str, *read: Any) -> Refusal | None:  # noqa: ANN401 - what the settings say
    """Everything that stands in a zone's private subnet finds an address there."""
    asked = Addressed(*read)
    subnets = zone_subnets(IPv4Network(asked.cidr), asked.zones[:ZONES_AT_MOST])
    if asked.existing is not None or zone not in subnets:
        return None  # how large another's subnets are is not said here; `zones_differ` tells of one zone too many
    problem = shortage(zone, subnets[zone].private, asked.claims())
    remedy = "Write fewer nodes, another zone for a fleet, or a larger network.cidr (a /16 at most)."
    fewer_pods = "" if asked.pods_per_node is None else " Fewer cluster.podsPerNode take fewer."
    return Refusal(problem, f"{remedy}{fewer_pods}") if problem else None


def role_names_fit(environment: str, flow_logs: object, through: str) -> Refusal | None:
    """IAM's bound on the names of roles, for the two that an environment has beside its fleets'."""
    roles = [("flow-logs-role", flow_logs is not None), ("jump-host-identity-role", through == Through.JUMP_HOST)]
    refusals = (too_long(f"{environment}-{role}", LONGEST_ROLE, "an IAM role") for role, there in roles if there)
    return next(filter(None, refusals), None)


DECLARED = ("nat", "endpoints", "flowLogs", "avoid")
UNASKED: tuple[object, ...] = (None, Nat.ONE, [], ())  # an empty `flowLogs` asks for some, with every default

RULES = (
    Rule("network.cidr", ("network.cidr", "sandbox.isolation"), network_range),
    Rule("network.cidr", ("network.cidr", "network.avoid"), network_avoids),
    Rule("network.zones.*", ("network.zones.*", "aws:region"), zone_in_region),
    Rule("network.zones", ("network.zones",), zones_differ),
    Rule("network.zones", ("network.zones",), zones_alike),
    Rule("network.endpoints", ("network.endpoints",), endpoints_differ),
    Rule(
        "network.existing.privateSubnets",
        ("network.existing.privateSubnets", "network.zones"),
        existing_subnets_match,
    ),
    Rule(
        "network.existing",
        ("network.existing", *(f"network.{key}" for key in DECLARED)),
        existing_is_left_alone,
    ),
    Rule("name", ("name", "network.flowLogs", "access.through"), role_names_fit),
    Rule(
        "network.zones.*",
        (
            "network.zones.*",
            "network.zones",
            "network.cidr",
            "network.existing",
            "network.endpoints",
            "access.through",
            "fleets.**.nodes",
            "fleets.**.scaling.maximum",
            "fleets.**.zone",
            "fleets.**.instanceType",
            "fleets.**.cluster",
            "cluster.podsPerNode",
            "cluster.systemNodes.nodes",
        ),
        subnet_is_large_enough,
    ),
)
