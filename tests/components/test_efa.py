import pytest

from components.efa import FabricSecurityGroup, Interface, interfaces
from components.instance_types import NetworkCard, instance_type, names
from components.refresh_instance_types import describe
from tests.components.conftest import Declare, properties


def test_primary_interface_leaves_card_0_room_for_the_fabric() -> None:
    """A p5 node: 32 cards, all with EFA; the primary interface stands beside the first `efa-only` one."""
    layout = interfaces(instance_type("p5.48xlarge").network_cards)

    assert layout[:3] == [Interface(0, 0, "interface"), Interface(0, 1, "efa-only"), Interface(1, 0, "efa-only")]
    assert [each.interface_type for each in layout].count("efa-only") == 32


def test_card_without_efa_carries_the_primary_interface_only() -> None:
    """A p6-b300 node: card 0 has no EFA."""
    layout = interfaces(instance_type("p6-b300.48xlarge").network_cards)

    assert [each for each in layout if each.network_card_index == 0] == [Interface(0, 0, "interface")]
    assert len(layout) == 17


def test_a_type_without_efa_has_the_primary_interface_only() -> None:
    """Nothing is asked of a card that it can't carry."""
    assert interfaces([NetworkCard(0, interfaces=4, supports_efa=False)]) == [Interface(0, 0, "interface")]


def test_primary_interface_carries_the_fabric_too_where_card_0_has_one_slot() -> None:
    """An hpc6id node: two cards with one interface each; the primary one must have an address."""
    layout = interfaces(instance_type("hpc6id.32xlarge").network_cards)

    assert layout == [Interface(0, 0, "efa"), Interface(1, 0, "efa-only")]
    assert [each.takes_address for each in layout] == [True, False]


def test_a_type_with_more_capable_cards_than_efa_interfaces_uses_the_first() -> None:
    """An i7ie node: either of its two cards could, and the API allows one."""
    layout = interfaces(instance_type("i7ie.48xlarge").network_cards)

    assert layout == [Interface(0, 0, "interface"), Interface(0, 1, "efa-only")]


def layout_of(name: str) -> list[Interface]:
    """The interfaces of a type."""
    return interfaces(instance_type(name).network_cards)


def slots(layout: list[Interface]) -> set[tuple[int, int]]:
    """Where the interfaces stand."""
    return {(each.network_card_index, each.device_index) for each in layout}


def test_no_two_interfaces_of_any_type_stand_in_one_slot() -> None:
    """AWS refuses the launch otherwise."""
    layouts = {name: layout_of(name) for name in names()}

    assert [name for name, layout in layouts.items() if len(slots(layout)) != len(layout)] == []


def test_no_card_of_any_type_carries_more_than_it_can() -> None:
    """Nor does it have a slot that the card has not."""
    overfull = [
        (name, card.index)
        for name in names()
        for card in instance_type(name).network_cards
        for mine in [[each for each in layout_of(name) if each.network_card_index == card.index]]
        if len(mine) > card.interfaces or any(each.device_index >= card.interfaces for each in mine)
    ]

    assert overfull == []


@pytest.mark.usefixtures("client")
def test_every_type_has_as_many_efa_interfaces_as_the_api_says() -> None:
    """All of them, and no more: the catalogue, the layout and DescribeInstanceTypes agree."""
    allowed = {
        answer["InstanceType"]: answer["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)
        for answer in describe()
    }

    assert {name: instance_type(name).efa_interfaces for name in names()} == allowed
    assert {name: sum("efa" in each.interface_type for each in layout_of(name)) for name in names()} == allowed


def test_only_the_primary_interface_takes_an_address() -> None:
    """So a subnet needs one address a node, not one an interface."""
    layout = interfaces(instance_type("p4d.24xlarge").network_cards)

    assert [each.takes_address for each in layout] == [True, False, False, False, False]


def test_the_security_group_lets_itself_through_in_both_directions(declare: Declare) -> None:
    """By the group's own id and for every protocol: a rule for 0.0.0.0/0 does not cover EFA."""
    graph = declare(
        lambda: FabricSecurityGroup(
            "fabric", {"vpc_id": "vpc-1", "ssh_cidr": "10.0.0.0/16", "ssh_port": 22, "tags": {"owner": "us"}}
        )
    )

    for kind in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        own = [each for each in properties(graph, kind) if each.get("referencedSecurityGroupId")]
        assert [(each["referencedSecurityGroupId"], each["securityGroupId"], each["ipProtocol"]) for each in own] == [
            ("fabric-group-SecurityGroup", "fabric-group-SecurityGroup", "-1")
        ]


def test_ssh_is_let_in_from_the_network_only(declare: Declare) -> None:
    """No rule lets the world in."""
    graph = declare(
        lambda: FabricSecurityGroup(
            "fabric", {"vpc_id": "vpc-1", "ssh_cidr": "10.0.0.0/16", "ssh_port": 2222, "tags": {}}
        )
    )
    rules = [each for each in properties(graph, "SecurityGroupIngressRule") if each.get("cidrIpv4")]

    assert [(each["cidrIpv4"], each["ipProtocol"], each["fromPort"], each["toPort"]) for each in rules] == [
        ("10.0.0.0/16", "tcp", 2222, 2222)
    ]
