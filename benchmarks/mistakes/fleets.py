"""Mistakes that only a GPU cluster can make: the fabric, the place, the capacity, the shared file system."""

from datetime import UTC, datetime

from benchmarks.mistakes.changes import Address, add, drop, in_turn, put, remake, respell, say, take
from benchmarks.mistakes.mistake import Mistake
from policies.compute import INSTANCE, TEMPLATE
from policies.data_stores import LUSTRE
from policies.machines import NODE_GROUP
from policies.network import SUBNET
from policies.placement import PLACEMENT_GROUP
from policies.security_rules import EGRESS, INGRESS
from policies.subnets import ENDPOINT, ROUTE
from stacks.settings import Settings

DAY_OF_THE_END = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)

_PROD = Address(TEMPLATE, "prod-training-template")
_RESEARCH = Address(TEMPLATE, "research-training-template")
_DEV = Address(TEMPLATE, "dev-workers-template")
_EVALUATION = Address(NODE_GROUP, "prod-evaluation")
_FILE_SYSTEM = Address(LUSTRE, "research-datasets-lustre-file-system")
_EVALUATIONS_GROUP = Address(PLACEMENT_GROUP, "prod-evaluation-placement")
_OWN_GROUP = Address(PLACEMENT_GROUP, "research-placement")


def _block_ends(settings: Settings) -> dict[str, object]:
    """The Capacity Block of the training fleet ends in two days."""
    fleet = settings.fleets["training"]
    block = fleet.block.model_copy(update={"ends": DAY_OF_THE_END}) if fleet.block else None
    return {"fleets": {**settings.fleets, "training": fleet.model_copy(update={"block": block})}}


FABRIC = (
    Mistake(
        "a fabric with a way in and none out",
        "research",
        "efa-sg-self",
        "research-training-fabric-group",
        drop(Address(EGRESS, "research-training-fabric-fabric-out")),
    ),
    Mistake(
        "a fabric for TCP alone",
        "staging",
        "efa-sg-self",
        "staging-training-fabric-group",
        put(Address(INGRESS, "staging-training-fabric-fabric-in"), "ipProtocol", "tcp"),
    ),
    Mistake(
        "a primary interface without an address",
        "prod",
        "efa-nic-layout",
        "prod-training-template",
        put(_PROD, "networkInterfaces.0.interfaceType", "efa-only"),
    ),
    Mistake(
        "one network card of sixteen left idle",
        "research",
        "efa-nic-layout",
        "research-training-template",
        take(_RESEARCH, "networkInterfaces.16"),
    ),
    Mistake(
        "plain interfaces where EFA belongs",
        "staging",
        "efa-nic-layout",
        "staging-training-template",
        put(Address(TEMPLATE, "staging-training-template"), "networkInterfaces.2.interfaceType", "interface"),
    ),
    Mistake(
        "two interfaces in one slot",
        "dev",
        "efa-nic-layout",
        "dev-workers-template",
        put(_DEV, "networkInterfaces.1.deviceIndex", 0),
    ),
    Mistake(
        "nodes of many cards in a public subnet",
        "research",
        "multi-card-no-public-ip",
        "research-training-template",
        respell(_RESEARCH, "networkInterfaces", "private-us-west-2a", "public-us-west-2a"),
    ),
    Mistake(
        "a public address for nodes of many cards",
        "prod",
        "multi-card-no-public-ip",
        "prod-training-template",
        put(_PROD, "networkInterfaces.0.associatePublicIpAddress", "true"),
        also=("no-public-ip",),
    ),
)

