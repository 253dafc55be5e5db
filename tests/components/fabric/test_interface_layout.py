import pytest

from components.catalogue.instance_types import NetworkCard, instance_type, names
from components.catalogue.refresh_instance_types import describe
from components.fabric.interface_layout import Interface, Layout, addresses, interfaces


def layout_of(name: str, layout: Layout = Layout.EFA_ONLY) -> list[Interface]:
    """The interfaces of a type."""
    return interfaces(instance_type(name).network_cards, layout)


def slots(layout: list[Interface]) -> set[tuple[int, int]]:
    """Where the interfaces stand."""
    return {(each.network_card_index, each.device_index) for each in layout}


@pytest.mark.parametrize(
    ("name", "cards", "fabric", "slots_a_card"),
    [
        ("p4d.24xlarge", 4, 4, 15),
        ("p4de.24xlarge", 4, 4, 15),
        ("p5.48xlarge", 32, 32, 2),
        ("p5e.48xlarge", 32, 32, 2),
        ("p5en.48xlarge", 16, 16, 4),
        ("p6-b200.48xlarge", 8, 8, 4),
        ("p6-b300.48xlarge", 17, 16, 4),
        ("g6e.24xlarge", 2, 2, 10),
        ("g6e.48xlarge", 4, 4, 10),
        ("g7e.48xlarge", 4, 4, None),
        ("trn1.32xlarge", 8, 8, 5),
        ("trn1n.32xlarge", 16, 16, 5),
        ("trn2.48xlarge", 16, 16, 2),
        *[(f"g5.{size}xlarge", 1, 1, None) for size in (8, 12, 16, 24, 48)],
        *[(f"g6.{size}xlarge", 1, 1, None) for size in (8, 12, 16, 24, 48)],
        ("p5.4xlarge", 1, 1, None),
    ],
)
def test_every_card_of_the_fabrics_types_is_used(name: str, cards: int, fabric: int, slots_a_card: int | None) -> None:
    """As AWS documents them: cards, EFA interfaces, interfaces a card; in either layout."""
    known = instance_type(name)
    today, older = layout_of(name), layout_of(name, Layout.EFA)

    assert (len(known.network_cards), known.efa_interfaces) == (cards, fabric)
    assert slots_a_card is None or {card.interfaces for card in known.network_cards} == {slots_a_card}
    assert [each.interface_type for each in today].count("efa-only") == fabric
    assert [each.interface_type for each in older].count("efa") == fabric
    assert addresses(known.network_cards) == 1
    assert {each.network_card_index for each in today} == {each.network_card_index for each in older}


def test_primary_interface_leaves_card_0_room_for_the_fabric() -> None:
    """A p5 node: 32 cards, all with EFA; the primary interface stands beside the first `efa-only` one."""
    layout = layout_of("p5.48xlarge")

    assert layout[:3] == [Interface(0, 0, "interface"), Interface(0, 1, "efa-only"), Interface(1, 0, "efa-only")]
    assert [each.interface_type for each in layout].count("efa-only") == 32


def test_card_without_efa_carries_the_primary_interface_only() -> None:
    """A p6-b300 node: card 0 has no EFA."""
    layout = layout_of("p6-b300.48xlarge")

    assert [each for each in layout if each.network_card_index == 0] == [Interface(0, 0, "interface")]
    assert len(layout) == 17


@pytest.mark.parametrize("layout", Layout)
def test_a_type_without_efa_has_the_primary_interface_only(layout: Layout) -> None:
    """Nothing is asked of a card that it can't carry."""
    cards = [NetworkCard(0, interfaces=4, supports_efa=False)]

    assert interfaces(cards, layout) == [Interface(0, 0, "interface")]


def test_primary_interface_carries_the_fabric_too_where_card_0_has_one_slot() -> None:
    """An hpc6id node: two cards with one interface each; the primary one must have an address."""
    layout = layout_of("hpc6id.32xlarge")

    assert layout == [Interface(0, 0, "efa"), Interface(1, 0, "efa-only")]
    assert [each.takes_address for each in layout] == [True, False]


def test_a_type_with_more_capable_cards_than_efa_interfaces_uses_the_first() -> None:
    """An i7ie node: either of its two cards could, and the API allows one."""
    assert layout_of("i7ie.48xlarge") == [Interface(0, 0, "interface"), Interface(0, 1, "efa-only")]


def test_the_older_layout_has_efa_on_card_0_and_device_1_elsewhere() -> None:
    """Each interface of it takes an address."""
    layout = layout_of("p4d.24xlarge", Layout.EFA)

    assert layout == [Interface(0, 0, "efa"), Interface(1, 1, "efa"), Interface(2, 1, "efa"), Interface(3, 1, "efa")]
    assert addresses(instance_type("p4d.24xlarge").network_cards, Layout.EFA) == 4


def test_the_older_layout_leaves_a_card_without_efa_to_ip() -> None:
    """A p6-b300 node takes 17 addresses in it."""
    assert layout_of("p6-b300.48xlarge", Layout.EFA)[:2] == [Interface(0, 0, "interface"), Interface(1, 1, "efa")]
    assert addresses(instance_type("p6-b300.48xlarge").network_cards, Layout.EFA) == 17


@pytest.mark.parametrize("layout", Layout)
def test_no_two_interfaces_of_any_type_stand_in_one_slot(layout: Layout) -> None:
    """AWS refuses the launch otherwise."""
    layouts = {name: layout_of(name, layout) for name in names()}

    assert [name for name, each in layouts.items() if len(slots(each)) != len(each)] == []


@pytest.mark.parametrize("layout", Layout)
def test_no_card_of_any_type_carries_more_than_it_can(layout: Layout) -> None:
    """Nor does it have a slot that the card has not, nor a primary interface that can't have an address."""
    overfull = [
        (name, card.index)
        for name in names()
        for card in instance_type(name).network_cards
        for mine in [[each for each in layout_of(name, layout) if each.network_card_index == card.index]]
        if len(mine) > card.interfaces or any(each.device_index >= card.interfaces for each in mine)
    ]

    assert overfull == []
    assert {layout_of(name, layout)[0].takes_address for name in names()} == {True}


@pytest.mark.usefixtures("client")
def test_every_type_has_as_many_efa_interfaces_as_the_api_says() -> None:
    """All of them, and no more: the catalogue, the layouts and DescribeInstanceTypes agree."""
    allowed = {
        answer["InstanceType"]: answer["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)
        for answer in describe()
    }

    assert {name: instance_type(name).efa_interfaces for name in names()} == allowed
    for layout in Layout:
        fabric = {name: sum("efa" in each.interface_type for each in layout_of(name, layout)) for name in names()}
        assert fabric == allowed
