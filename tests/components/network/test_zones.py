import boto3
import pytest
from moto import mock_aws

from components.network.zones import are_mixed, in_region, is_id


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_every_zone_of_every_region_is_known_as_its_own(partition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name and by id, as moto's copy of DescribeAvailabilityZones has them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    session = boto3.Session()
    with mock_aws():
        zones = [
            (region, zone["ZoneName"], zone["ZoneId"])
            for region in session.get_available_regions("ec2", partition)
            for zone in session.client("ec2", region_name=region).describe_availability_zones()["AvailabilityZones"]
        ]

    assert len(zones) > 2
    assert [zone for zone in zones if not (in_region(zone[1], zone[0]) and in_region(zone[2], zone[0]))] == []
    assert [zone for zone in zones if is_id(zone[1]) or not is_id(zone[2])] == []


@pytest.mark.parametrize(
    ("zone", "region"),
    [("us-east-1a", "us-east-2"), ("use2-az1", "us-east-1"), ("use1-az4", "us-east-11"), ("us-east-1", "us-east-1")],
)
def test_a_zone_of_another_region_is_known_as_such(zone: str, region: str) -> None:
    """However alike the names are."""
    assert not in_region(zone, region)


def test_local_zones_are_of_their_region() -> None:
    """Their names and ids hold the city."""
    assert in_region("us-east-1-dfw-2a", "us-east-1")
    assert in_region("use1-dfw2-az1", "us-east-1")


def test_names_beside_ids_are_mixed() -> None:
    """One form alone is not."""
    assert are_mixed(["us-east-1a", "use1-az4"])
    assert not are_mixed(["use1-az1", "use1-az4"])
    assert not are_mixed(["us-east-1a"])
