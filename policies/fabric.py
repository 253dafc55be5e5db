"""The fabric between the nodes: EFA drops or slows down in silence where one of these is not true."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.catalogue.instance_types import InstanceType
from policies.compute import TEMPLATE, is_true
from policies.machines import EFA, FLEETS, Fleet, fleet, has_efa
from policies.rule import Level, Rule, Severity, Subject, example
from policies.security_rules import ALL_PROTOCOLS, EGRESS, GROUP, INGRESS
from policies.subnets import is_public, subnets
from policies.unknown import NotEvaluatedError

INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
OWN_INTERFACES = ("networkInterfaces", "primaryNetworkInterface")  # of an instance; the provider fills both in later
PRIMARY = (0, 0)  # network card 0, device 0: where an instance has the interface that it is reached by
CARDS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html"


def efa_sg_self(subject: Subject) -> str | None:
    """Judge a security group: one that stands on EFA interfaces lets all protocols through to and from itself."""
    group, stack = subject.resource, subject.stack
    if not any(map(has_efa, stack.users(group, TEMPLATE, key="networkInterfaces"))):
        return None
    for way, kind in (("from", INGRESS), ("to", EGRESS)):
        rules = stack.users(group, kind, key="securityGroupId")
        itself = [rule for rule in rules if group in stack.behind(rule, "referencedSecurityGroupId")]
        if not any(rule.get("ipProtocol") == ALL_PROTOCOLS for rule in itself):
            return f"no rule lets all protocols through {way} the group itself, so EFA traffic is dropped"
    return None


def efa_nic_layout(subject: Subject) -> str | None:
    """Judge machines with EFA, and those that have no EFA though they are made for it.

    Raises:
        NotEvaluatedError: their interfaces are resources of their own, or the catalogue has no such type.
    """
    machines = fleet(subject)
    if machines is None:
        return None
    if any(subject.stack.behind(each, key, INTERFACE) for each in machines.starters for key in OWN_INTERFACES):
        raise NotEvaluatedError("its network interfaces are resources of their own")
    wrong = list(_misplaced(machines.interfaces)) if machines.has_efa else []
    if not wrong:
        made_for_it = [kind for kind in machines.types if machines.has_efa or is_made_for_fabric(kind)]
        wrong = [problem for kind in made_for_it for problem in _unlike(kind, machines.interfaces)]
    return "; ".join(wrong) or None


def is_made_for_fabric(kind: InstanceType) -> bool:
    """Whether a type's accelerators are fed by several network cards with EFA; with one, most work alone."""
    return bool(kind.accelerators) and kind.efa_interfaces > 1


def _misplaced(interfaces: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with a layout, whatever the type."""
    slots = [(_card(each), int(each.get("deviceIndex") or 0)) for each in interfaces]
    for (card, device), count in Counter(slots).items():
        if count > 1:
            yield f"{count} interfaces are device {device} of network card {card}"
    kinds = dict(zip(slots, (each.get("interfaceType") for each in interfaces), strict=True))
    if PRIMARY not in kinds:
        yield "no interface is device 0 of network card 0, which every instance has"
    elif kinds[PRIMARY] == "efa-only":
        yield "device 0 of network card 0 is efa-only, and the primary interface needs an address"


def _unlike(kind: InstanceType, interfaces: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with a layout for a type's network cards."""
    used = {_card(each) for each in interfaces if each.get("interfaceType") in EFA}
    able = {card.index for card in kind.network_cards if card.supports_efa}
    if idle := sorted(able - used):
        yield f"{len(idle)} of {len(able)} network cards of {kind.name} with EFA have no EFA interface: {_ranges(idle)}"
    if unable := sorted(used - able):
        yield f"{kind.name} has no EFA on network cards {_ranges(unable)}"
    room = {card.index: card.interfaces for card in kind.network_cards}
    for card, count in Counter(map(_card, interfaces)).items():
        if count > room.get(card, count):
            yield f"{count} interfaces on network card {card} of {kind.name}, which takes {room[card]}"


def _card(interface: Mapping[str, Any]) -> int:
    return int(interface.get("networkCardIndex") or 0)


def _ranges(numbers: Sequence[int]) -> str:
    """`1-3, 5` for 1, 2, 3, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def multi_card_no_public_ip(subject: Subject) -> str | None:
    """Judge machines with several interfaces: they ask for no public address, and need none to get out."""
    machines = fleet(subject)
    if machines is None or len(machines.interfaces) < 2:  # noqa: PLR2004 - several
        return None
    if asked := _asks_for_address(machines):
        return f"{asked} asks for a public address, and EC2 gives an instance with several interfaces none"
    public = [each.name for each in subnets(subject.stack, *machines.declared) if is_public(subject.stack, each)]
    if public:
        return f"it stands in {', '.join(public)}, whose way out takes a public address, and it gets none"
    return None


def _asks_for_address(machines: Fleet) -> str | None:
    if any(is_true(each.get("associatePublicIpAddress")) for each in machines.interfaces):
        return "an interface"
    return next((each.name for each in machines.starters if is_true(each.get("associatePublicIpAddress"))), None)


_TEMPLATE_WITH_EFA = {"networkInterfaces": [{"interfaceType": "efa-only", "networkCardIndex": 1}]}
_GROUP = example(GROUP, {"description": "nodes"})
_ONE_CARD_OF_32 = {
    "instanceType": "p5.48xlarge",
    "networkInterfaces": [{"interfaceType": "interface"}, {"deviceIndex": 1, "interfaceType": "efa-only"}],
}
_PUBLIC = {
    "networkInterfaces": [
        {"interfaceType": "interface", "associatePublicIpAddress": "true"},
        {"deviceIndex": 1, "interfaceType": "efa-only"},
    ]
}

EFA_SG_SELF = Rule(
    name="efa-sg-self",
    description="A security group on EFA interfaces lets all protocols through to and from itself.",
    types=(GROUP,),
    judge=efa_sg_self,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Add an ingress and an egress rule for protocol -1 that name the group itself; a rule for 0.0.0.0/0"
    " does not cover EFA.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security",
    example=(
        _GROUP,
        example(TEMPLATE, _TEMPLATE_WITH_EFA, networkInterfaces=_GROUP),
        example(INGRESS, {"ipProtocol": "-1"}, securityGroupId=_GROUP, referencedSecurityGroupId=_GROUP),
        example(EGRESS, {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, securityGroupId=_GROUP),
    ),
)

EFA_NIC_LAYOUT = Rule(
    name="efa-nic-layout",
    description="Every network card with EFA carries an EFA interface, no two interfaces share a slot, and the primary"
    " one is not efa-only.",
    types=FLEETS,
    judge=efa_nic_layout,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Make the interfaces with components.efa.interfaces(type): device 0 of card 0 is the primary one, and"
    " each card has one that is efa-only.",
    reference=CARDS,
    example=(example(TEMPLATE, _ONE_CARD_OF_32),),
)

MULTI_CARD_NO_PUBLIC_IP = Rule(
    name="multi-card-no-public-ip",
    description="Machines with several network interfaces stand in private subnets and ask for no public address.",
    types=FLEETS,
    judge=multi_card_no_public_ip,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Leave associate_public_ip_address out, and start them in a subnet whose way out is a NAT gateway.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
    example=(example(TEMPLATE, _PUBLIC),),
)

RULES = (EFA_SG_SELF, EFA_NIC_LAYOUT, MULTI_CARD_NO_PUBLIC_IP)
