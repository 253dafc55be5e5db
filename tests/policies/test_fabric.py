from dataclasses import replace

import pytest

from components.catalogue.instance_types import UnknownInstanceTypeError, instance_type, names
from components.fabric.interface_layout import Layout
from policies.compute import INSTANCE, TEMPLATE
from policies.fabric import EFA_NIC_LAYOUT, MULTI_CARD_NO_PUBLIC_IP
from policies.machines import NODE_GROUP
from policies.network import SUBNET
from policies.rule import example
from policies.stack import Resource
from policies.subnets import ASSOCIATION, INTERNET_GATEWAY, NAT, ROUTE, TABLE
from policies.unknown import NotEvaluatedError
from tests.policies.documents import word
from tests.policies.fleets import instances, laid_out, of_cluster, scaled, template

PRIMARY = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
NO_ADDRESS = "device 0 of network card 0 is efa-only, and the primary interface needs an address"
SECOND = {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"}


def with_efa() -> list[str]:
    """The catalogue's types with EFA, those apart that it leaves out."""
    found = []
    for name in names():
        try:
            found += [name] * bool(instance_type(name).efa_interfaces)
        except UnknownInstanceTypeError:
            continue
    return found


@pytest.mark.parametrize("layout", Layout)
def test_every_type_with_efa_is_right_as_the_component_lays_it_out(layout: Layout) -> None:
    """Today's layout and the older one."""
    wrong = {
        name: problem
        for name in with_efa()
        if (problem := word(EFA_NIC_LAYOUT, replace(template(name), properties=of(name, laid_out(name, layout)))))
    }

    assert wrong == {}
    assert len(with_efa()) > 100


def of(name: str, interfaces: list[dict[str, object]]) -> dict[str, object]:
    """A template's properties."""
    return {"instanceType": name, "networkInterfaces": interfaces}


@pytest.mark.parametrize(
    ("name", "interfaces", "expected"),
    [
        (
            "p5.48xlarge",
            [each for each in laid_out("p5.48xlarge") if each["networkCardIndex"] not in (3, 4, 5, 31)],
            "4 of 32 network cards of p5.48xlarge with EFA have no EFA interface: 3-5, 31",
        ),
        (
            "p6-b300.48xlarge",
            [*laid_out("p6-b300.48xlarge"), SECOND],
            "p6-b300.48xlarge has no EFA on network cards 0",
        ),
        (
            "hpc6id.32xlarge",
            [*laid_out("hpc6id.32xlarge"), SECOND],
            "2 interfaces on network card 0 of hpc6id.32xlarge, which takes 1",
        ),
        ("g6.8xlarge", [PRIMARY, SECOND, SECOND], "2 interfaces are device 1 of network card 0"),
        (
            "g6.8xlarge",
            [PRIMARY, {"interfaceType": "efa-only"}],
            "2 interfaces are device 0 of network card 0; " + NO_ADDRESS,
        ),
        ("g6.8xlarge", [{"interfaceType": "efa-only"}], NO_ADDRESS),
        ("g6.8xlarge", [SECOND], "no interface is device 0 of network card 0, which every instance has"),
        (
            "p5.48xlarge",
            [],
            "32 of 32 network cards of p5.48xlarge with EFA have no EFA interface: 0-31",
        ),
    ],
)
def test_a_wrong_layout_is_told(name: str, interfaces: list[dict[str, object]], expected: str) -> None:
    """Each is a way to lose the fabric without a word, or an instance that never starts."""
    assert word(EFA_NIC_LAYOUT, example(TEMPLATE, of(name, interfaces))) == expected


def test_a_type_that_is_not_made_for_it_may_go_without() -> None:
    """One card, or no accelerators: EFA is there to be had."""
    assert word(EFA_NIC_LAYOUT, example(TEMPLATE, of("g6.8xlarge", [PRIMARY]))) is None
    assert word(EFA_NIC_LAYOUT, example(TEMPLATE, of("c6in.32xlarge", [PRIMARY]))) is None


@pytest.mark.parametrize("kind", [INSTANCE, NODE_GROUP])
def test_machines_without_a_template_have_no_fabric(kind: str) -> None:
    """Neither an instance nor a node group of that type gets an EFA interface by itself."""
    key = {INSTANCE: "instanceType", NODE_GROUP: "instanceTypes"}[kind]
    alone = example(kind, {key: "trn2.48xlarge" if kind == INSTANCE else ["trn2.48xlarge"]})

    assert word(EFA_NIC_LAYOUT, alone) == "16 of 16 network cards of trn2.48xlarge with EFA have no EFA interface: 0-15"


def test_a_type_may_come_from_what_starts_the_machines() -> None:
    """A node group names it as well as its template."""
    bare = example(TEMPLATE, {"networkInterfaces": [PRIMARY, SECOND]})
    group = replace(of_cluster(bare)[0], properties={"instanceTypes": ["p4d.24xlarge"]})

    assert "3 of 4 network cards" in (word(EFA_NIC_LAYOUT, bare, group) or "")
    assert word(EFA_NIC_LAYOUT, group, bare) is None  # its template is judged, once


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (example(TEMPLATE, of("p6e-gb200.36xlarge", [PRIMARY, SECOND])), "p6e-gb200 is not supported"),
        (example(TEMPLATE, of("p99.48xlarge", [PRIMARY, SECOND])), "no instance type is called"),
        (example(INSTANCE, {"launchTemplate": {"id": "lt-1"}}), "its launch template is not declared here"),
        (example(TEMPLATE, {}), "its instance type is not said"),
        (
            example(
                INSTANCE,
                {"instanceType": "p5.48xlarge"},
                primaryNetworkInterface=example("aws:ec2/networkInterface:NetworkInterface", {"interfaceType": "efa"}),
            ),
            "its network interfaces are resources of their own",
        ),
    ],
)
def test_what_can_not_be_told_is_not_evaluated(resource: Resource, why: str) -> None:
    """Never a pass."""
    interface = example("aws:ec2/networkInterface:NetworkInterface", {"interfaceType": "efa"})
    with pytest.raises(NotEvaluatedError, match=why):
        word(EFA_NIC_LAYOUT, resource, interface)


