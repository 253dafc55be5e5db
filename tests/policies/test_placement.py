from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from policies.network import DEFAULT_SUBNET, SUBNET
from policies.placement import EFA_ONE_ZONE, EFA_PLACEMENT_GROUP, PLACEMENT_GROUP, RESERVATION
from policies.rule import Rule, example
from policies.stack import Resource
from policies.subnets import ASSOCIATION
from policies.unknown import NotEvaluatedError
from tests.policies.documents import called, settings, word
from tests.policies.fleets import BOUGHT, STARTS, instances, of_cluster, scaled, template

Starts = Callable[..., list[Resource]]
NEAR, FAR = (
    example(SUBNET, {"availabilityZone": "us-east-1a"}),
    example(DEFAULT_SUBNET, {"availabilityZone": "us-east-1b"}),
)
CLUSTER = example(PLACEMENT_GROUP, {"strategy": "cluster"})
MISSING = "no placement group keeps its 2 machines close together"
every_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


@every_start
@pytest.mark.parametrize("bought", ["on-demand", "spot"])
def test_two_machines_stand_close_together(start: Starts, bought: str) -> None:
    """However they are started; one has no neighbour."""
    alone, grouped = template(bought=bought), template(bought=bought, placement=CLUSTER)

    assert word(EFA_PLACEMENT_GROUP, alone, *start(alone)) == MISSING
    assert word(EFA_PLACEMENT_GROUP, alone, *start(alone, 1)) is None
    assert word(EFA_PLACEMENT_GROUP, alone) is None
    assert word(EFA_PLACEMENT_GROUP, grouped, *start(grouped), CLUSTER) is None
    assert word(EFA_PLACEMENT_GROUP, grouped, *start(grouped, 1), CLUSTER) is None


@every_start
@pytest.mark.parametrize(
    ("bought", "why"),
    [
        ("capacity-block", "a Capacity Block is placed already, and a placement group splits it"),
        (
            "capacity-reservation",
            "its reservation was not made in its placement group, and only a part of it fits there",
        ),
    ],
)
def test_a_group_of_its_own_splits_reserved_capacity(start: Starts, bought: str, why: str) -> None:
    """11 of 16 nodes came (eksctl#7949); without one all is well."""
    alone, grouped = template(bought=bought), template(bought=bought, placement=CLUSTER)

    assert word(EFA_PLACEMENT_GROUP, grouped, *start(grouped), CLUSTER) == why
    assert word(EFA_PLACEMENT_GROUP, alone, *start(alone)) is None


def test_the_purchase_may_be_the_node_groups() -> None:
    """EKS has its own words for it."""
    grouped = template(placement=CLUSTER)
    block = replace(of_cluster(grouped)[0], properties={"capacityType": "CAPACITY_BLOCK"})

    assert "Capacity Block" in (word(EFA_PLACEMENT_GROUP, grouped, block, CLUSTER) or "")


def test_the_reservations_own_group_is_right() -> None:
    """The reservation was made in it; one that was made in none is not."""
    homed = example(RESERVATION, {"placementGroupArn": "arn:aws:ec2:…"}, placementGroupArn=CLUSTER)
    homeless = example(RESERVATION, {})
    start = template(bought="capacity-reservation", placement=CLUSTER, capacityReservationSpecification=homed)

    assert word(EFA_PLACEMENT_GROUP, start, *instances(start), CLUSTER, homed) is None
    assert "was not made in" in (word(EFA_PLACEMENT_GROUP, start, *instances(start), CLUSTER, homeless) or "")


@pytest.mark.parametrize("bought", ["on-demand", "spot", "capacity-reservation"])
def test_a_group_from_elsewhere_can_not_be_told(bought: str) -> None:
    """Its strategy, or whose reservation it is, is not said here."""
    start = template(bought=bought)
    start = replace(start, properties={**start.properties, "placement": {"groupName": "theirs"}})

    with pytest.raises(NotEvaluatedError, match="here"):
        word(EFA_PLACEMENT_GROUP, start, *instances(start))


@pytest.mark.parametrize("strategy", ["spread", "partition"])
def test_another_strategy_keeps_machines_apart(strategy: str) -> None:
    """The opposite of what the fabric needs."""
    group = example(PLACEMENT_GROUP, {"strategy": strategy})
    start = template(placement=group)

    assert word(EFA_PLACEMENT_GROUP, start, *instances(start), group) == (
        f"the placement group's strategy is {strategy}, not cluster"
    )


