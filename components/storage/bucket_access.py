"""Who reaches a bucket, and how: nobody in public, nobody without TLS, nobody with a key of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

Statement = Mapping[str, Any]
ENCRYPTION = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"


def close(
    name: str, bucket: aws.s3.Bucket, statements: pulumi.Output[Sequence[Statement]], own: pulumi.ResourceOptions
) -> aws.s3.BucketPolicy:
    """Shut a bucket to the public and to access lists, and give it these statements as its policy."""
    private = aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=own,
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=own
    )
    return aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.id,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[private])),
    )


def tls_only(arn: str) -> Statement:
    """Refuse every request without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def own_key_only(arn: str, key_arn: str) -> list[Statement]:
    """Refuse uploads that ask for another encryption than the bucket's own; those that ask for none get it.

    A negated condition also holds where the header is missing, hence the `Null` beside it. `aws:kms` without a key is
    AWS's own key, not the bucket's (S3 API reference, PutObject).
    """
    conditions: Mapping[str, Mapping[str, Mapping[str, str]]] = {
        "OtherEncryption": {"Null": {ENCRYPTION: "false"}, "StringNotEquals": {ENCRYPTION: "aws:kms"}},
        "OtherKey": {"Null": {KEY_ID: "false"}, "StringNotEquals": {KEY_ID: key_arn}},
        "NoKey": {"Null": {KEY_ID: "true"}, "StringEquals": {ENCRYPTION: "aws:kms"}},
        "CallersKey": {"Null": {CUSTOMER_KEY: "false"}},
    }
    put = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{arn}/*"}
    return [{"Sid": sid, **put, "Condition": condition} for sid, condition in conditions.items()]


def log_delivery(arn: str, source_prefix: str) -> Statement:
    """Let S3 write the access logs of the buckets whose names begin so; it does for buckets of one account only.

    Source: S3 user guide, "Enabling Amazon S3 server access logging".
    """
    return {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/*",
        "Condition": {"ArnLike": {"aws:SourceArn": f"{arn.partition(':::')[0]}:::{source_prefix}*"}},
    }
