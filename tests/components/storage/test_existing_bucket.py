import pytest

from components.storage.existing_bucket import ExistingBucket
from tests.components.conftest import Declare


def test_nothing_is_created(declare: Declare) -> None:
    """It is there already."""
    assert list(declare(lambda: ExistingBucket("team-data", "us-east-1"))) == []


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_its_arn_is_known_without_asking(region: str, partition: str) -> None:
    """A bucket's ARN holds the partition and the name, and nothing else."""
    bucket = ExistingBucket("team-data", region)

    assert (bucket.bucket, bucket.arn, bucket.key_arn) == ("team-data", f"arn:{partition}:s3:::team-data", None)
