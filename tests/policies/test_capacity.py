from base64 import b64encode
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from policies.capacity import CAPACITY_BLOCK_WINDOW, P_TYPES_NEED_RESERVATION, SUBNET_FITS_FLEET
from policies.compute import INSTANCE
from policies.machines import NODE_GROUP
from policies.network import DEFAULT_SUBNET, SUBNET
from policies.rule import Subject, example
from policies.stack import Resource, Stack
from policies.subnets import CLUSTER, CONNECT_ENDPOINT, ENDPOINT
from policies.unknown import NotEvaluatedError, Unknown
from stacks.settings import Settings
from tests.policies.documents import settings, word
from tests.policies.fleets import BOUGHT, FILLS, RESERVATION_ID, instances, laid_out, of_cluster, scaled, template

SMALL = example(SUBNET, {"cidrBlock": "10.0.0.0/24"})  # 251 addresses to take
OTHER = example(DEFAULT_SUBNET, {"cidrBlock": "10.0.1.0/24"})
BLOCK = {"starts": "2026-11-10T11:30:00Z", "ends": "2026-12-01T11:30:00Z", "instances": 2}
MANAGER = {"principal": "arn:aws:iam::111111111111:role/ops", "policy": "AmazonEKSClusterAdminPolicy"}
NEEDS = "p5.48xlarge bought {} without a reservation: AWS may have none, or fewer than are asked for"


def test_every_machine_takes_an_address() -> None:
    """Interfaces that are efa-only take none."""
    each = template()

    assert word(SUBNET_FITS_FLEET, SMALL, each, *scaled(each, 251, vpcZoneIdentifiers=SMALL)) is None
    assert word(SUBNET_FITS_FLEET, SMALL, each, *scaled(each, 252, vpcZoneIdentifiers=SMALL)) == (
        "the private subnet 10.0.0.0/24 of subnet has 251 free addresses, and 252 are asked for (launchtemplate 252)"
    )


def test_the_older_layout_takes_one_for_each_card() -> None:
    """32 of them on a p5.48xlarge: seven nodes fill a /24."""
    each = template(networkInterfaces=SMALL)
    older = [{**one, "interfaceType": "efa"} for one in laid_out("p5.48xlarge")]
    each = replace(each, properties={**each.properties, "networkInterfaces": older[1:]})

    assert word(SUBNET_FITS_FLEET, SMALL, each, *instances(each, 7)) is None
    assert "256 are asked for" in (word(SUBNET_FITS_FLEET, SMALL, each, *instances(each, 8)) or "")


def test_what_else_stands_there_counts() -> None:
    """Interface endpoints, the way in and the control plane; machines without a template too."""
    one = example(INSTANCE, {"instanceType": "m7i.xlarge"}, subnetId=SMALL)
    others = [
        example(ENDPOINT, {"vpcEndpointType": "Interface"}, subnetIds=SMALL),
        example(CONNECT_ENDPOINT, {}, subnetId=SMALL),
        example(CLUSTER, {}, vpcConfig=SMALL),
    ]
    each = template()
    group = scaled(each, 250, vpcZoneIdentifiers=SMALL)

    assert word(SUBNET_FITS_FLEET, SMALL, each, *group, one) is None
    assert (word(SUBNET_FITS_FLEET, SMALL, each, *group, one, *others) or "").endswith(
        "269 are asked for (launchtemplate 250, instance 1, vpcendpoint 1, instanceconnectendpoint 1, cluster 16)"
    )


def test_pods_take_addresses_too() -> None:
    """As many as the kubelet is told, or as the settings say; prefixes of 16, and one free."""
    each = template("m7i.xlarge")
    group = of_cluster(each, 4, subnetIds=SMALL)
    told = b64encode(b"spec:\n  kubelet:\n    flags:\n    - --max-pods=110\n").decode()
    telling = replace(each, properties={**each.properties, "userData": told})
    cluster = {"version": "1.36", "image": "1.36.3-20260911", "access": {"ops": MANAGER}}

    assert word(SUBNET_FITS_FLEET, SMALL, each, *group, of=settings(cluster=cluster)) is None
    assert "516 are asked for" in (word(SUBNET_FITS_FLEET, SMALL, telling, *group) or "")
    with pytest.raises(NotEvaluatedError, match="how many pods a node of launchtemplate runs at most"):
        word(SUBNET_FITS_FLEET, SMALL, each, *group)


def test_several_subnets_share_the_machines() -> None:
    """Half of them in each of two."""
    each = template()
    (group,) = scaled(each, 500, vpcZoneIdentifiers=SMALL)
    both = {**group.property_dependencies, "vpcZoneIdentifiers": (SMALL.urn, OTHER.urn)}

    assert word(SUBNET_FITS_FLEET, SMALL, OTHER, each, replace(group, property_dependencies=both)) is None
    assert word(SUBNET_FITS_FLEET, SMALL, OTHER, each, group) is not None


def test_a_subnet_from_elsewhere_can_not_be_told() -> None:
    """Its size is nowhere said: neither for the machines in it, nor where the block comes from a pool."""
    each = template()

    with pytest.raises(NotEvaluatedError, match="how large the subnet of its machines is"):
        word(SUBNET_FITS_FLEET, each, *instances(each))
    with pytest.raises(NotEvaluatedError, match="its address block is not declared here"):
        word(SUBNET_FITS_FLEET, example(SUBNET, {}), each)
    with pytest.raises(NotEvaluatedError, match="cidrBlock is not known before the update"):
        word(SUBNET_FITS_FLEET, example(SUBNET, {"cidrBlock": Unknown("cidrBlock")}), each)


