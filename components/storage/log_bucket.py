"""The bucket that the access logs of an environment's other buckets go to."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.storage.bucket_access import close, log_delivery, tls_only
from components.storage.bucket_limits import UNFINISHED_UPLOAD_DAYS


class LogBucketArgs(TypedDict):
    """What a log bucket is made from."""

    source_prefix: str
    """How the names of the buckets begin whose logs it takes, such as `prod-`."""

    keep_days: int
    """After how many days a log is deleted."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class LogBucket(pulumi.ComponentResource):
    """A private, versioned bucket that S3 alone writes to. Its logs are deleted after a time.

    It is encrypted with S3's own key: S3 delivers no logs to a bucket with a KMS key.
    Source: S3 user guide, "Enabling Amazon S3 server access logging".

    Attributes:
        bucket: its name, to be had only once it takes logs.
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:LogBucket", name, {}, opts)
        if args["keep_days"] < 1:
            raise pulumi.InputPropertyError("keep_days", f"logs are kept for at least a day, not {args['keep_days']}")
        child, kept = pulumi.ResourceOptions(parent=self), pulumi.ResourceOptions(parent=self, protect=True)
        bucket = aws.s3.Bucket(name, tags={**args["tags"], "Name": name}, opts=kept)
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=expiry_rules(args["keep_days"]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        prefix = args["source_prefix"]
        policy = close(name, bucket, bucket.arn.apply(lambda arn: [tls_only(arn), log_delivery(arn, prefix)]), child)
        self.bucket = pulumi.Output.all(bucket.bucket, policy.id).apply(lambda both: str(both[0]))
        self.register_outputs({"bucket": self.bucket})


def expiry_rules(keep_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Logs go after their time; what a deletion leaves behind goes the day after."""
    return [
        {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": keep_days},
            "noncurrent_version_expiration": {"noncurrent_days": 1},
            "abort_incomplete_multipart_upload": {"days_after_initiation": UNFINISHED_UPLOAD_DAYS},
        }
    ]
