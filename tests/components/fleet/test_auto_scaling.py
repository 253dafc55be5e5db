from typing import Any

from components.fleet.fleet import Fleet, FleetArgs
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties
from tests.components.fleet.test_fleet import ARGS

BOUNDS = {"minimum": 1, "maximum": 8}


def declared(declare: Declare, **changed: Any) -> Graph:  # noqa: ANN401 - any argument of a fleet
    """A fleet of an Auto Scaling group."""
    args: FleetArgs = {**ARGS, "scaling": BOUNDS, **changed}  # type: ignore[typeddict-item]
    return declare(lambda: Fleet("training", args))


def test_a_group_instead_of_numbered_nodes_in_the_fleets_one_subnet(declare: Declare) -> None:
    """A fleet never spans zones, so the group has one subnet, and the template leaves the choice to it."""
    graph = declared(declare)
    (group,), (template,) = properties(graph, "Group"), properties(graph, "LaunchTemplate")

    assert (group["minSize"], group["desiredCapacity"], group["maxSize"]) == (1, 3, 8)
    assert group["vpcZoneIdentifiers"] == ["subnet-1"]
    assert (group["launchTemplate"]["id"], group["launchTemplate"]["version"]) == (
        "training-template-LaunchTemplate",
        "1",
    )
    assert not any("subnetId" in each for each in template["networkInterfaces"])
    assert properties(graph, "Instance") == []


def test_its_nodes_carry_the_tags_that_the_inventory_looks_for(declare: Declare) -> None:
    """All of the fleet's, at launch; the node's tag says that it has no number."""
    (group,) = properties(declared(declare), "Group")
    tags = {tag["key"]: tag["value"] for tag in group["tags"] if tag["propagateAtLaunch"]}

    assert tags == {"owner": "us", "fleet": "training", "Name": "training", "node": "scaled"}


def test_a_changed_template_refreshes_nothing_unless_asked_for(declare: Declare) -> None:
    """A new image must not take training nodes away."""
    (kept,), (refreshed,) = (
        properties(declared(declare, scaling={**BOUNDS, "refresh": refresh}), "Group") for refresh in (False, True)
    )

    assert kept.get("instanceRefresh") is None
    assert refreshed["instanceRefresh"] == {"strategy": "Rolling"}


def test_whoever_scales_it_has_the_last_word(declare: Declare) -> None:
    """The next `pulumi up` would take their nodes away otherwise."""
    (group,) = (each for each in declared(declare) if each.type.endswith(":Group"))

    assert group.ignore_changes == ("desiredCapacity",)
