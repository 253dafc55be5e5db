import pytest

from components.efa import FabricSecurityGroup, Interface, interfaces
from components.instance_types import NetworkCard, instance_type
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


@pytest.mark.parametrize("name", ["p4d.24xlarge", "p5.48xlarge", "p5en.48xlarge", "p6-b200.48xlarge", "trn1.32xlarge"])
def test_no_two_interfaces_stand_in_one_slot_and_no_card_carries_too_many(name: str) -> None:
    """AWS refuses the launch otherwise."""
    cards = instance_type(name).network_cards
    layout = interfaces(cards)

    assert len({(each.network_card_index, each.device_index) for each in layout}) == len(layout)
    for card in cards:
        assert sum(each.network_card_index == card.index for each in layout) <= card.interfaces


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
            ("fabric-group-id", "fabric-group-id", "-1")
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
