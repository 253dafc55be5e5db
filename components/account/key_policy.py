"""Policies of KMS keys: the account's own statement, and those that services of AWS need beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.account.arn import parsed

Statement = Mapping[str, Any]


def key_policy(key_arn: str, statements: Sequence[Statement]) -> dict[str, Any]:
    """A key's policy. The account's statement leaves to IAM who may use the key, as AWS's default policy does."""
    key = parsed(key_arn)
    account: Statement = {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{key.partition}:iam::{key.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [account, *statements]}


def lustre_reaches_objects(key_arn: str, bucket_arn: str) -> Statement:
    """FSx for Lustre reaches a linked bucket by a service-linked role, which no IAM policy of ours can let use a key.

    Source: FSx for Lustre user guide, "Working with server-side encrypted Amazon S3 buckets". With S3 Bucket Keys the
    encryption context is the bucket's ARN; for objects written without one it is the object's.
    """
    key = parsed(key_arn)
    return {
        "Sid": "LustreRepository",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": key.account,
                "kms:ViaService": f"s3.{key.region}.amazonaws.com",
            },
            "StringLike": {
                "aws:userid": "*:FSx",
                "kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"],
            },
        },
    }


def service_publishes(key_arn: str, service: str) -> Statement:
    """A service that sends to an encrypted SNS topic needs the topic's key.

    Source: SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics".
    """
    return {
        "Sid": "Publish",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": parsed(key_arn).account}},
    }


def cloudwatch_logs_writes(key_arn: str, log_group: str) -> Statement:
    """CloudWatch Logs encrypts one log group with the key.

    Source: CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    """
    key = parsed(key_arn)
    group_arn = f"arn:{key.partition}:logs:{key.region}:{key.account}:log-group:{log_group}"
    return {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{key.region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group_arn}},
    }
