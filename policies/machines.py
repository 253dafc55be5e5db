"""Machines that start alike, whatever starts them: how many, of which type, how bought, with which interfaces."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from components.catalogue.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from policies.compute import INSTANCE, TEMPLATE
from policies.rule import Subject
from policies.stack import Resource, Stack
from policies.unknown import NotEvaluatedError
from stacks.settings import Purchase

SCALING_GROUP = "aws:autoscaling/group:Group"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
STARTERS = (INSTANCE, SCALING_GROUP, NODE_GROUP)
FLEETS = (TEMPLATE, INSTANCE, NODE_GROUP)  # what is judged as a fleet: a template, or what starts machines without one
TEMPLATE_KEYS = ("launchTemplate", "mixedInstancesPolicy")
EFA = ("efa", "efa-only")
MARKETS = {  # what EC2 and EKS call a purchase that is not on demand
    "spot": Purchase.SPOT,
    "SPOT": Purchase.SPOT,
    "capacity-block": Purchase.CAPACITY_BLOCK,
    "CAPACITY_BLOCK": Purchase.CAPACITY_BLOCK,
}
NODES: Mapping[str, Callable[[Resource], int]] = {  # how many machines there can be
    INSTANCE: lambda _: 1,
    SCALING_GROUP: lambda group: int(group.get("maxSize", 0)),
    NODE_GROUP: lambda group: int((group.get("scalingConfig") or {}).get("maxSize", 0)),
}


class Fleet(NamedTuple):
    """Machines that start alike.

    Attributes:
        template: the launch template that they start from, where there is one.
        starters: what starts them: instances, Auto Scaling groups, node groups.
    """

    template: Resource | None
    starters: tuple[Resource, ...]

    @property
    def declared(self) -> tuple[Resource, ...]:
        """Everything that says something of them."""
        return (*((self.template,) if self.template else ()), *self.starters)

    @property
    def nodes(self) -> int:
        """How many there can be."""
        return sum(NODES[each.type](each) for each in self.starters)

    @property
    def type_names(self) -> list[str]:
        """Their instance types.

        Raises:
            NotEvaluatedError: none is said.
        """
        named = [str(name) for each in self.declared for name in _type_names(each)]
        if not named:
            raise NotEvaluatedError("its instance type is not said")
        return list(dict.fromkeys(named))

    @property
    def types(self) -> list[InstanceType]:
        """What the catalogue knows of their instance types.

        Raises:
            NotEvaluatedError: none is said, or the catalogue has no such type.
        """
        try:
            return [instance_type(name) for name in self.type_names]
        except UnknownInstanceTypeError as error:
            raise NotEvaluatedError(str(error)) from None

    @property
    def purchase(self) -> Purchase:
        """How they are bought."""
        for each in self.declared:
            market = (each.get("instanceMarketOptions") or {}).get("marketType") or each.get("capacityType")
            if market in MARKETS:
                return MARKETS[market]
        return Purchase.CAPACITY_RESERVATION if any(self.reservations) else Purchase.ON_DEMAND

    @property
    def reservations(self) -> list[str]:
        """Ids of the reservations that they fill, ARNs of groups of them, or that they fill only some."""
        return [name for each in self.declared for name in _reservations(each)]

    @property
    def interfaces(self) -> list[Mapping[str, Any]]:
        """The network interfaces that their template asks for."""
        return interfaces(self.template) if self.template else []

    @property
    def has_efa(self) -> bool:
        """Whether they ask for the fabric."""
        return self.template is not None and has_efa(self.template)

    @property
    def addresses(self) -> int:
        """How many addresses of its subnet each takes, pods apart; an `efa-only` interface has none."""
        return sum(each.get("interfaceType") != "efa-only" for each in self.interfaces) or 1


def fleet(subject: Subject) -> Fleet | None:
    """The machines that a resource stands for; None for one that starts them from a template, which is judged itself.

    Raises:
        NotEvaluatedError: the template is not declared here.
    """
    resource, stack = subject.resource, subject.stack
    if resource.type == TEMPLATE:
        return fleet_of(stack, resource)
    if templates(stack, resource):
        return None
    if resource.get("launchTemplate") is not None:
        raise NotEvaluatedError("its launch template is not declared here")
    return Fleet(None, (resource,))


def fleet_of(stack: Stack, template: Resource) -> Fleet:
    """The machines that start from a template."""
    found = {each.urn: each for key in TEMPLATE_KEYS for each in stack.users(template, *STARTERS, key=key)}
    return Fleet(template, tuple(found.values()))


def templates(stack: Stack, starter: Resource) -> list[Resource]:
    """The launch templates that something starts machines from."""
    return [each for key in TEMPLATE_KEYS for each in stack.behind(starter, key, TEMPLATE)]


def fleets(stack: Stack) -> Iterator[Fleet]:
    """All machines of a stack."""
    yield from (fleet_of(stack, each) for each in stack.of(TEMPLATE))
    yield from (Fleet(None, (each,)) for each in stack.of(*STARTERS) if not templates(stack, each))


def interfaces(template: Resource) -> list[Mapping[str, Any]]:
    """The network interfaces of a launch template."""
    return list(template.get("networkInterfaces", ()))


def has_efa(template: Resource) -> bool:
    """Whether a launch template asks for the fabric."""
    return any(each.get("interfaceType") in EFA for each in interfaces(template))


def _type_names(declared: Resource) -> Iterator[Any]:
    mixed = (declared.get("mixedInstancesPolicy") or {}).get("launchTemplate") or {}
    yield from (each["instanceType"] for each in mixed.get("overrides") or () if each.get("instanceType"))
    yield from declared.get("instanceTypes", ())
    if name := declared.get("instanceType"):  # empty where the template has it and nothing runs yet
        yield name


def _reservations(declared: Resource) -> Iterator[str]:
    wanted = declared.get("capacityReservationSpecification") or {}
    target = wanted.get("capacityReservationTarget") or {}
    yield from (str(target[key]) for key in target if target[key])
    if wanted.get("capacityReservationPreference") == "capacity-reservations-only":
        yield "capacity-reservations-only"
