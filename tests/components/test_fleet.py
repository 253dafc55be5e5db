from typing import Any

import pytest

from components.fleet import Fleet, FleetArgs
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

ARGS: FleetArgs = {
    "instance_type": "p5.48xlarge",
    "nodes": 3,
    "image_id": "ami-0123456789abcdef0",
    "subnet_id": "subnet-1",
    "security_group_id": "sg-1",
    "tags": {"owner": "us", "fleet": "training"},
}
BLOCK = "cr-0123456789abcdef0"


def declared(declare: Declare, **changed: Any) -> Graph:  # noqa: ANN401 - any argument of a fleet
    """A fleet with these arguments instead."""
    args: FleetArgs = {**ARGS, **changed}  # type: ignore[typeddict-item]
    return declare(lambda: Fleet("training", args))


def template(graph: Graph) -> dict[str, Any]:
    """The properties of its launch template."""
    (found,) = properties(graph, "LaunchTemplate")
    return found


def test_every_network_card_has_its_interfaces_in_the_fleets_subnet_and_group(declare: Declare) -> None:
    """33 interfaces on a p5: the primary one and an `efa-only` one a card."""
    interfaces = template(declared(declare))["networkInterfaces"]

    assert len(interfaces) == 33
    assert {each["subnetId"] for each in interfaces} == {"subnet-1"}
    assert {tuple(each["securityGroups"]) for each in interfaces} == {("sg-1",)}
    assert interfaces[0]["interfaceType"] == "interface"
    assert not any("associatePublicIpAddress" in each for each in interfaces)


def test_nodes_are_numbered_and_start_from_the_templates_latest_version(declare: Declare) -> None:
    """The number is a tag, by which the inventory finds the node."""
    nodes = properties(declared(declare), "Instance")

    assert [(each["tags"]["Name"], each["tags"]["node"]) for each in nodes] == [
        ("training-0", "0"),
        ("training-1", "1"),
        ("training-2", "2"),
    ]
    assert {(each["launchTemplate"]["id"], each["launchTemplate"]["version"]) for each in nodes} == {
        ("training-template-LaunchTemplate", "1")
    }


def test_a_changed_template_replaces_no_running_node(declare: Declare) -> None:
    """The provider would, for every new version: the engine is told to keep the one that the node started from."""
    nodes = [each for each in declared(declare) if each.type.endswith(":Instance")]

    assert {each.ignore_changes for each in nodes} == {("launchTemplate",)}
    assert {each.parent for each in nodes} == {each.urn for each in declared(declare) if each.type.endswith(":Fleet")}


def test_removing_the_last_node_touches_no_other(declare: Declare) -> None:
    """The others keep their names and all that is said of them."""
    three, two = (properties(declared(declare, nodes=nodes), "Instance") for nodes in (3, 2))

    assert three[:2] == two


def test_what_the_template_starts_is_tagged(declare: Declare) -> None:
    """The provider's default tags miss volumes and network interfaces."""
    specifications = template(declared(declare))["tagSpecifications"]

    assert [each["resourceType"] for each in specifications] == ["volume", "network-interface"]
    assert all(each["tags"]["owner"] == "us" for each in specifications)


def test_metadata_is_given_to_sessions_only(declare: Declare) -> None:
    """IMDSv2 is required."""
    assert template(declared(declare))["metadataOptions"]["httpTokens"] == "required"


def test_a_cluster_placement_group_where_asked_for(declare: Declare) -> None:
    """One of the fleet's own, and none without asking."""
    together, apart = declared(declare, cluster_placement=True), declared(declare)

    assert [each["strategy"] for each in properties(together, "PlacementGroup")] == ["cluster"]
    assert template(together)["placement"] == {"groupName": "training-placement-name"}
    assert properties(apart, "PlacementGroup") == []
    assert template(apart).get("placement") is None


@pytest.mark.parametrize(
    ("purchase", "market", "reservation"),
    [
        ("on-demand", None, {"capacityReservationPreference": "none"}),
        ("spot", {"marketType": "spot"}, None),
        (
            "capacity-block",
            {"marketType": "capacity-block"},
            {"capacityReservationTarget": {"capacityReservationId": BLOCK}},
        ),
        ("capacity-reservation", None, {"capacityReservationTarget": {"capacityReservationId": BLOCK}}),
    ],
)
def test_each_purchase_says_its_market_and_reservation(
    declare: Declare, purchase: str, market: dict[str, str] | None, reservation: dict[str, Any] | None
) -> None:
    """A Capacity Block needs both; on demand fills no reservation that happens to be open."""
    reservation_id = BLOCK if purchase.startswith("capacity") else None
    found = template(declared(declare, purchase=purchase, reservation_id=reservation_id))

    assert found.get("instanceMarketOptions") == market
    assert found.get("capacityReservationSpecification") == reservation


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instance_type": "p5.48xlrge"}, "did you mean p5.48xlarge"),
        ({"nodes": 0}, "a fleet has at least one node, not 0"),
        ({"purchase": "reserved"}, "'reserved' is none of on-demand, spot"),
        ({"purchase": "capacity-block"}, "purchase capacity-block needs a reservation"),
        ({"reservation_id": BLOCK}, "purchase on-demand takes no reservation"),
        (
            {"purchase": "capacity-block", "reservation_id": BLOCK, "cluster_placement": True},
            "reserved capacity is placed already",
        ),
        ({"instance_type": "t3.micro", "cluster_placement": True}, "t3.micro can't stand in a cluster placement group"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(declare: Declare, changed: dict[str, Any], message: str) -> None:
    """Before anything is declared, and so before anything is created."""
    with pytest.raises(EvaluationError, match=message):
        declared(declare, **changed)
