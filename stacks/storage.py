"""What of an environment holds data, as its settings declare it: buckets, Lustre file systems, and their backups."""

from collections.abc import Mapping

import pulumi

from components.backup.args import BackupArgs, ProtectedArgs
from components.backup.backup import Backup
from components.backup.coverage import StatefulArgs
from components.storage.bucket import Bucket, BucketArgs
from components.storage.existing_bucket import ExistingBucket
from components.storage.log_bucket import LogBucket
from components.storage.lustre import Lustre
from components.storage.lustre_args import RepositoryArgs
from components.storage.lustre_capacity import can_be_backed_up
from stacks import settings as setting
from stacks import stateful
from stacks.settings import Settings

AnyBucket = Bucket | ExistingBucket


def buckets(settings: Settings, tags: Mapping[str, str]) -> dict[str, AnyBucket]:
    """The buckets by name, and the one that takes their access logs."""
    logs = None
    if settings.bucket_logs:
        keep_days = settings.bucket_logs.keep_days
        logs = LogBucket(
            f"{settings.name}-bucket-logs",
            {"source_prefix": f"{settings.name}-", "keep_days": keep_days, "tags": tags},
        )
    return {
        name: ExistingBucket(bucket.existing, settings.region)
        if bucket.existing
        else Bucket(f"{settings.name}-{name}", _bucket_args(settings, name, bucket, tags, logs))
        for name, bucket in settings.buckets.items()
    }


def _bucket_args(
    settings: Settings, name: str, bucket: setting.Bucket, tags: Mapping[str, str], logs: LogBucket | None
) -> BucketArgs:
    lock, transition = bucket.object_lock, bucket.transition
    linked = {repository.bucket for each in settings.lustre.values() for repository in each.repositories.values()}
    return {
        "noncurrent_days": bucket.noncurrent_days,
        "unfinished_upload_days": bucket.unfinished_upload_days,
        "transition": {"days": transition.days, "storage_class": transition.storage_class} if transition else None,
        "object_lock": {"mode": lock.mode, "days": lock.days} if lock else None,
        "log_bucket": logs.bucket if logs else None,
        "linked_to_lustre": name in linked,
        "tags": {**tags, "bucket": name},
    }


def lustre(
    settings: Settings,
    place: Mapping[str, pulumi.Input[str]],
    clients: Mapping[str, Mapping[str, pulumi.Input[str]]],
    declared: Mapping[str, AnyBucket],
    tags: Mapping[str, str],
) -> dict[str, Lustre]:
    """The file systems by name.

    Args:
        settings: the environment.
        place: the VPC's id as `vpc`, and each zone's private subnet's by the zone's name.
        clients: security groups of the fleets that mount a file system, by its name and theirs.
        declared: the buckets that folders mirror.
        tags: tags of every resource.
    """
    return {
        name: Lustre(
            f"{settings.name}-{name}-lustre",  # a bucket may have the name too: the one that it is linked to
            {
                "vpc_id": place["vpc"],
                "subnet_id": place[each.zone],
                "client_security_groups": clients.get(name, {}),
                "capacity_gib": each.capacity_gib,
                "deployment": each.deployment,
                "throughput": each.throughput,
                "efa": each.efa,
                "metadata_iops": each.metadata_iops,
                "repositories": {
                    folder: _repository(repository, declared) for folder, repository in each.repositories.items()
                },
                "maintenance": each.maintenance,
                "backup_retention_days": each.backup_retention_days,
                "log_retention_days": each.log_retention_days,
                "tags": {**tags, "lustre": name},
            },
        )
        for name, each in settings.lustre.items()
    }


def _repository(repository: setting.Repository, declared: Mapping[str, AnyBucket]) -> RepositoryArgs:
    return {
        "bucket": declared[repository.bucket].bucket,
        "prefix": repository.prefix or "",
        "import_events": repository.import_events,
        "export_events": repository.export_events,
        "import_existing": repository.import_existing,
    }


def backup(
    settings: Settings,
    place: Mapping[str, pulumi.Input[str]],
    declared: Mapping[str, AnyBucket],
    file_systems: Mapping[str, Lustre],
    tags: Mapping[str, str],
) -> Backup | None:
    """The backups, where the settings ask for any; `place` as for `lustre`."""
    asked = settings.backup
    if asked is None:
        return None
    protected = {**_protected_buckets(settings, declared), **_protected_lustre(settings, place, file_systems)}
    args: BackupArgs = {
        "region": settings.region,
        "resources": protected,
        "stateful": {
            **{stateful.bucket_key(name): stateful.bucket(each.no_backup) for name, each in settings.buckets.items()},
            **{stateful.lustre_key(name): _stateful_lustre(each) for name, each in settings.lustre.items()},
        },
        "daily_keep_days": asked.daily_keep_days,
        "weekly_keep_days": asked.weekly_keep_days,
        "start_hour": asked.start_hour,
        "cold_after_days": asked.cold_after_days,
        "lock": asked.lock,
        "compliance_acknowledged": asked.compliance_acknowledged,
        "compliance_grace_days": asked.compliance_grace_days,
        "notify": asked.notify,
        "region_opt_in": asked.region_opt_in,
        "tags": tags,
    }
    if asked.copy_to:
        args["copy"] = {"region": asked.copy_to.region, "keep_days": asked.copy_to.keep_days}
    if asked.tagged:
        args["tagged"] = {"tags": asked.tagged.tags, "kinds": asked.tagged.kinds}
    if asked.restore_test:
        test = asked.restore_test
        names = [*map(stateful.bucket_key, test.buckets), *map(stateful.lustre_key, test.lustre)]
        args["restore_test"] = {"resources": names, "schedule": test.schedule}
    return Backup(f"{settings.name}-backup", args)


def _protected_buckets(settings: Settings, declared: Mapping[str, AnyBucket]) -> dict[str, ProtectedArgs]:
    kept = [name for name, each in settings.buckets.items() if not each.no_backup]
    return {stateful.bucket_key(name): {"kind": "S3", "arn": declared[name].arn} for name in kept}


def _protected_lustre(
    settings: Settings, place: Mapping[str, pulumi.Input[str]], file_systems: Mapping[str, Lustre]
) -> dict[str, ProtectedArgs]:
    """Those that can be backed up, with what a restore must be told: it can't infer a file system's subnet."""
    return {
        stateful.lustre_key(name): {
            "kind": "FSx",
            "arn": file_systems[name].arn,
            "restore_metadata": {
                "subnetIds": pulumi.Output.json_dumps([place[each.zone]]),
                "securityGroupIds": pulumi.Output.json_dumps([file_systems[name].security_group_id]),
            },
        }
        for name, each in settings.lustre.items()
        if not each.no_backup and can_be_backed_up(each.deployment, linked=bool(each.repositories))
    }


def _stateful_lustre(each: setting.Lustre) -> StatefulArgs:
    return stateful.lustre(
        each.deployment, {folder: repository.bucket for folder, repository in each.repositories.items()}, each.no_backup
    )
