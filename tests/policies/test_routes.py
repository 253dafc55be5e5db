import pytest

from policies.network import DEFAULT_SUBNET, SUBNET, VPC
from policies.routes import ENDPOINT_ASSOCIATION, NAT_SAME_ZONE, S3_GATEWAY_ENDPOINT
from policies.rule import example
from policies.stack import Resource
from policies.subnets import ASSOCIATION, ENDPOINT, INTERNET_GATEWAY, NAT, ROUTE, TABLE
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import called, word

NETWORK = example(VPC, {"cidrBlock": "10.0.0.0/16"})
PRIVATE = example(TABLE, {}, vpcId=NETWORK)
S3 = {"serviceName": "com.amazonaws.us-east-1.s3", "vpcEndpointType": "Gateway"}


def test_an_endpoint_in_the_private_table_is_right() -> None:
    """As a property, or as a resource of its own; Gateway is the default."""
    inside = example(ENDPOINT, S3, vpcId=NETWORK, routeTableIds=PRIVATE)
    beside = example(ENDPOINT, {"serviceName": S3["serviceName"]}, vpcId=NETWORK)
    joint = example(ENDPOINT_ASSOCIATION, {}, vpcEndpointId=beside, routeTableId=PRIVATE)

    assert word(S3_GATEWAY_ENDPOINT, NETWORK, PRIVATE, inside) is None
    assert word(S3_GATEWAY_ENDPOINT, NETWORK, PRIVATE, beside, joint) is None


def test_a_private_table_without_it_is_told() -> None:
    """What leaves by that table pays; one that leads to the internet directly does not."""
    endpoint = example(ENDPOINT, S3, vpcId=NETWORK, routeTableIds=PRIVATE)
    other, gateway = called("other", PRIVATE), example(INTERNET_GATEWAY, {}, vpcId=NETWORK)
    out = example(ROUTE, {}, routeTableId=other, gatewayId=gateway)

    assert word(S3_GATEWAY_ENDPOINT, NETWORK, PRIVATE, endpoint, other) == "its gateway endpoint for S3 is not in other"
    assert word(S3_GATEWAY_ENDPOINT, NETWORK, PRIVATE, endpoint, other, gateway, out) is None


@pytest.mark.parametrize(
    "properties",
    [
        {**S3, "vpcEndpointType": "Interface"},
        {**S3, "serviceName": "com.amazonaws.us-east-1.dynamodb"},
        {**S3, "serviceName": "com.amazonaws.s3-global.accesspoint"},
    ],
)
def test_another_endpoint_is_none(properties: dict[str, str]) -> None:
    """An interface endpoint costs by the gigabyte as a NAT gateway does."""
    endpoint = example(ENDPOINT, properties, vpcId=NETWORK, routeTableIds=PRIVATE)

    assert "no gateway endpoint for S3" in (word(S3_GATEWAY_ENDPOINT, NETWORK, PRIVATE, endpoint) or "")


def through_nat(home: Resource, *served: Resource) -> list[Resource]:
    """A route table, its NAT gateway in a subnet, and the subnets that it serves."""
    nat = example(NAT, {}, subnetId=home)
    route = example(ROUTE, {"destinationCidrBlock": "0.0.0.0/0"}, routeTableId=PRIVATE, natGatewayId=nat)
    joints = [called(each.name, example(ASSOCIATION, {}, routeTableId=PRIVATE, subnetId=each)) for each in served]
    return [PRIVATE, nat, route, home, *served, *joints]


def zone(name: str, kind: str = SUBNET, key: str = "availabilityZone") -> Resource:
    """A subnet in a zone."""
    return called(name, example(kind, {key: name}))


def test_a_nat_gateway_in_the_zone_of_its_subnets_is_near() -> None:
    """Zones may be named by their ids."""
    near, far = zone("use1-az1", DEFAULT_SUBNET, "availabilityZoneId"), zone("use1-az2", key="availabilityZoneId")

    assert word(NAT_SAME_ZONE, *through_nat(near, zone("use1-az1", key="availabilityZoneId"))) is None
    assert word(NAT_SAME_ZONE, *through_nat(near, far)) == (
        "what leaves use1-az2 passes through use1-az1: it is paid for twice, and ends with it"
    )


def test_a_table_without_nat_or_subnets_passes() -> None:
    """Nothing leaves by it."""
    assert word(NAT_SAME_ZONE, PRIVATE) is None
    assert word(NAT_SAME_ZONE, *through_nat(zone("us-east-1a"))) is None


def test_routes_inside_a_table_count() -> None:
    """They are the older way to write them."""
    home, served = zone("us-east-1a"), zone("us-east-1b")
    nat = example(NAT, {}, subnetId=home)
    table = example(TABLE, {"routes": [{"natGatewayId": "nat-1"}]}, routes=nat)
    joint = example(ASSOCIATION, {}, routeTableId=table, subnetId=served)

    assert "us-east-1b passes through us-east-1a" in (word(NAT_SAME_ZONE, table, nat, home, served, joint) or "")


def test_zones_that_are_not_known_can_not_be_told() -> None:
    """AWS chooses one where a subnet names none; a subnet of somebody else's says none here."""
    unnamed = example(SUBNET, {"availabilityZone": Unknown("availabilityZone")})
    home, served = zone("us-east-1a", DEFAULT_SUBNET), zone("us-east-1b")

    with pytest.raises(NotEvaluatedError, match="the zones of us-east-1a, subnet are not known"):
        word(NAT_SAME_ZONE, *through_nat(home, unnamed))
    with pytest.raises(NotEvaluatedError, match="the subnet of natgateway is not declared here"):
        word(NAT_SAME_ZONE, *[each for each in through_nat(home, served) if each is not home])