def test_a_group_may_be_named_by_what_starts_the_machines() -> None:
    """An Auto Scaling group has it as a property of its own."""
    start = template()
    (group,) = scaled(start, placementGroup=CLUSTER)
    group = replace(group, properties={**group.properties, "placementGroup": "made-up"})

    assert word(EFA_PLACEMENT_GROUP, start, group, CLUSTER) is None


def test_machines_without_efa_need_none() -> None:
    """Nor does a rule of the fabric judge them."""
    start = replace(template(), properties={"instanceType": "p5.48xlarge", **BOUGHT["on-demand"]})

    assert word(EFA_PLACEMENT_GROUP, start, *instances(start)) is None


def in_zones(rule: Rule, start: Starts, **of: Any) -> str | None:  # noqa: ANN401 - what a setting may be
    """What a rule says of machines of one template in two subnets."""
    each = template()
    key = {"instances": "subnetId", "scaled": "vpcZoneIdentifiers", "of_cluster": "subnetIds"}[start.__name__]
    near, far = start(each, 1, **{key: NEAR}), start(each, 1, **{key: FAR})
    (first, *_), (second, *_) = near, far
    if start is instances:
        return word(rule, each, first, called("far", second), NEAR, FAR, of=settings(**of))
    both = replace(first, property_dependencies={**first.property_dependencies, key: (NEAR.urn, FAR.urn)})
    return word(rule, both, each, NEAR, FAR, of=settings(**of))


@every_start
def test_machines_of_two_zones_are_no_fleet(start: Starts) -> None:
    """EFA reaches no other zone."""
    assert (
        in_zones(EFA_ONE_ZONE, start)
        == "its machines stand in us-east-1a and us-east-1b, and EFA reaches no other zone"
    )


def test_two_groups_of_one_template_are_two_fleets() -> None:
    """Each in its own zone."""
    each = template()
    (near,), (far,) = scaled(each, vpcZoneIdentifiers=NEAR), scaled(each, vpcZoneIdentifiers=FAR)
    there = (each, near, called("far", far), NEAR, FAR)

    assert word(EFA_ONE_ZONE, *there) is None
    assert word(EFA_ONE_ZONE, near, *there) is None


def test_two_subnets_of_one_zone_are_fine() -> None:
    """The subnets may come by way of their associations, and be named by the zone's id."""
    first = example(SUBNET, {"availabilityZoneId": "use1-az4"})
    second = example(DEFAULT_SUBNET, {"availabilityZoneId": "use1-az4"})
    association = example(ASSOCIATION, {}, subnetId=first)
    each = template()
    (group,) = scaled(each)
    group = replace(
        group,
        property_dependencies={**group.property_dependencies, "vpcZoneIdentifiers": (association.urn, second.urn)},
    )

    assert word(EFA_ONE_ZONE, group, each, first, second, association) is None


def test_machines_without_efa_may_span_zones() -> None:
    """A cluster's system nodes do."""
    plain = replace(template(), properties={"instanceType": "m7i.xlarge"})
    (group,) = of_cluster(plain)
    group = replace(group, properties={**group.properties, "availabilityZones": ["us-east-1a", "us-east-1b"]})

    assert word(EFA_ONE_ZONE, group, plain) is None


def test_the_settings_tell_the_zones_of_a_network_that_is_there() -> None:
    """Others of its subnets are not known."""
    subnets = {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"}
    existing = settings(network__existing={"vpc": "vpc-0123456789abcdef0", "privateSubnets": subnets})
    each = template()
    (group,) = scaled(each)

    def standing(*names: str) -> Resource:
        return replace(group, properties={"vpcZoneIdentifiers": list(names)})

    assert "us-east-1a and us-east-1b" in (word(EFA_ONE_ZONE, standing(*subnets.values()), each, of=existing) or "")
    assert word(EFA_ONE_ZONE, standing("subnet-1"), each, of=existing) is None
    with pytest.raises(NotEvaluatedError, match="the zone of subnet-1 is not said here"):
        word(EFA_ONE_ZONE, standing("subnet-1", "subnet-0123456789abcdef1"), each, of=existing)


def test_what_the_engine_tells_of_an_instance_is_not_taken_for_another_subnet() -> None:
    """Of one that is there it tells the subnet that the template gave it, by its id."""
    each = template(networkInterfaces=NEAR)
    there = [replace(one, properties={"subnetId": "subnet-0123456789abcdef0"}) for one in instances(each)]

    assert word(EFA_ONE_ZONE, each, *there, NEAR) is None
