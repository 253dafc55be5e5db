"""Capacity: addresses for every machine, and machines that AWS really has when they are asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from math import ceil

from components.cluster.pod_addresses import pod_addresses
from components.network.address_plan import Claim, shortage
from policies.compute import TEMPLATE
from policies.machines import FLEETS, NODE_GROUP, NODES, SCALING_GROUP, Fleet, fleet, fleets
from policies.network import DEFAULT_SUBNET, SUBNET
from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource
from policies.subnets import CLUSTER, CONNECT_ENDPOINT, ENDPOINT, NAT, subnets
from policies.unknown import NotEvaluatedError
from policies.user_data import readable
from stacks.rules.cluster import CONTROL_PLANE_ADDRESSES
from stacks.settings import CapacityBlock, Purchase

P_TYPE = re.compile(r"p[0-9]")
WARNING_DAYS = 2
ADDRESSES: Mapping[str, int] = {ENDPOINT: 1, CONNECT_ENDPOINT: 1, NAT: 1, CLUSTER: CONTROL_PLANE_ADDRESSES}
PODS_AT_MOST = re.compile(r"max-?pods\W+([0-9]+)", re.IGNORECASE)


def subnet_fits_fleet(subject: Subject) -> str | None:
    """Judge a subnet: all that can stand in it, pods too, finds an address. Or a template: where its machines stand.

    Raises:
        NotEvaluatedError: the subnet, or how large it is, is not declared here.
    """
    resource, stack = subject.resource, subject.stack
    if resource.type == TEMPLATE:
        machines = fleet(subject)
        if machines and machines.starters and not subnets(stack, *machines.declared):
            raise NotEvaluatedError("how large the subnet of its machines is, is not declared here")
        return None
    block = resource.get("cidrBlock")
    if block is None:
        raise NotEvaluatedError("its address block is not declared here")
    return shortage(resource.name, IPv4Network(block), _claims(subject))


def _claims(subject: Subject) -> Iterator[Claim]:
    """What takes addresses of a subnet."""
    subnet, stack = subject.resource, subject.stack
    for machines in fleets(stack):
        inherited = subnets(stack, machines.template) if machines.template else []
        nodes = sum(_nodes_in(subnet, subnets(stack, each) or inherited, each) for each in machines.starters)
        name = machines.declared[0].name
        yield Claim(name, subnet.name, nodes * machines.addresses)
        if nodes and machines.starters[0].type == NODE_GROUP:
            yield Claim(f"pods of {name}", subnet.name, pod_addresses(nodes, _pods_per_node(subject, machines)))
    for each in stack.of(*ADDRESSES):
        if subnet in subnets(stack, each):
            yield Claim(each.name, subnet.name, ADDRESSES[each.type])


def _nodes_in(subnet: Resource, standing: Sequence[Resource], starter: Resource) -> int:
    """How many of the machines that something starts can stand in a subnet; several subnets share them."""
    return ceil(NODES[starter.type](starter) / len(standing)) if subnet in standing else 0


def _pods_per_node(subject: Subject, machines: Fleet) -> int:
    """How many pods a node of a node group runs at most: as its user data tells the kubelet, or as the settings say."""
    text = "\n".join(readable(str(machines.declared[0].get("userData", ""))))
    if told := PODS_AT_MOST.search(text):
        return int(told[1])
    if subject.settings.cluster is None:
        raise NotEvaluatedError(f"how many pods a node of {machines.declared[0].name} runs at most is not said here")
    return subject.settings.cluster.pods_per_node


def p_types_need_reservation(subject: Subject) -> str | None:
    """Judge machines of a P type: without a reservation some come, or none, and those that came are paid for."""
    machines = fleet(subject)
    scarce = [name for name in machines.type_names if P_TYPE.match(name)] if machines else []
    if machines is None or not scarce or machines.reservations:
        return None
    return (
        f"{scarce[0]} bought {machines.purchase} without a reservation: AWS may have none, or fewer than are asked for"
    )


def capacity_block_window(subject: Subject) -> str | None:
    """Judge machines on a Capacity Block: it is large enough, and does not end within 48 hours.

    Raises:
        NotEvaluatedError: the settings don't say what the block is.
    """
    machines = fleet(subject)
    if machines is None or machines.purchase is not Purchase.CAPACITY_BLOCK:
        return None
    if not machines.reservations:
        return "it names no Capacity Block to start its machines in"
    wrong = (problem for name in machines.reservations for problem in _outside(subject, name, _block(subject, name)))
    return "; ".join(wrong) or None


def _block(subject: Subject, reservation: str) -> CapacityBlock:
    """What the settings say of a Capacity Block."""
    fleets_of_it = [each for each in subject.settings.fleets.values() if each.reservation == reservation]
    for each in fleets_of_it:
        if each.block:
            return each.block
    remedy = "add `block: {starts: …, ends: …, instances: …}` to its fleet"
    raise NotEvaluatedError(f"the settings don't say when {reservation} starts and ends: {remedy}")


def _outside(subject: Subject, reservation: str, block: CapacityBlock) -> Iterator[str]:
    """How what is declared does not fit into a block."""
    days = (block.ends.date() - subject.today).days
    if days < 0:
        yield f"the block ended at {block.ends:%Y-%m-%d %H:%M} UTC"
    elif days <= WARNING_DAYS:
        yield f"the block ends at {block.ends:%Y-%m-%d %H:%M} UTC; EC2 ends its instances from 30 minutes before on"
    every = [each for each in fleets(subject.stack) if reservation in each.reservations]
    nodes = sum(each.nodes for each in every)
    if nodes > block.instances:
        yield f"{nodes} machines are to fill {reservation}, which has {block.instances}"


_SUBNET = example(SUBNET, {"cidrBlock": "10.0.0.0/24"})
_TEMPLATE = example(TEMPLATE, {"instanceType": "p5.48xlarge"})

SUBNET_FITS_FLEET = Rule(
    name="subnet-fits-fleet",
    description="A subnet has an address for everything that can stand in it, pods too.",
    types=(SUBNET, DEFAULT_SUBNET, TEMPLATE),
    judge=subnet_fits_fleet,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Fewer machines or pods, efa-only interfaces (which take no address), or a larger network.",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    example=(
        _SUBNET,
        example(SCALING_GROUP, {"maxSize": 252}, launchTemplate=_TEMPLATE, vpcZoneIdentifiers=_SUBNET),
        _TEMPLATE,
    ),
)

P_TYPES_NEED_RESERVATION = Rule(
    name="p-types-need-reservation",
    description="Machines of a P type stand in a Capacity Reservation or a Capacity Block.",
    types=FLEETS,
    judge=p_types_need_reservation,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Reserve the capacity or buy a block, and write its id as `reservation`, with the `purchase`.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    example=(_TEMPLATE,),
)

CAPACITY_BLOCK_WINDOW = Rule(
    name="capacity-block-window",
    description="Machines fit into their Capacity Block, which does not end within 48 hours.",
    types=FLEETS,
    judge=capacity_block_window,
    level=Level.ADVISORY,
    severity=Severity.HIGH,
    remediation="Save what is on the machines, extend the block or buy another, and write what it is as `block`.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    example=(example(TEMPLATE, {"instanceMarketOptions": {"marketType": "capacity-block"}}),),
)

RULES = (SUBNET_FITS_FLEET, P_TYPES_NEED_RESERVATION, CAPACITY_BLOCK_WINDOW)
