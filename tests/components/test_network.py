import pulumi
import pytest

from components.network import Network, NetworkArgs
from playbooks.errors import EvaluationError
from tests.components.conftest import Declare, properties

TAGS = {"owner": "us"}
ARGS: NetworkArgs = {
    "cidr": "10.20.0.0/16",
    "zones": ["us-east-1a", "us-east-1b"],
    "region": "us-east-1",
    "tags": TAGS,
}


def test_every_zone_has_a_private_and_a_public_subnet_that_gives_no_public_address(declare: Declare) -> None:
    """An instance gets a public address from nobody but itself, and fleets can't have one."""
    subnets = properties(declare(lambda: Network("net", ARGS)), "Subnet")

    assert sorted((each["availabilityZone"], each["cidrBlock"]) for each in subnets) == [
        ("us-east-1a", "10.20.0.0/19"),
        ("us-east-1a", "10.20.224.0/22"),
        ("us-east-1b", "10.20.228.0/22"),
        ("us-east-1b", "10.20.32.0/19"),
    ]
    assert {each["mapPublicIpOnLaunch"] for each in subnets} == {False}


def test_private_subnets_go_out_by_nat_and_public_ones_by_the_gateway(declare: Declare) -> None:
    """Every route out leads to anywhere, and to one way only."""
    routes = properties(declare(lambda: Network("net", ARGS)), "Route")

    assert {each["destinationCidrBlock"] for each in routes} == {"0.0.0.0/0"}
    ways = sorted((each.get("gatewayId") or "", each.get("natGatewayId") or "") for each in routes)
    assert ways == [("", "net-nat-NatGateway"), ("", "net-nat-NatGateway"), ("net-internet-InternetGateway", "")]


def test_the_nat_gateway_stands_in_a_public_subnet(declare: Declare) -> None:
    """In a private one it would have no way out itself."""
    (nat,) = properties(declare(lambda: Network("net", ARGS)), "NatGateway")

    assert nat["subnetId"] == "net-public-us-east-1a-Subnet"


def test_s3_is_reached_from_every_route_table_without_nat(declare: Declare) -> None:
    """Checkpoints would cost by the gigabyte otherwise."""
    graph = declare(lambda: Network("net", ARGS))
    (endpoint,) = properties(graph, "VpcEndpoint")

    assert endpoint["serviceName"] == "com.amazonaws.us-east-1.s3"
    assert len(endpoint["routeTableIds"]) == len(properties(graph, "RouteTable")) == 3


def test_the_default_security_group_lets_nothing_through(declare: Declare) -> None:
    """What forgets to name a group gets none that works."""
    (group,) = properties(declare(lambda: Network("net", ARGS)), "DefaultSecurityGroup")

    assert (group["ingress"], group["egress"]) == ([], [])


def test_what_takes_tags_has_them_and_a_name(declare: Declare) -> None:
    """Nothing that costs money is without an owner."""
    tagged = [each["tags"] for each in properties(declare(lambda: Network("net", ARGS)), "Vpc")]

    assert tagged == [{"owner": "us", "Name": "net-vpc"}]


def test_every_resource_is_a_child_of_the_component_and_named_after_it(declare: Declare) -> None:
    """So that two networks in one program never collide."""
    graph = declare(lambda: Network("net", ARGS))
    (component,) = graph.children("")

    assert {each.parent for each in graph if each.custom} == {component.urn}
    assert all(each.name.startswith("net-") for each in graph if each.custom)


def test_a_network_that_cannot_be_cut_up_names_the_argument(declare: Declare) -> None:
    """The component's own error, which the engine shows with the property's path."""
    with pytest.raises(EvaluationError, match="10.0.0.0/24 is a /24; a network is cut into subnets from /16 to /22"):
        declare(lambda: Network("net", {**ARGS, "cidr": "10.0.0.0/24"}))


def test_outputs_can_be_used_by_others(declare: Declare) -> None:
    """The ids that a fleet needs are there, by zone."""
    seen: list[str] = []

    def program() -> None:
        network = Network("net", ARGS)
        pulumi.Output.all(network.vpc_id, *network.private_subnet_ids.values()).apply(seen.extend)

    declare(program)

    assert seen == ["net-vpc-Vpc", "net-private-us-east-1a-Subnet", "net-private-us-east-1b-Subnet"]