def test_numbers_of_the_engine_are_floats() -> None:
    """And what is absent may be null, or of an instance's type empty."""
    interfaces: list[dict[str, object]] = [
        {"networkCardIndex": None, "deviceIndex": 0.0},
        {**SECOND, "deviceIndex": 1.0},
    ]

    start = example(TEMPLATE, of("g6.8xlarge", interfaces))

    assert (
        word(EFA_NIC_LAYOUT, start, *[replace(each, properties={"instanceType": ""}) for each in instances(start)])
        is None
    )


@pytest.mark.parametrize("asked", ["true", True])
def test_an_address_that_is_asked_for_is_refused(asked: object) -> None:
    """EC2 refuses to start it; with one interface it is another rule's matter."""
    several = [{**PRIMARY, "associatePublicIpAddress": asked}, SECOND]

    assert word(MULTI_CARD_NO_PUBLIC_IP, example(TEMPLATE, of("g6.8xlarge", several))) == (
        "an interface asks for a public address, and EC2 gives an instance with several interfaces none"
    )
    assert word(MULTI_CARD_NO_PUBLIC_IP, example(TEMPLATE, of("g6.8xlarge", several[:1]))) is None


def test_an_instance_may_ask_for_its_template() -> None:
    """What it says itself holds."""
    start = template()
    asking = [replace(each, properties={"associatePublicIpAddress": True}) for each in instances(start, 1)]

    assert (word(MULTI_CARD_NO_PUBLIC_IP, start, *asking) or "").startswith(f"{asking[0].name} asks for a public")
    assert word(MULTI_CARD_NO_PUBLIC_IP, start, *instances(start)) is None


@pytest.mark.parametrize(("gateway", "key"), [(INTERNET_GATEWAY, "gatewayId"), (NAT, "natGatewayId")])
def test_a_public_subnet_is_told(gateway: str, key: str) -> None:
    """Its way out takes a public address, which such machines get none of."""
    subnet, table, way_out = example(SUBNET, {}), example(TABLE, {}), example(gateway, {})
    route = example(ROUTE, {}, routeTableId=table, **{key: way_out})
    association = example(ASSOCIATION, {}, subnetId=subnet, routeTableId=table)
    start = template()
    group = scaled(start, vpcZoneIdentifiers=association)

    said = word(MULTI_CARD_NO_PUBLIC_IP, start, *group, subnet, table, way_out, route, association)

    public = "it stands in subnet, whose way out takes a public address, and it gets none"
    assert said == (public if gateway == INTERNET_GATEWAY else None)
