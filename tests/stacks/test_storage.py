import json
from typing import Any

from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from stacks.datacenter import declare
from tests.components.conftest import properties
from tests.stacks.documents import changed, settings_of

FAST: dict[str, Any] = {"zone": "us-east-1b", "capacityGib": 4800, "throughput": 250}
LINKED = {**FAST, "repositories": {"/data": {"bucket": "data", "prefix": "raw/", "exportEvents": []}}}


def declared(**changes: object) -> Graph:
    """What these settings declare."""
    settings = settings_of(changed(**changes))
    return record(lambda: declare(settings), "dev", {"aws:region": "us-east-1"})


def test_nothing_is_declared_that_was_not_asked_for() -> None:
    """No file system, no backup, no bucket for logs."""
    kinds = {each.type.rpartition(":")[2] for each in declared() if not each.custom}

    assert not kinds & {"Lustre", "Backup", "LogBucket"}


def test_nothing_of_an_existing_bucket_is_declared() -> None:
    """It is used by its name and ARN."""
    graph = declared(
        buckets={"data": {"existing": "team-data"}},
        lustre={"fast": LINKED},
        backup={"restoreTest": {"buckets": ["data"]}},
    )
    (link,) = properties(graph, "DataRepositoryAssociation")
    (selection,) = properties(graph, "Selection")

    assert [each for each in graph if each.type.startswith("aws:s3/")] == []
    assert link["dataRepositoryPath"] == "s3://team-data/raw/"
    assert selection["resources"] == ["arn:aws:s3:::team-data"]


def test_the_buckets_of_repositories_let_lustre_use_their_keys() -> None:
    """And no others."""
    graph = declared(buckets={"data": {}, "logs": {}}, lustre={"fast": LINKED})

    assert {each.name for each in graph if each.type.endswith(":KeyPolicy")} == {"dev-data-key", "dev-fast-lustre-key"}
    (link,) = properties(graph, "DataRepositoryAssociation")
    assert link["dataRepositoryPath"] == "s3://dev-data-bucket/raw/"
    assert link["s3"]["autoExportPolicy"] == {"events": []}


def test_all_buckets_log_to_one() -> None:
    """Which takes the logs of buckets of this environment."""
    graph = declared(buckets={"a": {}, "b": {}}, bucketLogs={"keepDays": 30})
    logs = properties(graph, "BucketLogging")

    assert {each["targetBucket"] for each in logs} == {"dev-bucket-logs-bucket"}
    assert {each["targetPrefix"] for each in logs} == {"dev-a/", "dev-b/"}


def test_a_file_system_stands_in_its_zones_subnet() -> None:
    """As its settings say."""
    (found,) = properties(declared(lustre={"fast": FAST}), "LustreFileSystem")

    assert found["subnetIds"] == "dev-private-us-east-1b-Subnet"
    assert (found["storageCapacity"], found["perUnitStorageThroughput"]) == (4800, 250)


def test_a_linked_file_system_is_protected_by_its_bucket() -> None:
    """One that is not linked is backed up itself; what says why not is left out."""
    graph = declared(
        buckets={"data": {}, "mirror": {"noBackup": "loaded again in a day"}},
        lustre={"fast": LINKED, "home": FAST},
        backup={"restoreTest": {"buckets": ["data"], "lustre": ["home"]}},
    )
    (selection,) = properties(graph, "Selection")
    home = next(each for each in properties(graph, "RestoreTestingSelection") if each["name"] == "lustre_home")

    assert selection["resources"] == [
        "arn:aws:s3:::dev-data-bucket",
        "arn:aws:fsx:us-east-1:123456789012:lustreFileSystem/dev-home-lustre-file-system",
    ]
    assert json.loads(home["restoreMetadataOverrides"]["subnetIds"]) == ["dev-private-us-east-1b-Subnet"]
    assert json.loads(home["restoreMetadataOverrides"]["securityGroupIds"]) == ["dev-home-lustre-group-SecurityGroup"]


def test_backups_are_those_of_the_settings() -> None:
    """The copy, the lock, the tags and who is told."""
    graph = declared(
        backup={
            "dailyKeepDays": 40,
            "weeklyKeepDays": 365,
            "coldAfterDays": 30,
            "lock": "none",
            "copyTo": {"region": "us-west-2"},
            "tagged": {"tags": {"backup": "daily"}, "kinds": ["EFS"]},
            "notify": ["us@example.com"],
            "regionOptIn": {"S3": True},
        }
    )
    plans = {each.name: each.properties["rules"] for each in graph if each.type.endswith(":Plan")}

    assert {name: [rule["lifecycle"] for rule in rules] for name, rules in plans.items()} == {
        "dev-backup-warm": [{"deleteAfter": 40}, {"deleteAfter": 365}],
        "dev-backup-cold": [{"deleteAfter": 40}, {"deleteAfter": 365, "coldStorageAfter": 30}],
    }
    assert [each["region"] for each in properties(graph, "Vault") if "region" in each] == ["us-west-2"]
    assert properties(graph, "VaultLockConfiguration") == []
    assert [each["endpoint"] for each in properties(graph, "TopicSubscription")] == ["us@example.com"]
    assert len(properties(graph, "RegionSettings")) == 1
