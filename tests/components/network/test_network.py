from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest

from components.network.network import Network, NetworkArgs
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
    assert ways == [
        ("", "net-nat-us-east-1a-NatGateway"),
        ("", "net-nat-us-east-1a-NatGateway"),
        ("net-internet-InternetGateway", ""),
    ]


def test_the_nat_gateway_stands_in_a_public_subnet(declare: Declare) -> None:
    """In a private one it would have no way out itself."""
    (nat,) = properties(declare(lambda: Network("net", ARGS)), "NatGateway")

    assert nat["subnetId"] == "net-public-us-east-1a-Subnet"


def test_each_zone_may_have_a_nat_gateway_of_its_own(declare: Declare) -> None:
    """Then no zone's fall cuts another off; the first zone's is the same one as where there is only one."""
    graph = declare(lambda: Network("net", {**ARGS, "nat": "per-zone"}))
    gateways = [each["subnetId"] for each in properties(graph, "NatGateway")]
    routes = {each["routeTableId"]: each.get("natGatewayId") for each in properties(graph, "Route")}

    assert gateways == ["net-public-us-east-1a-Subnet", "net-public-us-east-1b-Subnet"]
    assert [(table, nat) for table, nat in routes.items() if nat] == [
        ("net-private-us-east-1a-RouteTable", "net-nat-us-east-1a-NatGateway"),
        ("net-private-us-east-1b-RouteTable", "net-nat-us-east-1b-NatGateway"),
    ]


def test_without_nat_nothing_leads_to_the_internet(declare: Declare) -> None:
    """No route, no gateway, no public subnet; S3 is reached all the same."""
    graph = declare(lambda: Network("net", {**ARGS, "nat": "none"}))

    assert not any(properties(graph, kind) for kind in ("Route", "InternetGateway", "NatGateway", "Eip"))
    assert [each["cidrBlock"] for each in properties(graph, "Subnet")] == ["10.20.0.0/19", "10.20.32.0/19"]
    assert [len(each["routeTableIds"]) for each in properties(graph, "VpcEndpoint")] == [2]


def test_zones_may_be_told_by_id(declare: Declare) -> None:
    """A Capacity Block's or a partner's zone is one place in every account only by its id."""
    graph = declare(lambda: Network("net", {**ARGS, "zones": ["use1-az4", "use1-az6"]}))
    subnets = properties(graph, "Subnet")

    assert [each["availabilityZoneId"] for each in subnets] == ["use1-az4", "use1-az6", "use1-az4", "use1-az6"]
    assert not any(each.get("availabilityZone") for each in subnets)


def test_appending_a_zone_changes_no_resource_that_was_there(declare: Declare) -> None:
    """But for the S3 endpoint, which has its route table too."""
    before = declare(lambda: Network("net", ARGS))
    after = {
        each.urn: each for each in declare(lambda: Network("net", {**ARGS, "zones": [*ARGS["zones"], "us-east-1c"]}))
    }

    changed = [each.name for each in before if each.custom and after[each.urn].properties != each.properties]
    assert changed == ["net-s3"]


def test_load_balancers_find_their_subnets(declare: Declare) -> None:
    """EKS looks for them by these tags."""
    subnets = properties(declare(lambda: Network("net", ARGS)), "Subnet")
    roles = {each["tags"]["Name"]: [tag for tag in each["tags"] if tag.startswith("kubernetes.io")] for each in subnets}

    assert roles["net-private-us-east-1a"] == ["kubernetes.io/role/internal-elb"]
    assert roles["net-public-us-east-1a"] == ["kubernetes.io/role/elb"]


def test_what_starts_in_a_private_subnet_waits_for_its_way_out(declare: Declare) -> None:
    """A node that boots before the route is there can't mount, register or install anything."""

    def program() -> None:
        network = Network("net", ARGS)
        aws.ec2.NetworkInterface("interface", subnet_id=network.private_subnet_ids["us-east-1b"])

    interface = next(each for each in declare(program) if each.name == "interface")

    awaited = {urn.rpartition("::")[2] for urn in interface.dependencies}
    assert {"net-private-us-east-1b", "net-private-us-east-1b-out"} <= awaited


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nat": "two"}, "nat.*'two' is none of one, per-zone, none"),
        ({"zones": []}, "there must be one, and each once"),
        ({"zones": ["us-east-1a", "us-east-1a"]}, "there must be one, and each once"),
        ({"zones": ["us-east-1a", "use1-az4"]}, "all by name or all by id; two may be one place"),
        ({"zones": ["us-west-2a"]}, "us-west-2a is not of us-east-1"),
        ({"zones": ["usw2-az1"]}, "usw2-az1 is not of us-east-1"),
        ({"avoid": ["10.0.0.0/16", "10.20.128.0/17"]}, "10.20.0.0/16 overlaps 10.20.128.0/17, which it must avoid"),
        ({"avoid": ["ten"]}, "'ten'|ten"),
        ({"addresses": {"us-east-1c": 1}}, "no zone us-east-1c; write one of us-east-1a, us-east-1b"),
        (
            {"addresses": {"us-east-1b": 8188}},
            "10.20.32.0/19 of us-east-1b has 8187 free addresses, and 8188 are asked",
        ),
    ],
)
def test_a_mistake_names_the_argument(declare: Declare, change: dict[str, Any], message: str) -> None:
    """And what to write instead, before anything is created."""
    args = cast("NetworkArgs", {**ARGS, **change})

    with pytest.raises(EvaluationError, match=message):
        declare(lambda: Network("net", args))


def test_as_many_addresses_as_a_subnet_has_may_be_taken(declare: Declare) -> None:
    """The other side of the bound."""
    assert properties(declare(lambda: Network("net", {**ARGS, "addresses": {"us-east-1b": 8187}})), "Vpc")


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
