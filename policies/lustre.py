"""Lustre file systems: near their clients, and open to them, or mounts are slow and others hang without a word."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, NamedTuple

from policies.compute import INSTANCE, TEMPLATE
from policies.data_stores import LUSTRE
from policies.machines import fleet_of
from policies.network import DEFAULT_SUBNET, SUBNET
from policies.rule import Level, Rule, Severity, Subject, example
from policies.security_rules import ALL_PROTOCOLS, EGRESS, GROUP, INGRESS, OLD_RULE, PROTOCOLS
from policies.stack import Resource, Stack
from policies.subnets import subnets, zones
from policies.unknown import NotEvaluatedError

USER_DATA = ("userData", "userDataBase64")
GROUP_KEYS = {  # which properties name the security groups that something has
    LUSTRE: ("securityGroupIds",),
    TEMPLATE: ("networkInterfaces", "vpcSecurityGroupIds"),
    INSTANCE: ("vpcSecurityGroupIds", "securityGroups"),
}
WAYS = {INGRESS: "ingress", EGRESS: "egress"}


class Ports(NamedTuple):
    """Ports of a protocol."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        """As a person writes it."""
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return "EFA" if self.protocol == ALL_PROTOCOLS else f"{self.protocol} {ports}"


# FSx for Lustre user guide, "File system access control with Amazon VPC": LNet's port, and those that servers call
# clients from. EFA is no TCP, and passes by rules for all protocols that name a group.
LNET = (Ports("tcp", 988, 988), Ports("tcp", 1018, 1023))
EFA = (Ports(ALL_PROTOCOLS, 0, 65535),)


class Opening(NamedTuple):
    """What one rule lets through: which ports, and to or from which blocks and groups (their URNs)."""

    way: str
    ports: Ports
    blocks: tuple[str, ...]
    groups: frozenset[str]

    def covers(self, ports: Ports) -> bool:
        """Whether it lets these ports through."""
        mine = self.ports
        return mine.protocol == ALL_PROTOCOLS or (
            mine.protocol == ports.protocol and mine.first <= ports.first and ports.last <= mine.last
        )

    def reaches(self, groups: Iterable[Resource], networks: Iterable[IPv4Network], ports: Ports) -> bool:
        """Whether it is for one of these groups, or for the networks that they are in; EFA needs the first."""
        if any(group.urn in self.groups for group in groups):
            return True
        blocks = [IPv4Network(block) for block in self.blocks if ports.protocol != ALL_PROTOCOLS]
        return any(all(each.subnet_of(block) for each in networks) for block in blocks)


def fsx_same_zone(subject: Subject) -> str | None:
    """Judge a file system: the machines that mount it, or that it lets in, stand in its zone."""
    for client in clients(subject.stack, subject.resource):
        found = zones(subject, subject.resource, *_machines(subject.stack, client))
        if len(found) > 1:
            where = " and ".join(sorted(found))
            return f"it and the machines of {client.name} stand in {where}: each read takes longer and is paid for"
    return None


def fsx_sg_ports(subject: Subject) -> str | None:
    """Judge a file system: what Lustre needs passes among its servers, and both ways between them and its clients.

    Raises:
        NotEvaluatedError: its security groups, or a client's, are not declared here.
    """
    file_system, stack = subject.resource, subject.stack
    if not file_system.get("securityGroupIds"):
        return "it names no security group, and so stands in the VPC's default one"
    needed = EFA if file_system.get("efaEnabled") else LNET
    own, wrong = _groups(stack, file_system), []
    for client in [file_system, *clients(stack, file_system)]:
        theirs, networks = _groups(stack, client), _networks(subject, client)
        name = "itself" if client is file_system else client.name
        for way, source, target in (("from", theirs, own), ("to", own, theirs)):
            wrong += [f"{each} {way} {name}" for each in needed if not _passes(stack, source, target, each, networks)]
    return f"no rules on both sides let through {', '.join(dict.fromkeys(wrong))}" if wrong else None


def clients(stack: Stack, file_system: Resource) -> list[Resource]:
    """Templates and instances of machines that mount a file system at boot, or that its security groups let in."""
    mounting = [each for key in USER_DATA for each in stack.users(file_system, TEMPLATE, INSTANCE, key=key)]
    own = stack.behind(file_system, "securityGroupIds", GROUP)
    let_in = {urn for group in own for each in openings(stack, group) if each.way == "ingress" for urn in each.groups}
    let_in -= {group.urn for group in own}
    inside = [
        each for each in stack.of(TEMPLATE, INSTANCE) if any(group.urn in let_in for group in _declared(stack, each))
    ]
    return list({each.urn: each for each in [*mounting, *inside]}.values())


def openings(stack: Stack, group: Resource) -> Iterator[Opening]:
    """What the rules of a security group let through, those inside it and those beside it."""
    for rule in stack.users(group, *WAYS, key="securityGroupId"):
        peers = stack.behind(rule, "referencedSecurityGroupId", GROUP)
        yield _opening(WAYS[rule.type], rule.properties, [rule.get("cidrIpv4")], peers)
    for rule in stack.users(group, OLD_RULE, key="securityGroupId"):
        peers = [*stack.behind(rule, "sourceSecurityGroupId", GROUP), *([group] if rule.get("self") else [])]
        yield _opening(str(rule.get("type")), rule.properties, rule.get("cidrBlocks", ()), peers)
    for way in WAYS.values():
        for entry in group.get(way, ()):
            named = stack.behind(group, way, GROUP) if entry.get("securityGroups") else []
            peers = [*named, *([group] if entry.get("self") else [])]
            yield _opening(way, entry, entry.get("cidrBlocks") or (), peers)


def _opening(way: str, rule: Mapping[str, Any], blocks: Iterable[Any], groups: Iterable[Resource]) -> Opening:
    protocol = str(rule.get("ipProtocol") or rule.get("protocol")).lower()
    ports = Ports(PROTOCOLS.get(protocol, protocol), int(rule.get("fromPort") or 0), int(rule.get("toPort") or 0))
    return Opening(way, ports, tuple(filter(None, blocks)), frozenset(group.urn for group in groups))


def _passes(
    stack: Stack, source: list[Resource], target: list[Resource], ports: Ports, networks: list[IPv4Network]
) -> bool:
    """Whether rules let ports out of one side, and into the other."""
    sides = (("egress", source, target), ("ingress", target, source))
    return all(
        any(
            each.way == way and each.covers(ports) and each.reaches(peers, networks, ports)
            for group in groups
            for each in openings(stack, group)
        )
        for way, groups, peers in sides
    )


def _machines(stack: Stack, client: Resource) -> tuple[Resource, ...]:
    return fleet_of(stack, client).declared if client.type == TEMPLATE else (client,)


def _declared(stack: Stack, owner: Resource) -> list[Resource]:
    return [group for key in GROUP_KEYS[owner.type] for group in stack.behind(owner, key, GROUP)]


def _groups(stack: Stack, owner: Resource) -> list[Resource]:
    found = _declared(stack, owner)
    if not found:
        raise NotEvaluatedError(f"the security groups of {owner.name} are not declared here")
    return found


def _networks(subject: Subject, client: Resource) -> list[IPv4Network]:
    """The blocks that a file system and a client are in; those of the settings where their subnets are not declared."""
    standing = [subject.resource, *(_machines(subject.stack, client) if client.type != LUSTRE else ())]
    blocks = [each.get("cidrBlock") for each in subnets(subject.stack, *standing)]
    return [IPv4Network(block) for block in blocks if block is not None] or [subject.settings.network.cidr]


_NEAR = example(SUBNET, {"availabilityZone": "us-east-1a"})
_FAR = example(DEFAULT_SUBNET, {"availabilityZone": "us-east-1b"})
_GROUP = example(GROUP, {"description": "a file system"})
_BESIDE = example(LUSTRE, {"deploymentType": "PERSISTENT_2"}, subnetIds=_NEAR)
_OPEN = example(LUSTRE, {"securityGroupIds": ["sg-0123456789abcdef0"]}, securityGroupIds=_GROUP)
_TO_ITSELF = {"securityGroupId": _GROUP, "referencedSecurityGroupId": _GROUP}

FSX_SAME_ZONE = Rule(
    name="fsx-same-zone",
    description="A Lustre file system stands in the zone of the machines that mount it.",
    types=(LUSTRE,),
    judge=fsx_same_zone,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Give it the subnet of its clients' zone; a file system can't be moved, so make it there before use.",
    reference="https://docs.aws.amazon.com/fsx/latest/LustreGuide/performance.html",
    example=(_BESIDE, _NEAR, _FAR, example(TEMPLATE, {"userData": "…"}, userData=_BESIDE, networkInterfaces=_FAR)),
)

FSX_SG_PORTS = Rule(
    name="fsx-sg-ports",
    description="TCP 988 and 1018-1023 pass between a Lustre file system, itself and its clients; with EFA everything.",
    types=(LUSTRE,),
    judge=fsx_sg_ports,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Add rules for these ports to both security groups, in both directions; with EFA for protocol -1, each"
    " naming the other group.",
    reference="https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html",
    example=(
        _OPEN,
        _GROUP,
        example(INGRESS, {"ipProtocol": "tcp", "fromPort": 988, "toPort": 988}, **_TO_ITSELF),
        example(EGRESS, {"ipProtocol": "-1"}, **_TO_ITSELF),
    ),
)

RULES = (FSX_SAME_ZONE, FSX_SG_PORTS)
