"""What security groups let through, read alike from rules of their own resources and from rules inside a group."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

from policies.stack import Resource, Stack
from policies.unknown import Unknown

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
RULES = (INGRESS, EGRESS, OLD_RULE)
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"

ITSELF = "the group itself"
NOT_KNOWN = "a security group that is made with it"
ALL_PROTOCOLS = "-1"
PROTOCOLS = {"all": ALL_PROTOCOLS, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}  # IANA's numbers
WITH_PORTS = ("tcp", "udp")
WELL_KNOWN = {22: "SSH", 80: "HTTP", 3389: "RDP"}
# Blocks larger than these are the internet, whole or in halves: 0.0.0.0/0, or 0.0.0.0/1 with 128.0.0.0/1.
SMALLEST_PREFIX = {4: 8, 6: 16}


class Permission(NamedTuple):
    """One thing that a security group lets through.

    Attributes:
        way: `ingress` or `egress`.
        protocol: `tcp`, or `-1` for all.
        ports: the first and the last; None for all.
        peer: a CIDR block, the id of a prefix list or of a group, or `ITSELF`.
    """

    way: str
    protocol: str
    ports: tuple[int, int] | None
    peer: str

    def __str__(self) -> str:
        """Which ports of which protocol, and the well-known ones among them."""
        if self.protocol == ALL_PROTOCOLS:
            return "every port of every protocol"
        if self.ports is None:
            return f"all {self.protocol}"
        first, last = self.ports
        known = [name for port, name in WELL_KNOWN.items() if first <= port <= last]
        among = f" ({', '.join(known)} among them)" if known and first < last else f" ({known[0]})" if known else ""
        return f"{self.protocol} {first if first == last else f'{first}-{last}'}{among}"


def permissions(resource: Resource) -> Iterator[Permission]:
    """What a group's own rules, or a rule that is a resource, let through."""
    return READERS[resource.type](resource)


def undeclared(stack: Stack, group: Resource) -> list[Permission]:
    """What rules inside a group let through and no rule resource does.

    A refresh writes the rule resources of a group into its own `ingress` and `egress` as well.
    """
    inside = list(permissions(group))
    beside = stack.users(group, *RULES, key="securityGroupId") if inside else ()
    declared = {each for rule in beside for each in permissions(rule)}
    return [each for each in inside if each not in declared]


def is_world(block: str) -> bool:
    """Whether a CIDR block is the internet."""
    network = ip_network(str(block), strict=False)
    return network.prefixlen < SMALLEST_PREFIX[network.version]


def _rule(way: str) -> Callable[[Resource], Iterator[Permission]]:
    """How the newer rules, with one peer each, are read."""

    def read(rule: Resource) -> Iterator[Permission]:
        peers = [rule.get("cidrIpv4"), rule.get("cidrIpv6"), rule.get("prefixListId"), _referenced(rule)]
        return _permissions(way, rule.get("ipProtocol"), rule.properties, peers)

    return read


def _referenced(rule: Resource) -> str | None:
    """The group that a rule names; one whose id is not known yet is a group all the same."""
    group, own = rule.get("referencedSecurityGroupId"), rule.get("securityGroupId")
    if isinstance(group, Unknown) or isinstance(own, Unknown):
        return NOT_KNOWN
    return ITSELF if group and group == own else group


def _old_rule(rule: Resource) -> Iterator[Permission]:
    peers = _peers(rule.properties, [rule.get("sourceSecurityGroupId")])
    return _permissions(str(rule.get("type")), rule.get("protocol"), rule.properties, peers)


def _group(group: Resource) -> Iterator[Permission]:
    for way in ("ingress", "egress"):
        for entry in group.get(way, ()):
            peers = _peers(entry, entry.get("securityGroups") or ())
            yield from _permissions(way, entry.get("protocol"), entry, peers)


def _peers(rule: Mapping[str, Any], groups: Any) -> list[Any]:  # noqa: ANN401 - a list, or not known
    lists = [each for key in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds") for each in rule.get(key) or ()]
    return [*lists, *groups, ITSELF if rule.get("self") else None]


def _permissions(way: str, protocol: object, rule: Mapping[str, Any], peers: list[Any]) -> Iterator[Permission]:
    named = str(protocol).lower()
    named = PROTOCOLS.get(named, named)
    first, last = rule.get("fromPort"), rule.get("toPort")
    bounded = named in WITH_PORTS and first is not None and last is not None
    ports = (int(first), int(last)) if bounded else None  # type: ignore[arg-type]  # both are given where bounded
    return (Permission(way, named, ports, str(peer)) for peer in peers if peer)


READERS: Mapping[str, Callable[[Resource], Iterator[Permission]]] = {
    INGRESS: _rule("ingress"),
    EGRESS: _rule("egress"),
    OLD_RULE: _old_rule,
    GROUP: _group,
    DEFAULT_GROUP: _group,
}
