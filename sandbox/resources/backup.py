"""Backup vaults, their plans, and the topic that tells of failures."""

from collections.abc import Mapping
from typing import Any

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.resources.row import Arguments, NotHeld, Row, physical_name

# The provider's names, where AWS's differ.
PLAN_NAMES = {
    "name": "BackupPlanName",
    "targetVaultName": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "startWindow": "StartWindowMinutes",
    "completionWindow": "CompletionWindowMinutes",
    "deleteAfter": "DeleteAfterDays",
    "coldStorageAfter": "MoveToColdStorageAfterDays",
    "destinationVaultArn": "DestinationBackupVaultArn",
}


def _vault_name(vault: Resource, _region: str) -> Arguments:
    return {"BackupVaultName": vault.properties.get("name") or physical_name(vault)}


def _name_plan(plan: Resource, _region: str) -> Arguments:
    return {"BackupPlanTags": plan.properties["tags"]}


def _topic(topic: Resource, _region: str) -> Arguments:
    return {"Name": physical_name(topic), "Attributes": {"KmsMasterKeyId": topic.properties["kmsMasterKeyId"]}}


def _policy(policy: Resource, _region: str) -> Arguments:
    return {"AttributeName": "Policy", "AttributeValue": policy.properties["policy"]}


def _filter(client: Client, subscription: str, resource: Resource) -> None:
    rule: Any = resource.properties.get("filterPolicy")
    if rule:
        client.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=rule
        )


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:backup/vault:Vault": Row(
        "backup",
        "create_backup_vault",
        "BackupVaultName",
        names={"kmsKeyArn": "EncryptionKeyArn", "tags": "BackupVaultTags"},
        ignored=("forceDestroy", "region"),  # the sandbox has one region, and the copy's vault is in it too
        more=_vault_name,
        outputs={"arn": "BackupVaultArn", "name": "BackupVaultName"},
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": Row(
        "backup", "put_backup_vault_lock_configuration", "@BackupVaultName", ignored=("region",)
    ),
    "aws:backup/plan:Plan": Row(
        "backup",
        "create_backup_plan",
        "BackupPlanId",
        under="BackupPlan",
        names=PLAN_NAMES,
        ignored=("tags",),
        more=_name_plan,
        outputs={"arn": "BackupPlanArn"},
    ),
    "aws:backup/selection:Selection": NotHeld("moto has no CreateBackupSelection"),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": NotHeld("moto has no CreateRestoreTestingPlan"),
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": NotHeld("moto has no CreateRestoreTestingSelection"),
    "aws:backup/vaultNotifications:VaultNotifications": NotHeld("moto has no PutBackupVaultNotifications"),
    "aws:backup/regionSettings:RegionSettings": NotHeld("moto has no UpdateRegionSettings"),
    "aws:sns/topic:Topic": Row(
        "sns",
        "create_topic",
        "TopicArn",
        ignored=("kmsMasterKeyId",),
        more=_topic,
        outputs={"arn": "TopicArn"},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Row(
        "sns", "set_topic_attributes", "@TopicArn", names={"arn": "TopicArn"}, ignored=("policy",), more=_policy
    ),
    "aws:sns/topicSubscription:TopicSubscription": Row(
        "sns",
        "subscribe",
        "SubscriptionArn",
        names={"topic": "TopicArn"},
        ignored=("filterPolicy",),
        more=lambda _resource, _region: {"ReturnSubscriptionArn": True},
        then=_filter,
    ),
}
