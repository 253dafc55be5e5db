import json
from base64 import b64decode
from typing import Any

import pulumi
import pytest

from components.fleet.fleet import KEPT, Fleet, FleetArgs, RootVolume
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
SCALING = {"minimum": 1, "maximum": 4}


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

    assert {each.ignore_changes for each in nodes} == {tuple(KEPT)}
    assert {each.parent for each in nodes} == {each.urn for each in declared(declare) if each.type.endswith(":Fleet")}


def test_removing_the_last_node_touches_no_other(declare: Declare) -> None:
    """The others keep their names and all that is said of them."""
    three, two = (properties(declared(declare, nodes=nodes), "Instance") for nodes in (3, 2))

    assert three[:2] == two


def test_removing_a_node_from_the_middle_touches_that_node_only(declare: Declare) -> None:
    """Everything else that the fleet declares is the same, to the last property."""
    whole, rest = declared(declare), declared(declare, without=[1])

    assert {each.name for each in whole} - {each.name for each in rest} == {"training-1"}
    assert [each for each in whole if each.name != "training-1"] == list(rest)


def test_what_the_template_starts_is_tagged(declare: Declare) -> None:
    """The provider's default tags miss volumes and network interfaces."""
    specifications = template(declared(declare))["tagSpecifications"]

    assert [each["resourceType"] for each in specifications] == ["volume", "network-interface"]
    assert all(each["tags"]["owner"] == "us" for each in specifications)


def test_a_request_for_spot_instances_is_tagged_too(declare: Declare) -> None:
    """Where there is one: EC2 refuses to start an instance with tags for what it does not have."""
    specifications = template(declared(declare, purchase="spot"))["tagSpecifications"]

    assert specifications[-1]["resourceType"] == "spot-instances-request"


def test_the_root_volume_is_encrypted_gp3(declare: Declare) -> None:
    """As large and as fast as asked for, under the name that the image has for it."""
    volume = RootVolume(size_gib=500, iops=6000, throughput_mib_per_second=1000, device="/dev/xvda")
    (mapping,) = template(declared(declare, root_volume=volume))["blockDeviceMappings"]

    assert mapping["deviceName"] == "/dev/xvda"
    assert mapping["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 500,
        "iops": 6000,
        "throughput": 1000,
        "encrypted": "true",
        "deleteOnTermination": "true",
    }


def test_nodes_have_the_fleets_own_role_and_the_buckets_that_it_is_given(declare: Declare) -> None:
    """The profile is the fleet's child; without buckets it has no policy of its own."""
    bucket = {"arn": "arn:aws:s3:::data-1", "key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"}
    plain, given = declared(declare), declared(declare, buckets=[bucket])
    (profile,) = (each for each in plain if each.type == "aws:iam/instanceProfile:InstanceProfile")

    assert template(plain)["iamInstanceProfile"]["arn"].endswith("/training-profile")
    assert profile.name == "training-profile"
    assert (len(properties(plain, "RolePolicy")), len(properties(given, "RolePolicy"))) == (0, 1)


def boot(graph: Graph) -> dict[str, Any]:
    """What cloud-init reads on a node."""
    document: dict[str, Any] = json.loads(b64decode(template(graph)["userData"]).decode().partition("\n")[2])
    return document


def paths(graph: Graph) -> set[str]:
    """The files that cloud-init writes."""
    return {each["path"] for each in boot(graph).get("write_files", [])}


def test_efa_types_and_no_others_are_set_up_for_efa(declare: Declare) -> None:
    """Ten gigabytes of huge pages are no gift for a node without a fabric."""
    assert "/etc/sysctl.d/60-efa.conf" in paths(declared(declare))
    assert paths(declared(declare, instance_type="m7i.large")) == set()


def test_local_disks_are_counted_by_the_catalogue(declare: Declare) -> None:
    """A p5 has eight; none is touched unless a folder is given."""
    unit = "/etc/systemd/system/stripe-local-disks.service"
    (written,) = (
        each for each in boot(declared(declare, local_disks="/scratch"))["write_files"] if each["path"] == unit
    )

    assert "stripe-local-disks 8 /scratch" in written["content"]
    assert unit not in paths(declared(declare))


def test_lustre_is_mounted_by_names_that_another_resource_gives(declare: Declare) -> None:
    """Its DNS name and mount name are outputs of the file system."""

    def program() -> None:
        name = pulumi.Output.from_input("fs-1.example")
        Fleet("f", {**ARGS, "lustre": {"dns_name": name, "mount_name": "abcd", "folder": "/fsx"}})

    assert boot(declare(program))["runcmd"][-1][1:3] == ["fs-1.example@tcp:/abcd", "/fsx"]


def test_only_known_inputs_flow_into_user_data(declare: Declare) -> None:
    """Neither the key pair nor a tag nor a bucket: what anybody on the node can read holds no more than it must."""
    quiet = declared(declare)
    loud = declared(
        declare,
        key_name="canary",
        tags={"owner": "canary"},
        buckets=[{"arn": "arn:aws:s3:::canary", "key_arn": None}],
    )

    assert template(loud)["userData"] == template(quiet)["userData"]


@pytest.mark.parametrize(
    ("argument", "on_node"), [("stop_protection", "Stop"), ("termination_protection", "Termination")]
)
def test_protection_stands_on_the_node_where_it_can_be_taken_away(
    declare: Declare, argument: str, on_node: str
) -> None:
    """In the template it would hold for new nodes only, and could not be lifted from running ones."""
    off, on = (properties(declared(declare, **{argument: value}), "Instance") for value in (False, True))

    assert {each[f"disableApi{on_node}"] for each in off} == {False}
    assert {each[f"disableApi{on_node}"] for each in on} == {True}


def test_detailed_monitoring_is_asked_for(declare: Declare) -> None:
    """It costs, so it is off by default."""
    assert template(declared(declare))["monitoring"] == {"enabled": False}
    assert template(declared(declare, detailed_monitoring=True))["monitoring"] == {"enabled": True}


def test_metadata_is_given_to_sessions_only(declare: Declare) -> None:
    """IMDSv2 is required, and its answer travels one hop: no further than the instance."""
    options = template(declared(declare))["metadataOptions"]

    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


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
        ({"without": [3]}, "there is no node 3: the nodes are numbered from 0 to 2"),
        ({"without": [0, 1, 2]}, "no node is left"),
        ({"without": [1], "scaling": SCALING}, "the nodes of an Auto Scaling group have no numbers"),
        ({"nodes": 5, "scaling": SCALING}, "5 nodes are not between 1 and 4"),
        ({"root_volume": RootVolume(iops=100)}, "gp3 has 3,000 to 80,000 IOPS, not 100"),
        ({"instance_type": "m7i.large", "local_disks": "/scratch"}, "m7i.large has no local NVMe disks"),
        ({"stop_protection": True, "purchase": "spot"}, "AWS takes spot instances back all the same"),
        ({"termination_protection": True, "scaling": SCALING}, "an Auto Scaling group ends its nodes all the same"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(declare: Declare, changed: dict[str, Any], message: str) -> None:
    """Before anything is declared, and so before anything is created."""
    with pytest.raises(EvaluationError, match=message):
        declared(declare, **changed)
