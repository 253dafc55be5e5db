from typing import Any

import pytest

from policies.backup_selections import PLAN, SELECTION
from policies.data_stores import BUCKETS, LOGGING, LUSTRE, REPOSITORY, VAULT
from policies.protection import (
    BACKUP_COPIED_TO_ANOTHER_REGION,
    BACKUP_COVERS_ALL_STATEFUL,
    BACKUP_DAILY_35_DAYS,
    FSX_BACKUP_ON,
    VAULT_CUSTOMER_KEY,
    VAULT_LOCK,
    VAULT_LOCKED,
    is_daily,
)
from policies.rule import example
from tests.policies.documents import called, word

DATA = example(BUCKETS[0], {})
LAKE = example(LUSTRE, {"deploymentType": "PERSISTENT_2"})
SCRATCH = example(LUSTRE, {"deploymentType": "SCRATCH_2"})
LINK = example(REPOSITORY, {"dataRepositoryPath": "s3://data"}, fileSystemId=LAKE, dataRepositoryPath=DATA)
DAILY = "cron(0 5 ? * * *)"


def test_everything_that_holds_data_is_in_a_selection() -> None:
    """Not in one of something else."""
    selection = example(SELECTION, {"resources": ["arn"]}, resources=DATA)

    assert word(BACKUP_COVERS_ALL_STATEFUL, DATA, selection) is None
    assert word(BACKUP_COVERS_ALL_STATEFUL, LAKE, DATA, selection) is not None
    assert word(BACKUP_COVERS_ALL_STATEFUL, called("other", DATA), DATA, selection) is not None


def test_lustre_that_is_linked_or_scratch_is_in_none() -> None:
    """It can't be backed up: of what is linked the bucket holds the data, and is judged."""
    assert word(BACKUP_COVERS_ALL_STATEFUL, LAKE, DATA, LINK) is None
    assert word(BACKUP_COVERS_ALL_STATEFUL, DATA, LAKE, LINK) is not None
    assert word(BACKUP_COVERS_ALL_STATEFUL, SCRATCH) is None
    assert (
        word(BACKUP_COVERS_ALL_STATEFUL, example(LUSTRE, {"deploymentType": "PERSISTENT_1", "importPath": "s3://a"}))
        is None
    )


def test_a_bucket_that_only_takes_access_logs_is_in_none() -> None:
    """They are written again by every access."""
    other = called("other", DATA)
    logging = example(LOGGING[0], {}, bucket=other, targetBucket=DATA)

    assert word(BACKUP_COVERS_ALL_STATEFUL, DATA, other, logging) is None
    assert word(BACKUP_COVERS_ALL_STATEFUL, other, DATA, logging) is not None


def test_fsx_backs_up_what_keeps_its_data_itself() -> None:
    """Zero days is never."""
    kept = {"deploymentType": "PERSISTENT_2", "automaticBackupRetentionDays": 7}

    assert word(FSX_BACKUP_ON, example(LUSTRE, kept)) is None
    assert word(FSX_BACKUP_ON, example(LUSTRE, {**kept, "automaticBackupRetentionDays": 0})) is not None
    assert word(FSX_BACKUP_ON, LAKE) is not None
    assert word(FSX_BACKUP_ON, LAKE, LINK) is None
    assert word(FSX_BACKUP_ON, SCRATCH) is None


def of_plan(*rules: dict[str, Any]) -> str | None:
    """What is said of a plan with these rules."""
    return word(BACKUP_DAILY_35_DAYS, example(PLAN, {"rules": list(rules)}))


def test_a_plan_backs_up_daily_and_keeps_for_35_days() -> None:
    """Both by one and the same rule; without an end it keeps for ever."""
    weekly = {"schedule": "cron(0 5 ? * SUN *)", "lifecycle": {"deleteAfter": 365}}

    assert of_plan({"schedule": DAILY, "lifecycle": {"deleteAfter": 35}}) is None
    assert of_plan({"schedule": DAILY}, weekly) is None
    assert of_plan(weekly) == "none of its rules makes a backup every day"
    assert of_plan({"schedule": DAILY, "lifecycle": {"deleteAfter": 34.0}}, weekly) == (
        "its daily backups are kept for 34 days, not for 35"
    )


@pytest.mark.parametrize(
    "schedule",
    [DAILY, "cron(0 5 * * ? *)", "cron(0 0/6 1/1 * ? *)", "cron(0 5 ? * mon-sun *)", "rate(12 hours)", "rate(1 day)"],
)
def test_a_schedule_without_gaps_is_daily(schedule: str) -> None:
    """In either language of AWS Backup."""
    assert is_daily(schedule)


@pytest.mark.parametrize(
    "schedule", ["", "cron(0 5 ? * MON-FRI *)", "cron(0 5 1 * ? *)", "cron(0 5 ? 6 * *)", "rate(2 days)", "daily"]
)
def test_a_schedule_with_gaps_is_not(schedule: str) -> None:
    """Weekends, months, every other day."""
    assert not is_daily(schedule)


def test_a_vault_has_a_key_of_ones_own() -> None:
    """One of the stack's."""
    key = example("aws:kms/key:Key", {})

    assert word(VAULT_CUSTOMER_KEY, example(VAULT, {}, kmsKeyArn=key), key) is None
    assert word(VAULT_CUSTOMER_KEY, example(VAULT, {})) is not None


def test_a_vault_is_locked() -> None:
    """Itself, and not its neighbour."""
    vault = example(VAULT, {})
    lock = example(VAULT_LOCK, {"minRetentionDays": 35}, backupVaultName=vault)

    assert word(VAULT_LOCKED, vault, lock) is None
    assert word(VAULT_LOCKED, called("copy", vault), vault, lock) is not None


def copying(arn: str) -> dict[str, Any]:
    """A plan's properties that copies to a vault."""
    return {"rules": [{"schedule": DAILY, "copyActions": [{"destinationVaultArn": arn}]}]}


def test_what_a_plan_makes_is_copied_to_another_region() -> None:
    """To a vault that is declared there."""
    here, there = example(VAULT, {}), called("copy", example(VAULT, {"region": "us-west-2"}))
    plan = example(PLAN, copying("arn:aws:backup:us-east-1:111111111111:backup-vault:copy"), rules=there)
    near = example(PLAN, copying("arn:aws:backup:us-east-1:111111111111:backup-vault:here"), rules=here)

    assert word(BACKUP_COPIED_TO_ANOTHER_REGION, plan, there) is None
    assert word(BACKUP_COPIED_TO_ANOTHER_REGION, near, here) == "its copies stay in us-east-1"


def test_a_vault_from_elsewhere_tells_its_region_in_its_arn() -> None:
    """It is in another account, say."""
    far = example(PLAN, copying("arn:aws:backup:eu-west-1:111111111111:backup-vault:copy"))
    near = example(PLAN, copying("arn:aws:backup:us-east-1:111111111111:backup-vault:copy"))

    assert word(BACKUP_COPIED_TO_ANOTHER_REGION, far) is None
    assert word(BACKUP_COPIED_TO_ANOTHER_REGION, near) is not None
    assert word(BACKUP_COPIED_TO_ANOTHER_REGION, example(PLAN, {"rules": [{"schedule": DAILY}]})) is not None
