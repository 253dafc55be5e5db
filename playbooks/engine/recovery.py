"""What would be lost with an environment: which protected resources hold data, and whether it can be had back."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from playbooks.account import Clients
from playbooks.engine.orphans import ClientsOf
from playbooks.engine.state import Kept, State
from playbooks.inventory import answering

BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
VAULT = "aws:backup/vault:Vault"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LINK = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
HOLD_DATA = (BUCKET, LUSTRE, "aws:efs/fileSystem:FileSystem", "aws:ebs/volume:Volume", "aws:dynamodb/table:Table")
# Protected so that nobody deletes them by mistake; what they are is written in the settings.
MADE_AGAIN = ("aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:ec2/vpc:Vpc", "aws:ec2/instance:Instance")
NO_WAY_BACK = {
    **dict.fromkeys(HOLD_DATA, "has no recovery point"),
    LOG_GROUP: "holds logs, of which AWS Backup makes no recovery point; `aws logs create-export-task` copies them",
}
USABLE = ("COMPLETED", "AVAILABLE")


class Fate(StrEnum):
    """What a take-down means for a protected resource."""

    COVERED = "can be had back"
    KEPT = "is kept"
    LOST = "would be lost"


class Point(NamedTuple):
    """A recovery point of AWS Backup: when it was made, in which vault, and the ARN of the key that it needs."""

    made: datetime
    vault: str
    key: str


class Judged(NamedTuple):
    """A protected resource, what becomes of its data, and why."""

    resource: Kept
    fate: Fate
    why: str


def judged(state: State, clients_of: ClientsOf, region: str) -> list[Judged]:
    """Every protected resource of a state; one that names no region is in this one.

    Raises:
        AccountError: the account does not answer.
    """
    protected = [each for each in state.resources if each.protect]
    clients = {each.urn: clients_of(str(each.outputs.get("region") or region)) for each in protected}
    with answering("which recovery points there are"):
        points = {each.urn: list(_points(each, clients[each.urn])) for each in protected}
        needed = [point for found in points.values() for point in found]
        return [_judge(each, points[each.urn], needed, state, clients[each.urn]) for each in protected]


def _judge(resource: Kept, points: Sequence[Point], needed: Iterable[Point], state: State, clients: Clients) -> Judged:
    if resource.type == VAULT:
        return _vault(resource, points)
    if resource.type == KEY:
        return _key(resource, needed)
    if resource.type in MADE_AGAIN:
        return Judged(resource, Fate.COVERED, "holds no data of its own; the settings make it again")
    return _data(resource, points, state, clients)


def _data(resource: Kept, points: Sequence[Point], state: State, clients: Clients) -> Judged:
    if points:
        newest = max(points)
        why = f"the newest recovery point is of {newest.made:%Y-%m-%d %H:%M} UTC, in vault {newest.vault}"
        return Judged(resource, Fate.COVERED, why)
    if resource.type == BUCKET and _is_empty(resource.id, clients):
        return Judged(resource, Fate.COVERED, "holds no object, nor an old version of one")
    if resource.type == LUSTRE and (bucket := _exported_to(resource, state)):
        return Judged(resource, Fate.COVERED, f"exports its files to {bucket}; what is not exported yet is lost")
    return Judged(resource, Fate.LOST, NO_WAY_BACK.get(resource.type, "whether it holds data is not known"))


def _vault(vault: Kept, points: Sequence[Point]) -> Judged:
    if points:
        return Judged(vault, Fate.KEPT, f"holds {len(points):,} recovery point(s), which a vault is deleted with")
    return Judged(vault, Fate.COVERED, "holds no recovery point")


def _key(key: Kept, needed: Iterable[Point]) -> Judged:
    if any(point.key == key.arn for point in needed):
        return Judged(key, Fate.KEPT, "without it the recovery points can't be read")
    days = key.inputs.get("deletionWindowInDays", 30)  # KMS' ScheduleKeyDeletion: 7 to 30, 30 where left out
    return Judged(key, Fate.COVERED, f"is deleted {days} days later; until then that can be taken back")


def _points(resource: Kept, clients: Clients) -> Iterator[Point]:
    if resource.type in HOLD_DATA:
        yield from _points_of(resource.arn, clients)
    if resource.type == VAULT:
        yield from _points_in(resource.id, clients)


def _points_of(arn: str, clients: Clients) -> Iterator[Point]:
    pages = clients("backup").get_paginator("list_recovery_points_by_resource").paginate(ResourceArn=arn)
    for page in pages:
        for each in page.get("RecoveryPoints", ()):
            if each["Status"] in USABLE:
                yield Point(each["CreationDate"], each["BackupVaultName"], each.get("EncryptionKeyArn", ""))


def _points_in(vault: str, clients: Clients) -> Iterator[Point]:
    pages = clients("backup").get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault)
    for page in pages:
        for each in page.get("RecoveryPoints", ()):
            yield Point(each["CreationDate"], vault, each.get("EncryptionKeyArn", ""))


def _is_empty(bucket: str, clients: Clients) -> bool:
    found = clients("s3").list_object_versions(Bucket=bucket, MaxKeys=1)
    return not found.get("Versions") and not found.get("DeleteMarkers")


def _exported_to(file_system: Kept, state: State) -> str:
    """The bucket that a linked file system writes its files to by itself; AWS Backup takes no linked one."""
    for each in state.resources:
        policy = (each.inputs.get("s3") or {}).get("autoExportPolicy") if each.type == LINK else None
        if policy and each.inputs.get("fileSystemId") == file_system.id:
            return str(each.inputs.get("dataRepositoryPath", ""))
    return ""
