from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from playbooks.account import Clients
from playbooks.engine.recovery import BUCKET, KEY, LINK, LOG_GROUP, LUSTRE, VAULT, Fate, Judged, judged
from playbooks.engine.state import Kept, State
from playbooks.errors import AccountError

VAULT_KEY = "arn:aws:kms:us-east-1:123456789012:key/vault"


def kept(kind: str, identity: str, arn: str = "", protect: bool = True, **inputs: object) -> Kept:
    """A resource of the state."""
    return Kept(f"urn:x::y::{kind}::{identity}", kind, "", identity, protect, {"arn": arn or f"arn:{identity}"}, inputs)


def point(key: str = VAULT_KEY, status: str = "COMPLETED") -> Mapping[str, Any]:
    """What AWS Backup tells of a recovery point."""
    made = datetime(2026, 11, 20, 3, tzinfo=UTC)
    return {"CreationDate": made, "Status": status, "EncryptionKeyArn": key, "BackupVaultName": "daily"}


def verdicts(client: Clients, *resources: Kept, answers: Mapping[str, list[Any]] | None = None) -> list[Judged]:
    """What becomes of each; the answers are AWS Backup's, by call, in order."""
    backup = client("backup")
    with Stubber(backup) as stub:
        for call, all_points in (answers or {}).items():
            for points in all_points:
                stub.add_response(call, {"RecoveryPoints": points})
        state = State(resources, (), settled=True)
        return judged(state, lambda _: lambda name: backup if name == "backup" else client(name), "us-east-1")


OF = "list_recovery_points_by_resource"
IN = "list_recovery_points_by_backup_vault"


@pytest.fixture
def bucket(client: Clients) -> Kept:
    """A bucket with an object in it."""
    client("s3").create_bucket(Bucket="checkpoints")
    client("s3").put_object(Bucket="checkpoints", Key="step-1", Body=b"x")
    return kept(BUCKET, "checkpoints")


def test_data_without_a_usable_recovery_point_would_be_lost(client: Clients, bucket: Kept) -> None:
    """One that is only half made is none."""
    (none,) = verdicts(client, bucket, answers={OF: [[]]})
    (partial,) = verdicts(client, bucket, answers={OF: [[point(status="PARTIAL")]]})

    assert [none.fate, partial.fate] == [Fate.LOST, Fate.LOST]
    assert none.why == "has no recovery point"


def test_data_with_a_recovery_point_can_be_had_back(client: Clients, bucket: Kept) -> None:
    """It says of when, and where."""
    (found,) = verdicts(client, bucket, answers={OF: [[point()]]})

    assert found.fate is Fate.COVERED
    assert found.why == "the newest recovery point is of 2026-11-20 03:00 UTC, in vault daily"


def test_an_empty_bucket_has_nothing_to_lose(client: Clients, bucket: Kept) -> None:
    """An old version is not nothing."""
    client("s3").put_bucket_versioning(Bucket=bucket.id, VersioningConfiguration={"Status": "Enabled"})
    client("s3").put_object(Bucket=bucket.id, Key="step-1", Body=b"x")
    client("s3").delete_object(Bucket=bucket.id, Key="step-1")
    client("s3").create_bucket(Bucket="empty")
    versions, empty = verdicts(client, bucket, kept(BUCKET, "empty"), answers={OF: [[], []]})

    assert (versions.fate, empty.fate) == (Fate.LOST, Fate.COVERED)


def test_a_vault_with_recovery_points_is_kept_with_the_keys_that_they_need(client: Clients) -> None:
    """Deleting the key would delete the backups; another key goes, days later."""
    vault, key = kept(VAULT, "daily"), kept(KEY, "vault", VAULT_KEY)
    other = kept(KEY, "other", deletionWindowInDays=7)
    found = verdicts(client, vault, key, other, answers={IN: [[point()]]})

    assert [each.fate for each in found] == [Fate.KEPT, Fate.KEPT, Fate.COVERED]
    assert "7 days" in found[2].why


def test_a_linked_file_system_has_its_files_in_its_bucket_if_it_exports_them(client: Clients) -> None:
    """AWS Backup takes no linked one; one that only imports would lose what was written to it."""
    system = kept(LUSTRE, "fs-1")
    exports = {"autoExportPolicy": {"events": ["NEW"]}, "autoImportPolicy": {}}
    link = {"fileSystemId": "fs-1", "dataRepositoryPath": "s3://datasets/imagenet/"}
    exported = verdicts(client, system, kept(LINK, "a", protect=False, s3=exports, **link), answers={OF: [[]]})
    imported = verdicts(client, system, kept(LINK, "a", protect=False, s3={}, **link), answers={OF: [[]]})

    assert (exported[0].fate, imported[0].fate) == (Fate.COVERED, Fate.LOST)
    assert "s3://datasets/imagenet/" in exported[0].why


def test_what_no_backup_takes_or_nobody_knows_would_be_lost(client: Clients) -> None:
    """A guess would cost data."""
    logs, strange = verdicts(client, kept(LOG_GROUP, "flow"), kept("aws:neptune/cluster:Cluster", "graph"))

    assert (logs.fate, strange.fate) == (Fate.LOST, Fate.LOST)
    assert "create-export-task" in logs.why
    assert strange.why == "whether it holds data is not known"


def test_each_region_is_asked_for_its_own(client: Clients) -> None:
    """A copy's vault stands in another region than the environment."""
    asked: list[str] = []

    def clients_of(region: str) -> Clients:
        asked.append(region)
        return lambda _: backup

    vault = Kept("urn:x::y::v::copies", VAULT, "", "copies", True, {"region": "us-west-2", "arn": "arn:v"}, {})
    backup = client("backup")
    with Stubber(backup) as stub:
        stub.add_response(IN, {"RecoveryPoints": []})
        judged(State((vault,), (), settled=True), clients_of, "us-east-2")

    assert asked == ["us-west-2"]


def test_an_account_that_does_not_answer_is_no_permission_to_delete(client: Clients, bucket: Kept) -> None:
    """It is told what could not be asked."""
    backup = client("backup")
    with Stubber(backup) as stub:
        stub.add_client_error(OF, "AccessDeniedException")
        with pytest.raises(AccountError, match="which recovery points there are"):
            judged(State((bucket,), (), settled=True), lambda _: lambda _: backup, "us-east-1")