@pytest.mark.parametrize("bought", BOUGHT)
def test_p_types_are_reserved(bought: str) -> None:
    """Nothing else makes sure of them, not for one node either; other families are had on demand."""
    reserved = bought in ("capacity-reservation", "capacity-block")

    assert word(P_TYPES_NEED_RESERVATION, template(bought=bought)) == (None if reserved else NEEDS.format(bought))
    assert word(P_TYPES_NEED_RESERVATION, template("g6.8xlarge", bought)) is None
    assert word(P_TYPES_NEED_RESERVATION, template("trn2.48xlarge", bought)) is None


def test_a_block_without_its_id_is_none() -> None:
    """The market alone reserves nothing."""
    market = {"instanceMarketOptions": {"marketType": "capacity-block"}}
    each = replace(template(), properties={"instanceType": "p5.48xlarge", **market})

    assert word(P_TYPES_NEED_RESERVATION, each) == NEEDS.format("capacity-block")


@pytest.mark.parametrize(
    "specification",
    [
        {"capacityReservationPreference": "capacity-reservations-only"},
        {"capacityReservationTarget": {"capacityReservationResourceGroupArn": "arn:aws:resource-groups:…"}},
    ],
)
def test_a_group_of_reservations_will_do(specification: dict[str, Any]) -> None:
    """Or any that is open, and nothing else."""
    properties = {"instanceType": "p5.48xlarge", "capacityReservationSpecification": specification}

    assert word(P_TYPES_NEED_RESERVATION, replace(template(), properties=properties)) is None


@pytest.mark.parametrize(
    ("kind", "properties"),
    [(INSTANCE, {"instanceType": "p5.48xlarge"}), (NODE_GROUP, {"instanceTypes": ["p5.48xlarge"]})],
)
def test_p_types_without_a_template_are_told_too(kind: str, properties: dict[str, Any]) -> None:
    """On demand is what both start by themselves."""
    assert word(P_TYPES_NEED_RESERVATION, example(kind, properties)) == NEEDS.format("on-demand")


def with_block(**changes: object) -> Settings:
    """Settings whose fleet is bought as a block."""
    bought = {"fleets__workers__purchase": "capacity-block", "fleets__workers__reservation": RESERVATION_ID}
    return settings(**bought, fleets__workers__block={**BLOCK, **changes})


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 1), None),
        (date(2026, 11, 28), None),
        *(
            (day, "the block ends at 2026-12-01 11:30 UTC; EC2 ends its instances from 30 minutes before on")
            for day in (date(2026, 11, 29), date(2026, 12, 1))
        ),
        (date(2026, 12, 2), "the block ended at 2026-12-01 11:30 UTC"),
    ],
)
def test_the_end_of_a_block_is_told_in_time(today: date, expected: str | None) -> None:
    """Within 48 hours of it, by the day, and after it."""
    each = template(bought="capacity-block")
    stack = Stack([each, *instances(each)])

    assert CAPACITY_BLOCK_WINDOW.judge(Subject(each, stack, with_block(), today)) == expected


def test_more_machines_than_the_block_has_are_told() -> None:
    """Those of all fleets that fill it count."""
    each = template(bought="capacity-block")

    assert word(CAPACITY_BLOCK_WINDOW, each, *scaled(each, 2), of=with_block()) is None
    assert word(CAPACITY_BLOCK_WINDOW, each, *scaled(each, 2), *of_cluster(each, 1), of=with_block()) == (
        f"3 machines are to fill {RESERVATION_ID}, which has 2"
    )


@pytest.mark.parametrize("bought", ["on-demand", "spot", "capacity-reservation"])
def test_other_purchases_have_no_window(bought: str) -> None:
    """A reservation ends when somebody ends it."""
    assert word(CAPACITY_BLOCK_WINDOW, template(bought=bought)) is None


@pytest.mark.parametrize("of", [settings(), with_block()], ids=["another's", "another"])
def test_a_block_that_the_settings_do_not_tell_of_is_not_evaluated(of: Settings) -> None:
    """And what to add is said."""
    target = {"capacityReservationTarget": {"capacityReservationId": "cr-0fedcba9876543210"}}
    each = template(bought="capacity-block")
    each = replace(each, properties={**each.properties, **FILLS, "capacityReservationSpecification": target})

    with pytest.raises(NotEvaluatedError) as raised:
        word(CAPACITY_BLOCK_WINDOW, each, of=of)

    assert str(raised.value) == (
        "the settings don't say when cr-0fedcba9876543210 starts and ends: add"
        " `block: {starts: …, ends: …, instances: …}` to its fleet"
    )


def test_an_unknown_reservation_is_not_evaluated() -> None:
    """One that is declared here has no id before the update."""
    target = {"capacityReservationTarget": {"capacityReservationId": Unknown("capacityReservationId")}}
    each: Resource = template(bought="capacity-block")
    each = replace(each, properties={**each.properties, "capacityReservationSpecification": target})

    with pytest.raises(NotEvaluatedError, match="not known before the update"):
        word(CAPACITY_BLOCK_WINDOW, each, of=with_block())
