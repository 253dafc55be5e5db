"""Amazon Resource Names: what can be read from one, and the ARN of a bucket that only its name is known of."""

from typing import NamedTuple

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}  # AWS General Reference, "Amazon Resource Names"


class Arn(NamedTuple):
    """The parts of an ARN that say where a thing is."""

    partition: str
    service: str
    region: str
    account: str


def parsed(arn: str) -> Arn:
    """`arn:aws:kms:us-east-1:123456789012:key/…` in its parts."""
    _, partition, service, region, account, _ = arn.split(":", 5)
    return Arn(partition, service, region, account)


def partition(region: str) -> str:
    """The partition that a region is in; China's and the US government's have names of their own."""
    return next((found for prefix, found in PARTITIONS.items() if region.startswith(prefix)), "aws")


def bucket_arn(name: str, region: str) -> str:
    """A bucket's ARN holds neither region nor account."""
    return f"arn:{partition(region)}:s3:::{name}"