PLACEMENT = (
    Mistake(
        "a node group in two zones",
        "staging",
        "efa-one-zone",
        "staging-training",
        remake(
            Address(NODE_GROUP, "staging-training"),
            "subnetIds",
            ["staging-private-us-east-1a-Subnet", "staging-private-us-east-1b-Subnet"],
            Address(SUBNET, "staging-private-us-east-1a"),
            Address(SUBNET, "staging-private-us-east-1b"),
        ),
    ),
    Mistake(
        "one node in another zone",
        "research",
        "efa-one-zone",
        "research-training-template",
        add(
            Address(INSTANCE, "research-training-128"),
            {},
            launchTemplate=_RESEARCH,
            subnetId=Address(SUBNET, "research-private-us-west-2b"),
        ),
        also=("fsx-same-zone",),
    ),
    Mistake(
        "machines on demand without a placement group",
        "dev",
        "efa-placement-group",
        "dev-workers-template",
        take(_DEV, "placement"),
    ),
    Mistake(
        "a placement group that spreads",
        "dev",
        "efa-placement-group",
        "dev-workers-template",
        put(Address(PLACEMENT_GROUP, "dev-workers-placement"), "strategy", "spread"),
    ),
    Mistake(
        "a Capacity Block in a placement group",
        "prod",
        "efa-placement-group",
        "prod-training-template",
        remake(_PROD, "placement", {"groupName": f"{_EVALUATIONS_GROUP.name}-name"}, _EVALUATIONS_GROUP),
    ),
    Mistake(
        "reserved machines in a placement group of their own",
        "research",
        "efa-placement-group",
        "research-training-template",
        in_turn(
            add(_OWN_GROUP, {"strategy": "cluster"}),
            remake(_RESEARCH, "placement", {"groupName": f"{_OWN_GROUP.name}-name"}, _OWN_GROUP),
        ),
    ),
)

CAPACITY = (
    Mistake(
        "a subnet too small for its nodes",
        "research",
        "subnet-fits-fleet",
        "research-private-us-west-2a",
        put(Address(SUBNET, "research-private-us-west-2a"), "cidrBlock", "10.40.0.0/25"),
    ),
    Mistake(
        "more nodes than the subnet has room for their pods",
        "prod",
        "subnet-fits-fleet",
        "prod-private-us-east-2a",
        put(_EVALUATION, "scalingConfig.maxSize", 4000),
    ),
    Mistake(
        "P machines that nobody reserved",
        "research",
        "p-types-need-reservation",
        "research-training-template",
        take(_RESEARCH, "capacityReservationSpecification"),
        also=("efa-placement-group",),
    ),
    Mistake(
        "spot P machines",
        "staging",
        "p-types-need-reservation",
        "staging-training-template",
        in_turn(
            take(Address(TEMPLATE, "staging-training-template"), "capacityReservationSpecification"),
            put(Address(NODE_GROUP, "staging-training"), "capacityType", "SPOT"),
        ),
        also=("efa-placement-group",),
    ),
    Mistake(
        "a Capacity Block that ends in two days",
        "prod",
        "capacity-block-window",
        "prod-training-template",
        say(_block_ends),
    ),
    Mistake(
        "one machine more than the Capacity Block has",
        "prod",
        "capacity-block-window",
        "prod-training-template",
        add(Address(INSTANCE, "prod-training-16"), {}, launchTemplate=_PROD),
    ),
)

LUSTRE_AND_ROUTES = (
    Mistake(
        "Lustre in another zone than its readers",
        "research",
        "fsx-same-zone",
        "research-datasets-lustre-file-system",
        respell(_FILE_SYSTEM, "subnetIds", "private-us-west-2a", "private-us-west-2b"),
    ),
    Mistake(
        "Lustre that does not let its readers in",
        "research",
        "fsx-sg-ports",
        "research-datasets-lustre-file-system",
        drop(Address(INGRESS, "research-datasets-lustre-training-efa-in")),
    ),
    Mistake(
        "Lustre in the default security group",
        "prod",
        "fsx-sg-ports",
        "prod-datasets-lustre-file-system",
        take(Address(LUSTRE, "prod-datasets-lustre-file-system"), "securityGroupIds"),
    ),
    Mistake(
        "data sets through the NAT gateway",
        "prod",
        "s3-gateway-endpoint",
        "prod-vpc",
        drop(Address(ENDPOINT, "prod-s3")),
    ),
    Mistake(
        "one route table that the S3 endpoint forgets",
        "research",
        "s3-gateway-endpoint",
        "research-vpc",
        respell(Address(ENDPOINT, "research-s3"), "routeTableIds", "private-us-west-2b", "private-us-west-2z"),
    ),
    Mistake(
        "one zone's way out through another",
        "research",
        "nat-same-zone",
        "research-private-us-west-2b",
        respell(Address(ROUTE, "research-private-us-west-2b-out"), "natGatewayId", "us-west-2b", "us-west-2a"),
    ),
)

OF_FLEETS = (*FABRIC, *PLACEMENT, *CAPACITY, *LUSTRE_AND_ROUTES)
