from collections.abc import Callable
from typing import Any

import pytest

from components.backup.backup import Backup
from playbooks.account import Clients
from playbooks.plan.evaluate import record
from sandbox.cloud import Cloud
from tests.components.backup.test_backup import ARGS

PLAN = "01234567-89ab-cdef-0123-456789abcdef"
ROLE = "arn:aws:iam::123456789012:role/backup"
CALLS: dict[str, Callable[[Any], object]] = {
    "selection": lambda backup: backup.create_backup_selection(
        BackupPlanId=PLAN, BackupSelection={"SelectionName": "s", "IamRoleArn": ROLE, "Resources": ["*"]}
    ),
    "restore testing plan": lambda backup: backup.create_restore_testing_plan(
        RestoreTestingPlan={
            "RestoreTestingPlanName": "p",
            "ScheduleExpression": "cron(0 6 1 * ? *)",
            "RecoveryPointSelection": {
                "Algorithm": "LATEST_WITHIN_WINDOW",
                "IncludeVaults": ["*"],
                "RecoveryPointTypes": ["SNAPSHOT"],
            },
        }
    ),
    "restore testing selection": lambda backup: backup.create_restore_testing_selection(
        RestoreTestingPlanName="p",
        RestoreTestingSelection={
            "RestoreTestingSelectionName": "s",
            "ProtectedResourceType": "S3",
            "ProtectedResourceArns": ["*"],
            "IamRoleArn": ROLE,
        },
    ),
    "notifications": lambda backup: backup.put_backup_vault_notifications(
        BackupVaultName="v", SNSTopicArn="arn:aws:sns:us-east-1:123456789012:t", BackupVaultEvents=["COPY_JOB_FAILED"]
    ),
    "region settings": lambda backup: backup.update_region_settings(ResourceTypeOptInPreference={"S3": True}),
}


def test_vaults_plans_and_the_topic_stand_in_moto_as_declared(client: Clients) -> None:
    """With their keys, locks and rules; what moto can't hold is named."""
    cloud = Cloud(client, {})
    args = {
        **ARGS,
        "copy": {"region": "us-west-2", "keep_days": 60},
        "restore_test": {"resources": ["bucket-data"], "schedule": "cron(0 6 1 * ? *)"},
        "notify": ["us@example.com"],
        "region_opt_in": {"S3": True},
    }
    record(lambda: Backup("lab-backup", args), "test", {}, cloud.make)  # type: ignore[arg-type]  # made of two mappings
    backup, sns = client("backup"), client("sns")
    vaults = [
        backup.describe_backup_vault(BackupVaultName=each["BackupVaultName"])
        for each in backup.list_backup_vaults()["BackupVaultList"]
    ]
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    daily, _ = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    (subscription,) = sns.list_subscriptions()["Subscriptions"]

    assert sorted((each["MinRetentionDays"], each["Locked"]) for each in vaults) == [(35, True), (60, True)]
    assert daily["Lifecycle"] == {"DeleteAfterDays": 35}
    assert daily["TargetBackupVaultName"] in {each["BackupVaultName"] for each in vaults}
    assert daily["CopyActions"][0]["Lifecycle"] == {"DeleteAfterDays": 60}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "us@example.com")
    assert sorted(kind.partition(":")[2] for kind in cloud.kept) == [
        "backup/regionSettings:RegionSettings",
        "backup/restoreTestingPlan:RestoreTestingPlan",
        "backup/restoreTestingSelection:RestoreTestingSelection",
        "backup/selection:Selection",
        "backup/vaultNotifications:VaultNotifications",
    ]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_moto_still_has_nothing_of_the_rest(client: Clients, call: Callable[[Any], object]) -> None:
    """The day that it has, the row can be written."""
    with pytest.raises((NotImplementedError, client("backup").exceptions.ClientError), match="not|Not"):
        call(client("backup"))
