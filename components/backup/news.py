"""Who is told when a backup, a copy or a restore fails."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components.account.key_policy import key_policy, service_publishes
from components.backup.vault import BackupVault

SERVICE = "backup.amazonaws.com"
# AWS has no event for a failure alone that is not deprecated: a job that failed is COMPLETED too, and its message says
# in an attribute how (AWS Backup developer guide, "Notification options with AWS Backup").
EVENTS = (
    "BACKUP_JOB_COMPLETED",
    "COPY_JOB_FAILED",
    "RESTORE_JOB_COMPLETED",
    "S3_BACKUP_OBJECT_FAILED",
    "S3_RESTORE_OBJECT_FAILED",
)
FAILURES_ONLY = {"State": [{"exists": False}, {"anything-but": ["COMPLETED"]}]}


class BackupNewsArgs(TypedDict):
    """Who is told of what."""

    vault: BackupVault
    """The vault whose jobs are reported."""

    notify: Sequence[str]
    """E-mail addresses; AWS asks each to confirm."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def backup_news(name: str, args: BackupNewsArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """A topic, encrypted with the vault's key, that AWS Backup alone publishes to; its ARN."""
    child, key = pulumi.ResourceOptions(parent=parent), args["vault"].key
    policy = key.arn.apply(lambda arn: key_policy(arn, [service_publishes(arn, SERVICE)]))
    open_key = aws.kms.KeyPolicy(f"{name}-key", key_id=key.id, policy=pulumi.Output.json_dumps(policy), opts=child)
    topic = aws.sns.Topic(
        f"{name}-news",
        kms_master_key_id=key.id,
        tags={**args["tags"], "Name": f"{name}-news"},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[open_key]),
    )
    let_in = aws.sns.TopicPolicy(
        f"{name}-news", arn=topic.arn, policy=pulumi.Output.json_dumps(topic.arn.apply(publish_policy)), opts=child
    )
    aws.backup.VaultNotifications(
        f"{name}-news",
        backup_vault_name=args["vault"].vault.name,
        sns_topic_arn=topic.arn,
        backup_vault_events=[*EVENTS],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[let_in]),
    )
    for address in args["notify"]:
        aws.sns.TopicSubscription(
            f"{name}-news-{address}",
            topic=topic.arn,
            protocol="email",
            endpoint=address,
            filter_policy=json.dumps(FAILURES_ONLY),
            opts=child,
        )
    return topic.arn


def publish_policy(topic_arn: str) -> dict[str, Any]:
    """AWS Backup publishes. The account's own users have their rights by IAM."""
    statement = {
        "Sid": "Publish",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sns:Publish",
        "Resource": topic_arn,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
