"""Fleets for tests of policies: templates with real layouts, and what starts machines from them."""

from typing import Any

from components.catalogue.instance_types import instance_type
from components.fabric.interface_layout import Layout, interfaces
from policies.compute import INSTANCE, TEMPLATE
from policies.machines import NODE_GROUP, SCALING_GROUP
from policies.rule import example
from policies.stack import Resource
from tests.policies.documents import called

RESERVATION_ID = "cr-0123456789abcdef0"
FILLS = {"capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": RESERVATION_ID}}}
BOUGHT: dict[str, dict[str, Any]] = {
    "on-demand": {"capacityReservationSpecification": {"capacityReservationPreference": "none"}},
    "spot": {"instanceMarketOptions": {"marketType": "spot"}},
    "capacity-reservation": FILLS,
    "capacity-block": {**FILLS, "instanceMarketOptions": {"marketType": "capacity-block"}},
}


def laid_out(name: str, layout: Layout = Layout.EFA_ONLY) -> list[dict[str, Any]]:
    """The interfaces of a type as a launch template has them."""
    return [
        {
            "networkCardIndex": each.network_card_index,
            "deviceIndex": each.device_index,
            "interfaceType": each.interface_type,
        }
        for each in interfaces(instance_type(name).network_cards, layout)
    ]


def template(name: str = "p5.48xlarge", bought: str = "on-demand", **made_from: Resource) -> Resource:
    """A launch template of a type, with EFA on every card that has it."""
    properties = {"instanceType": name, "networkInterfaces": laid_out(name), **BOUGHT[bought]}
    if "placement" in made_from:
        properties["placement"] = {"groupName": "made-up"}
    return example(TEMPLATE, properties, **made_from)


def instances(of: Resource, count: int = 2, **made_from: Resource) -> list[Resource]:
    """Numbered instances."""
    one = example(INSTANCE, {"launchTemplate": {"version": "1"}}, launchTemplate=of, **made_from)
    return [called(str(number), one) for number in range(count)]


def scaled(of: Resource, count: int = 2, **made_from: Resource) -> list[Resource]:
    """An Auto Scaling group."""
    return [example(SCALING_GROUP, {"maxSize": count}, launchTemplate=of, **made_from)]


def of_cluster(of: Resource, count: int = 2, **made_from: Resource) -> list[Resource]:
    """A managed node group."""
    return [example(NODE_GROUP, {"scalingConfig": {"maxSize": count}}, launchTemplate=of, **made_from)]


STARTS = {"instances": instances, "an Auto Scaling group": scaled, "a node group": of_cluster}
