"""Buckets: names, and the one that the smoke gate writes to."""

from collections.abc import Mapping

from stacks.mistakes import instead, shown
from stacks.rules.rule import Refusal, Rule, too_long

LONGEST_BUCKET = 63  # S3 user guide, "General purpose bucket naming rules"


def bucket_name_fits(environment: str, bucket: str) -> Refusal | None:
    """S3's bound, with the random suffix."""
    return too_long(f"{environment}-{bucket}", LONGEST_BUCKET, "an S3 bucket")


def bucket_is_declared(bucket: str | None, buckets: Mapping[str, object]) -> Refusal | None:
    """The smoke gate writes to a bucket of the environment."""
    if bucket is None or bucket in buckets:
        return None
    declare = f"Declare it under buckets: `{bucket}: {{}}`."
    return Refusal(f"no bucket {shown(bucket)}", instead(bucket, tuple(buckets)) if buckets else declare)


RULES = (
    Rule("buckets.*", ("name", "*"), bucket_name_fits),
    Rule("smoke.storage.bucket", ("smoke.storage.bucket", "buckets"), bucket_is_declared),
)
