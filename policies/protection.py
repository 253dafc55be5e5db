"""Backups: of everything that holds data, daily, kept for long enough, out of reach of one mistake or one region."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.backup_selections import PLAN, SELECTION, covers
from policies.customer_keys import has_customer_key
from policies.data_stores import (
    AIR_GAPPED_VAULT,
    BACKED_UP,
    LUSTRE,
    VAULT,
    is_linked,
    is_scratch,
    takes_access_logs,
)
from policies.rule import Level, Rule, Severity, Subject, example

VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
SHORTEST_DAYS = 35  # the default of AWS Backup Audit Manager's control "Backup plan minimum frequency and retention"
FOR_EVER = float("inf")  # what AWS Backup does where no lifecycle says otherwise
EVERY = ("*", "?", "1/1", "*/1", "1-7", "SUN-SAT", "MON-SUN")  # fields of a cron expression that leave no day out
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
MINUTES_OF_DAY = 24 * 60


def vault_customer_key(subject: Subject) -> str | None:
    """Judge a vault: its recovery points are encrypted with a key of one's own."""
    own = has_customer_key(subject.stack, subject.resource, "kmsKeyArn")
    return None if own else "its recovery points are encrypted with AWS's own key"


def vault_locked(subject: Subject) -> str | None:
    """Judge a vault: a lock keeps its recovery points until their time, whoever wants them gone."""
    locks = subject.stack.users(subject.resource, VAULT_LOCK, key="backupVaultName")
    return None if locks else "whoever may administer it can delete every recovery point in it"


def backup_covers_all_stateful(subject: Subject) -> str | None:
    """Judge what holds data: a selection of a backup plan takes it in.

    Left aside: scratch Lustre; Lustre that is linked to a bucket, which can't be backed up and whose bucket is judged
    instead; a bucket that only takes access logs.
    """
    resource, stack = subject.resource, subject.stack
    if resource.type == LUSTRE and (is_scratch(resource) or is_linked(stack, resource)):
        return None
    if takes_access_logs(stack, resource):
        return None
    if any(covers(stack, selection, resource) for selection in stack.of(SELECTION)):
        return None
    return "no backup selection takes it in"


def fsx_backup_on(subject: Subject) -> str | None:
    """Judge a Lustre file system that keeps its data itself: FSx backs it up every day."""
    file_system = subject.resource
    if is_scratch(file_system) or is_linked(subject.stack, file_system):
        return None
    return None if file_system.get("automaticBackupRetentionDays", 0) > 0 else "FSx makes no backups of it"


def backup_daily_35_days(subject: Subject) -> str | None:
    """Judge a backup plan: one of its rules makes a backup a day at least, and keeps each for 35 days at least."""
    rules = subject.resource.get("rules", ())
    daily = [rule for rule in rules if is_daily(str(rule.get("schedule") or ""))]
    if not daily:
        return "none of its rules makes a backup every day"
    days = max((rule.get("lifecycle") or {}).get("deleteAfter") or FOR_EVER for rule in daily)
    return f"its daily backups are kept for {days:.0f} days, not for {SHORTEST_DAYS}" if days < SHORTEST_DAYS else None


def is_daily(schedule: str) -> bool:
    """Whether a schedule, `cron(…)` or `rate(…)`, leaves no day out."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        return int(rate[1]) * MINUTES[rate[2]] <= MINUTES_OF_DAY
    if cron := re.fullmatch(r"cron\((.*)\)", schedule):
        return all(field.upper() in EVERY for field in cron[1].split()[2:])
    return False


def backup_copied_to_another_region(subject: Subject) -> str | None:
    """Judge a backup plan: what it makes is copied to a vault in another region."""
    plan = subject.resource
    copies = [copy for rule in plan.get("rules", ()) for copy in rule.get("copyActions") or ()]
    if not copies:
        return "nothing that it makes is copied elsewhere"
    home = plan.get("region", subject.settings.region)
    return None if any(region != home for region in _regions(subject, copies)) else f"its copies stay in {home}"


def _regions(subject: Subject, copies: list[Mapping[str, Any]]) -> Iterator[str]:
    """Where copies go: the regions of the vaults behind the plan; of a vault from elsewhere, that in its ARN."""
    vaults = subject.stack.behind(subject.resource, "rules", VAULT, AIR_GAPPED_VAULT)
    if vaults:
        return (vault.get("region", subject.settings.region) for vault in vaults)
    return (str(copy["destinationVaultArn"]).split(":")[3] for copy in copies)


_DATA = example(LUSTRE, {"deploymentType": "PERSISTENT_2"})
_WEEKLY = {"schedule": "cron(0 5 ? * SUN *)", "lifecycle": {"deleteAfter": 35}}

VAULT_CUSTOMER_KEY = Rule(
    name="vault-customer-key",
    description="Every backup vault is encrypted with a key of your own.",
    types=(VAULT,),
    judge=vault_customer_key,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Set kms_key_arn before the vault is made; AWS's own key can't be shared with another account.",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html",
    example=(example(VAULT, {}),),
    checkov=("CKV_AWS_166",),
)

BACKUP_COVERS_ALL_STATEFUL = Rule(
    name="backup-covers-all-stateful",
    description="A backup selection takes in everything that holds data.",
    types=tuple(BACKED_UP),
    judge=backup_covers_all_stateful,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Add it to an aws.backup.Selection by its ARN or its tags, or waive it and say where else the data is.",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html",
    example=(_DATA,),
    checkov=("CKV2_AWS_8", "CKV2_AWS_9", "CKV2_AWS_18"),
)

FSX_BACKUP_ON = Rule(
    name="fsx-backup-on",
    description="FSx backs up every persistent Lustre file system that is not linked to a bucket.",
    types=(LUSTRE,),
    judge=fsx_backup_on,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Set automatic_backup_retention_days, or link the file system to a bucket and back that up.",
    reference="https://docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html",
    example=(_DATA,),
)

BACKUP_DAILY_35_DAYS = Rule(
    name="backup-daily-35-days",
    description=f"Every backup plan makes a backup a day and keeps each for {SHORTEST_DAYS} days at least.",
    types=(PLAN,),
    judge=backup_daily_35_days,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation=f"Give a rule a daily schedule, such as cron(0 5 ? * * *), and delete_after={SHORTEST_DAYS} or more.",
    reference="https://docs.aws.amazon.com/config/latest/developerguide/"
    "backup-plan-min-frequency-and-min-retention-check.html",
    example=(example(PLAN, {"rules": [_WEEKLY]}),),
)

VAULT_LOCKED = Rule(
    name="vault-locked",
    description="Every backup vault is locked.",
    types=(VAULT,),
    judge=vault_locked,
    level=Level.ADVISORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.backup.VaultLockConfiguration; one without changeable_for_days can still be lifted.",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    example=(example(VAULT, {}),),
)

BACKUP_COPIED_TO_ANOTHER_REGION = Rule(
    name="backup-copied-to-another-region",
    description="Every backup plan copies what it makes to another region.",
    types=(PLAN,),
    judge=backup_copied_to_another_region,
    level=Level.ADVISORY,
    severity=Severity.MEDIUM,
    remediation="Give its rules copy_actions to a vault that is declared with region= of another region.",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html",
    example=(example(PLAN, {"rules": [_WEEKLY]}),),
)

RULES = (
    VAULT_CUSTOMER_KEY,
    BACKUP_COVERS_ALL_STATEFUL,
    FSX_BACKUP_ON,
    BACKUP_DAILY_35_DAYS,
    VAULT_LOCKED,
    BACKUP_COPIED_TO_ANOTHER_REGION,
)
