"""Where a fleet stands: its machines in one zone, and in a placement group only where that helps."""

from policies.compute import INSTANCE, TEMPLATE
from policies.machines import FLEETS, SCALING_GROUP, Fleet, fleet, fleet_of, has_efa, templates
from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource, Stack
from policies.subnets import zones
from policies.unknown import NotEvaluatedError
from stacks.settings import Purchase

PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"


def efa_one_zone(subject: Subject) -> str | None:
    """Judge a group of machines with EFA, or the instances of one template together: all stand in one zone."""
    resource, stack = subject.resource, subject.stack
    if resource.type == TEMPLATE:
        instances = [each for each in fleet_of(stack, resource).starters if each.type == INSTANCE]
        together, efa = [resource, *instances], has_efa(resource)
    else:
        together, efa = [resource], any(map(has_efa, templates(stack, resource)))
    found = sorted(zones(subject, *together)) if efa else []
    return f"its machines stand in {' and '.join(found)}, and EFA reaches no other zone" if len(found) > 1 else None


def efa_placement_group(subject: Subject) -> str | None:
    """Judge machines with EFA: two or more on demand or spot stand close together, reserved ones where AWS put them."""
    machines = fleet(subject)
    if machines is None or not machines.has_efa:
        return None
    return JUDGES[machines.purchase](subject.stack, machines)


def _needed(stack: Stack, machines: Fleet) -> str | None:
    if machines.nodes < 2 or not all(kind.cluster_placement for kind in machines.types):  # noqa: PLR2004 - neighbours
        return None
    groups = _groups(stack, machines)
    strategies = [each.get("strategy") for each in groups]
    if not _is_grouped(machines):
        return f"no placement group keeps its {machines.nodes} machines close together"
    if not groups:
        raise NotEvaluatedError("its placement group is not declared here")
    return None if strategies == ["cluster"] else f"the placement group's strategy is {strategies[0]}, not cluster"


def _harmful(_: Stack, machines: Fleet) -> str | None:
    return "a Capacity Block is placed already, and a placement group splits it" if _is_grouped(machines) else None


def _only_the_reservations(stack: Stack, machines: Fleet) -> str | None:
    """A group that the reservation was made in is right; one of the stack's own can't be that of one from elsewhere."""
    if not _is_grouped(machines):
        return None
    groups = _groups(stack, machines)
    key = "capacityReservationSpecification"
    declared = [found for each in machines.declared for found in stack.behind(each, key, RESERVATION)]
    if not groups and not any(each.get("placementGroupArn") is None for each in declared):
        raise NotEvaluatedError("whether its reservation was made in its placement group is not said here")
    homes = [group for each in declared for group in stack.behind(each, "placementGroupArn", PLACEMENT_GROUP)]
    if groups and any(group in homes for group in groups):
        return None
    return "its reservation was not made in its placement group, and only a part of it fits there"


JUDGES = {
    Purchase.ON_DEMAND: _needed,
    Purchase.SPOT: _needed,
    Purchase.CAPACITY_BLOCK: _harmful,
    Purchase.CAPACITY_RESERVATION: _only_the_reservations,
}


def _is_grouped(machines: Fleet) -> bool:
    """Whether they are to stand in a placement group."""
    placements = [each.get("placement") or {} for each in machines.declared]
    inside = [placement.get(key) for placement in placements for key in ("groupName", "groupId")]
    return any(each not in (None, "") for each in [*inside, *(one.get("placementGroup") for one in machines.starters)])


def _groups(stack: Stack, machines: Fleet) -> list[Resource]:
    """The placement groups among the stack's that they are to stand in."""
    keys = ("placement", "placementGroup")
    return [group for each in machines.declared for key in keys for group in stack.behind(each, key, PLACEMENT_GROUP)]


_FABRIC = {
    "instanceType": "g6.8xlarge",
    "networkInterfaces": [{"interfaceType": "interface"}, {"deviceIndex": 1, "interfaceType": "efa-only"}],
}
_TEMPLATE = example(TEMPLATE, _FABRIC)

EFA_ONE_ZONE = Rule(
    name="efa-one-zone",
    description="All machines of a fleet with EFA stand in one zone.",
    types=(TEMPLATE, SCALING_GROUP, "aws:eks/nodeGroup:NodeGroup"),
    judge=efa_one_zone,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Give the group one subnet; a fleet in a second zone is a fleet of its own.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits",
    example=(
        example(SCALING_GROUP, {"availabilityZones": ["us-east-1a", "us-east-1b"]}, launchTemplate=_TEMPLATE),
        _TEMPLATE,
    ),
)

EFA_PLACEMENT_GROUP = Rule(
    name="efa-placement-group",
    description="Two or more machines with EFA stand in a cluster placement group, unless their capacity is reserved:"
    " then in the reservation's own or in none.",
    types=FLEETS,
    judge=efa_placement_group,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="On demand and spot: a group of strategy cluster. Capacity Block: no group. Reservation: no group, or"
    " the one that it was made with (placement_group_arn).",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html",
    example=(_TEMPLATE, example(SCALING_GROUP, {"maxSize": 2}, launchTemplate=_TEMPLATE)),
)

RULES = (EFA_ONE_ZONE, EFA_PLACEMENT_GROUP)
