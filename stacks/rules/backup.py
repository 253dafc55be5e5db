"""Backups: nothing that holds data is forgotten, and nothing is asked for that AWS Backup would not do."""

from collections.abc import Collection, Mapping

from components.backup.coverage import StatefulArgs, gaps
from components.backup.limits import COMPLIANCE, COMPLIANCE_SENTENCE, cold_storage_misfit, unacknowledged
from components.storage.lustre_capacity import can_be_backed_up
from stacks import stateful
from stacks.rules.rule import Refusal, Rule, too_long

LONGEST_NAME = 50  # of a vault and of a selection (AWS Backup API)
LONGEST_ENDING = "-backup-warm-listed"  # as components.backup.backup ends the longest of its names


def names_fit(environment: str, backup: object) -> Refusal | None:
    """AWS Backup's bound, with the random suffix."""
    return None if backup is None else too_long(f"{environment}{LONGEST_ENDING}", LONGEST_NAME, "a backup selection")


def compliance_is_meant(lock: str | None, sentence: str | None) -> Refusal | None:
    """A lock that nobody can lift is asked for in words."""
    if lock is None or unacknowledged(lock, sentence) is None:
        return None
    remedy = f'Write `complianceAcknowledged: "{COMPLIANCE_SENTENCE}"`, or `lock: governance`.'
    return Refusal(f"lock {COMPLIANCE} is for ever, and is not acknowledged word for word", remedy)


def copied_elsewhere(copy_region: str | None, region: str) -> Refusal | None:
    """A copy in the same region is lost with it."""
    if copy_region != region:
        return None
    return Refusal(f"{region} holds the backups themselves", "Write another region, or remove `copyTo`.")


def cold_storage_exists(
    cold_after_days: int | None, weekly_keep_days: int, kinds: Collection[str] | None
) -> Refusal | None:
    """Buckets and Lustre file systems have no cold storage, and AWS Backup would say nothing of it."""
    if cold_after_days is None:
        return None
    misfit = cold_storage_misfit({"S3", "FSx", *(kinds or ())}, weekly_keep_days, cold_after_days)
    return Refusal(misfit, "Remove it, or write other days, or EFS among `tagged.kinds`.") if misfit else None


def file_system_is_covered(
    backup: object,
    deployment: str,
    bucket_of: Mapping[str, str],
    no_backup: str | None,
    no_backup_of: Mapping[str, str | None],
) -> Refusal | None:
    """What can't be backed up itself is held by something that is, or its setting says why not."""
    if backup is None or not set(bucket_of.values()) <= set(no_backup_of):
        return None
    things: dict[str, StatefulArgs] = {
        stateful.bucket_key(name): stateful.bucket(why) for name, why in no_backup_of.items()
    }
    backed_up = [name for name, thing in things.items() if not thing.get("waived")]
    found = gaps({**things, THIS: stateful.lustre(deployment, bucket_of, no_backup)}, [*backed_up, THIS])
    remedy = "Link it to a bucket that is backed up, or write why it needs no backup: `noBackup: …`."
    return Refusal(found[0].reason, remedy) if found else None


def bucket_is_backed_up(tested: Collection[str] | None, no_backup_of: Mapping[str, str | None]) -> Refusal | None:
    """Only what is backed up can be restored."""
    return _untested(tested, [name for name, why in no_backup_of.items() if why is None])


def file_system_is_backed_up(
    tested: Collection[str] | None,
    no_backup_of: Mapping[str, str | None],
    deployment_of: Mapping[str, str],
    repositories_of: Mapping[str, object],
) -> Refusal | None:
    """Neither what is linked nor what is scratch has a backup of its own to restore."""
    able = [
        name
        for name, why in no_backup_of.items()
        if why is None and can_be_backed_up(deployment_of[name], linked=bool(repositories_of[name]))
    ]
    return _untested(tested, able)


def _untested(tested: Collection[str] | None, able: Collection[str]) -> Refusal | None:
    wrong = [name for name in tested or () if name not in able]
    if not wrong:
        return None
    return Refusal(f"no backup of {', '.join(wrong)}", f"Write some of {', '.join(able)}." if able else "Remove it.")


THIS = "this file system"
RULES = (
    Rule("backup", ("name", "backup"), names_fit),
    Rule("backup.complianceAcknowledged", ("backup.lock", "backup.complianceAcknowledged"), compliance_is_meant),
    Rule("backup.copyTo.region", ("backup.copyTo.region", "aws:region"), copied_elsewhere),
    Rule(
        "backup.coldAfterDays",
        ("backup.coldAfterDays", "backup.weeklyKeepDays", "backup.tagged.kinds"),
        cold_storage_exists,
    ),
    Rule("backup.restoreTest.buckets", ("backup.restoreTest.buckets", "buckets.**.noBackup"), bucket_is_backed_up),
    Rule(
        "backup.restoreTest.lustre",
        ("backup.restoreTest.lustre", "lustre.**.noBackup", "lustre.**.deployment", "lustre.**.repositories"),
        file_system_is_backed_up,
    ),
    Rule(
        "lustre.*",
        (
            "backup",
            "lustre.*.deployment",
            "lustre.*.repositories.**.bucket",
            "lustre.*.noBackup",
            "buckets.**.noBackup",
        ),
        file_system_is_covered,
    ),
)
