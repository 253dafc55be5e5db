"""What a graph's resources cost while they do nothing but exist."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from playbooks.plan.graph import Graph, Resource
from playbooks.plan.plan import Cost, CostLine
from playbooks.plan.prices import Prices

INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:autoscaling/group:Group"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VOLUME = " a node"  # after the size and type of a root volume
USE = "billed by use, which no plan knows"


class Item(NamedTuple):
    """What is paid for: its name in the price tables, how a person calls it, how much of it, and a note."""

    key: str
    title: str
    quantity: Decimal
    note: str = ""


def cost(graph: Graph, region: str, prices: Prices, monthly_limit_usd: Decimal | None = None) -> Cost:
    """Every resource that costs by the hour or the month, and those whose price only their use decides."""
    lines = []
    for resource in graph:
        for item in items(resource, graph):
            quote = prices.quote(item.key, region) if item.key else None
            unknown = "" if quote or not item.key else f"the price in {region} is not known"
            note = "; ".join(filter(None, [item.note, quote.note if quote else "", unknown]))
            price = quote.price if quote else None
            lines.append(CostLine(component(resource, graph), resource.name, item.title, item.quantity, price, note))
    return Cost(tuple(lines), monthly_limit_usd)


def component(resource: Resource, graph: Graph) -> str:
    """The name of the topmost component that a resource belongs to; its own where it stands alone."""
    while resource.parent:
        resource = graph.by_urn[resource.parent]
    return resource.name


def items(resource: Resource, graph: Graph) -> Iterator[Item]:
    """What is paid for a resource."""
    yield from ITEMS.get(resource.type, _nothing)(resource, graph)


def _nothing(_resource: Resource, _graph: Graph) -> Iterator[Item]:
    return iter(())


def _instance(resource: Resource, graph: Graph) -> Iterator[Item]:
    yield from _instances(resource, graph, 1)


def _scaling_group(resource: Resource, graph: Graph) -> Iterator[Item]:
    size = resource.properties.get("desiredCapacity") or resource.properties.get("minSize") or 0
    yield from _instances(resource, graph, int(size))


def _node_group(resource: Resource, graph: Graph) -> Iterator[Item]:
    yield from _instances(resource, graph, int(resource.properties["scalingConfig"]["desiredSize"]))


def _instances(resource: Resource, graph: Graph, count: int) -> Iterator[Item]:
    template = behind(resource, graph, TEMPLATE)
    said = {**(template.properties if template else {}), **resource.properties}
    kind = said.get("instanceType") or next(iter(said.get("instanceTypes") or []), "")
    bought = purchase(said)
    if kind and count:
        yield Item(f"{bought}/{kind}", f"{kind}, {bought}", Decimal(count), _INSTANCE_NOTES.get(bought, ""))
    for mapping in said.get("blockDeviceMappings") or []:
        size = (mapping.get("ebs") or {}).get("volumeSize")
        if size and count:
            kind = mapping["ebs"].get("volumeType", "gp2")
            yield Item(f"volume-{kind}", f"{size} GB {kind}{VOLUME}", Decimal(size) * count)


_INSTANCE_NOTES = {
    "spot": "the spot price changes by the hour",
    "capacity-block": "paid up front for the whole block, used or not",
}


def purchase(said: Mapping[str, object]) -> str:
    """How instances are paid for; a Capacity Reservation costs what on demand costs."""
    market = said.get("instanceMarketOptions") or {}
    kind = market.get("marketType") if isinstance(market, Mapping) else None
    capacity = str(said.get("capacityType") or "").lower().replace("_", "-")
    return str(kind or (capacity if capacity in ("spot", "capacity-block") else "on-demand"))


def _endpoint(resource: Resource, _graph: Graph) -> Iterator[Item]:
    if resource.properties.get("vpcEndpointType") == "Interface":
        zones = len(resource.properties.get("subnetIds") or [])
        yield Item("interface-endpoint", "interface endpoint, a zone", Decimal(zones), "traffic comes on top")


def _lustre(resource: Resource, _graph: Graph) -> Iterator[Item]:
    kind = str(resource.properties["deploymentType"]).lower().replace("_", "-")
    throughput = resource.properties.get("perUnitStorageThroughput") or 200
    title = f"{resource.properties['deploymentType']}, {throughput} MB/s/TiB, GB"
    yield Item(f"lustre/{kind}-{throughput}", title, Decimal(str(resource.properties["storageCapacity"])))


def _one(key: str, title: str, note: str = "") -> Callable[[Resource, Graph], Iterator[Item]]:
    return lambda _resource, _graph: iter([Item(key, title, Decimal(1), note)])


def _by_use(title: str) -> Callable[[Resource, Graph], Iterator[Item]]:
    return lambda _resource, _graph: iter([Item("", title, Decimal(1), USE)])


def behind(resource: Resource, graph: Graph, kind: str) -> Resource | None:
    """The first resource of a type that a property of a resource depends on."""
    urns = (urn for urns in resource.property_dependencies.values() for urn in urns)
    found = (graph.by_urn[urn] for urn in urns if urn in graph.by_urn)
    return next((each for each in found if each.type == kind), None)


ITEMS: Mapping[str, Callable[[Resource, Graph], Iterator[Item]]] = {
    INSTANCE: _instance,
    GROUP: _scaling_group,
    NODE_GROUP: _node_group,
    "aws:ec2/natGateway:NatGateway": _one("nat-gateway", "NAT gateway", "traffic comes on top"),
    "aws:ec2/eip:Eip": _one("public-address", "public IPv4 address"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:eks/cluster:Cluster": _one("eks-cluster", "EKS cluster, standard support"),
    "aws:fsx/lustreFileSystem:LustreFileSystem": _lustre,
    "aws:kms/key:Key": _one("kms-key", "KMS key", "requests come on top"),
    "aws:s3/bucket:Bucket": _by_use("what it holds"),
    "aws:cloudwatch/logGroup:LogGroup": _by_use("what is logged"),
    "aws:backup/vault:Vault": _by_use("what it keeps"),
}
