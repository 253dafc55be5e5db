"""A bucket for data sets and checkpoints: private, encrypted with a key of its own, versioned, reached by TLS only."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

UNFINISHED_UPLOAD_DAYS = 7


class BucketArgs(TypedDict):
    """What a bucket is made from."""

    noncurrent_days: int
    """How many days an overwritten or deleted version is kept."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Bucket(pulumi.ComponentResource):
    """An S3 bucket that nobody opens to the world, or deletes, by mistake: it and its key are protected.

    Attributes:
        bucket: the bucket's name, with the random suffix that makes it unique.
        arn: its ARN.
    """

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Bucket", name, {}, opts)
        if args["noncurrent_days"] < 1:
            reason = f"old versions are kept for at least a day, not {args['noncurrent_days']}"
            raise pulumi.InputPropertyError("noncurrent_days", reason)
        kept, tags = pulumi.ResourceOptions(parent=self, protect=True), {**args["tags"], "Name": name}
        key = aws.kms.Key(f"{name}-key", description=f"Bucket {name}", enable_key_rotation=True, tags=tags, opts=kept)
        bucket = aws.s3.Bucket(name, tags=tags, opts=kept)
        self.bucket, self.arn = bucket.bucket, bucket.arn
        self._settings(name, bucket, key, args["noncurrent_days"])
        self._access(name, bucket)
        self.register_outputs({"bucket": self.bucket, "arn": self.arn})

    def _settings(self, name: str, bucket: aws.s3.Bucket, key: aws.kms.Key, noncurrent_days: int) -> None:
        """How the bucket keeps what it is given."""
        child = pulumi.ResourceOptions(parent=self)
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=lifecycle_rules(noncurrent_days),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )

    def _access(self, name: str, bucket: aws.s3.Bucket) -> None:
        """Who reaches the bucket, and how: nobody in public, and nobody without TLS."""
        child = pulumi.ResourceOptions(parent=self)
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        aws.s3.BucketPolicy(
            f"{name}-tls",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps(bucket.arn.apply(tls_only)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private]),
        )


def lifecycle_rules(noncurrent_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Old versions and parts of uploads that never ended cost money and are swept away; current objects stay."""
    return [
        {
            "id": "sweep",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": UNFINISHED_UPLOAD_DAYS},
        }
    ]


def tls_only(arn: str) -> dict[str, Any]:
    """The policy that refuses every request without TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
