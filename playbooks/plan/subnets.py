"""Whether the addresses of each subnet suffice for all that takes some."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from components.cluster.pod_addresses import PREFIX_ADDRESSES, pod_addresses, prefixes
from components.network.address_plan import RESERVED_ADDRESSES, free_addresses
from playbooks.plan.graph import Resource
from playbooks.plan.instances import Instances
from playbooks.plan.places import Places, Subnet
from playbooks.plan.plan import Fit, Fits
from stacks.rules.cluster import CONTROL_PLANE_ADDRESSES

# Each server of a Lustre file system takes an address, and AWS states no number of servers. The smallest file system
# has 1,200 GiB, so that there can hardly be more than one for each of these, and one for metadata.
GIB_A_LUSTRE_SERVER = 1200
EDGES = 2  # what AWS keeps lies in a subnet's first block and in its last
ELSEWHERE = "the settings don't say how large this subnet is, and what stands in it already"


class Taken(NamedTuple):
    """Addresses of one subnet that something takes.

    Attributes:
        subnet: which.
        what: such as `interface endpoints`, or the name of what has nodes.
        addresses: how many.
        factors: what the number is made of; empty where it is plain.
        prefixes: how many whole /28 blocks they are; 0 where they are single addresses.
    """

    subnet: Subnet
    what: str
    addresses: int
    factors: str = ""
    prefixes: int = 0


class Standing(NamedTuple):
    """How a resource type takes addresses: which property names its subnets, and how many in each of them."""

    key: str
    what: Callable[[Resource], str]
    addresses: Callable[[Resource], int]


def address_fits(places: Places, instances: Sequence[Instances]) -> Iterator[Fit]:
    """For each subnet in which something stands: whether its addresses suffice, and its /28 blocks."""
    taken = [*_by_instances(instances), *_by_others(places)]
    for subnet in sorted({each.subnet for each in taken}, key=lambda subnet: subnet.name):
        here = [each for each in taken if each.subnet == subnet]
        yield _addresses(subnet, here)
        if any(each.prefixes for each in here):
            yield _blocks(subnet, here)


def _by_instances(instances: Sequence[Instances]) -> Iterator[Taken]:
    for each in instances:
        for subnet in each.subnets:
            nodes = ceil(each.nodes / len(each.subnets))
            yield Taken(subnet, each.name, nodes * each.addresses, f"{_nodes(nodes)} x {each.addresses}")
            if each.pods is not None:
                blocks = prefixes(each.pods)
                factors = f"{_nodes(nodes)} x {blocks} prefixes x {PREFIX_ADDRESSES}"
                yield Taken(
                    subnet, f"pods of {each.name}", pod_addresses(nodes, each.pods), factors, prefixes=nodes * blocks
                )


def _nodes(count: int) -> str:
    return f"{count} node{'s'[: count != 1]}"


def _by_others(places: Places) -> Iterator[Taken]:
    for resource in places.graph:
        if standing := STANDING.get(resource.type):
            for subnet in places.subnets(resource, standing.key):
                yield Taken(subnet, standing.what(resource), standing.addresses(resource))


def _addresses(subnet: Subnet, taken: Sequence[Taken]) -> Fit:
    what, needed, why = "free addresses", sum(each.addresses for each in taken), _told(taken)
    if subnet.network is None:
        return Fit(what, subnet.title, needed, None, "addresses", Fits.NOT_EVALUATED, f"{why}; {ELSEWHERE}")
    free = free_addresses(subnet.network)
    why += f"; AWS keeps {RESERVED_ADDRESSES} (VPC user guide, Subnet sizing)"
    return Fit(what, subnet.title, needed, free, "addresses", Fits.YES if needed <= free else Fits.NO, why)


def _blocks(subnet: Subnet, taken: Sequence[Taken]) -> Fit:
    """A prefix is an aligned block with no other address in it: how many there are, AWS's choice of others decides."""
    what, unit, needed = "prefixes for pods", "/28 blocks", sum(each.prefixes for each in taken)
    single = sum(each.addresses for each in taken if not each.prefixes)
    why = _told(each for each in taken if each.prefixes)
    if subnet.network is None:
        return Fit(what, subnet.title, needed, None, unit, Fits.NOT_EVALUATED, f"{why}; {ELSEWHERE}")
    blocks = subnet.network.num_addresses // PREFIX_ADDRESSES
    beside_reserved = EDGES * PREFIX_ADDRESSES - RESERVED_ADDRESSES
    at_best = blocks - EDGES - ceil(max(0, single - beside_reserved) / PREFIX_ADDRESSES)
    at_worst = max(0, blocks - EDGES - single)
    if needed > at_best:
        return Fit(what, subnet.title, needed, at_best, unit, Fits.NO, f"{why}; {single} other addresses are taken")
    if needed <= at_worst:
        why += f"; although each of {single} other addresses may lie in a block of its own"
        return Fit(what, subnet.title, needed, at_worst, unit, Fits.YES, why)
    why += (
        f"; from {at_worst} to {at_best} are left, as AWS lays {single} other addresses: reserve a range for prefixes"
        " (VPC user guide, Subnet CIDR reservations)"
    )
    return Fit(what, subnet.title, needed, at_worst, unit, Fits.NOT_EVALUATED, why)


def _told(taken: Iterable[Taken]) -> str:
    """What takes how many; many of one kind, such as endpoints, are one."""
    sums: dict[str, int] = {}
    factors: dict[str, str] = {}
    for each in taken:
        sums[each.what] = sums.get(each.what, 0) + each.addresses
        factors[each.what] = each.factors
    return ", ".join(
        f"{what} {factors[what]}" if factors[what] else f"{addresses} for {what}" for what, addresses in sums.items()
    )


def _called(title: str) -> Callable[[Resource], str]:
    return lambda _resource: title


def _named(title: str) -> Callable[[Resource], str]:
    return lambda resource: title.format(resource.name)


def _one(_resource: Resource) -> int:
    return 1


def _interface_only(resource: Resource) -> int:
    return int(resource.properties.get("vpcEndpointType") == "Interface")


def _servers(resource: Resource) -> int:
    return 1 + ceil(int(resource.properties["storageCapacity"]) / GIB_A_LUSTRE_SERVER)


STANDING: Mapping[str, Standing] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": Standing("subnetIds", _called("interface endpoints"), _interface_only),
    "aws:ec2/natGateway:NatGateway": Standing("subnetId", _called("a NAT gateway"), _one),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": Standing(
        "subnetId", _called("an Instance Connect Endpoint"), _one
    ),
    "aws:eks/cluster:Cluster": Standing(
        "vpcConfig", _named("the control plane of {}"), lambda _resource: CONTROL_PLANE_ADDRESSES
    ),
    "aws:fsx/lustreFileSystem:LustreFileSystem": Standing(
        "subnetIds", _named("servers of {} (assumed: one for each 1,200 GiB, and one for metadata)"), _servers
    ),
}
