import json
from typing import Any

import pytest

from components.storage.lustre import Lustre
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

PLAIN: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_id": "subnet-1",
    "client_security_groups": {"training": "sg-nodes"},
    "capacity_gib": 4800,
    "throughput": 250,
    "tags": {"owner": "us"},
}
LINKED = {**PLAIN, "repositories": {"/datasets": {"bucket": "data", "prefix": "imagenet/", "export_events": []}}}
SCRATCH = {**PLAIN, "deployment": "SCRATCH_2", "throughput": None}


def declared(declare: Declare, args: dict[str, Any]) -> Graph:
    """The resources of a file system."""
    return declare(lambda: Lustre("fast", args))  # type: ignore[arg-type]  # some are wrong on purpose


def file_system(graph: Graph) -> dict[str, Any]:
    """Its properties."""
    (found,) = properties(graph, "LustreFileSystem")
    return found


def traffic(graph: Graph, kind: str) -> set[tuple[str, str, str, int | None, int | None]]:
    """Who lets through whom, and what."""
    keys = ("securityGroupId", "referencedSecurityGroupId", "ipProtocol", "fromPort", "toPort")
    rules = properties(graph, f"SecurityGroup{kind}Rule")
    return {tuple(rule.get(key) for key in keys) for rule in rules}  # type: ignore[misc]  # five keys, five values


def test_it_is_what_was_asked_for(declare: Declare) -> None:
    """In the subnet of its nodes, compressed, with metadata that follow the capacity."""
    found = file_system(declared(declare, PLAIN))

    assert found["deploymentType"] == "PERSISTENT_2"
    assert (found["storageCapacity"], found["perUnitStorageThroughput"]) == (4800, 250)
    assert (found["subnetIds"], found["fileSystemTypeVersion"]) == ("subnet-1", "2.15")
    assert found["metadataConfiguration"] == {"mode": "AUTOMATIC"}
    assert found["weeklyMaintenanceStartTime"] == "7:04:00"
    assert "efaEnabled" not in found


def test_it_and_its_key_are_protected(declare: Declare) -> None:
    """Without the key the data can't be read."""
    graph = declared(declare, PLAIN)

    assert {each.name for each in graph if each.protect} == {"fast-file-system", "fast-key"}
    assert file_system(graph)["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/fast-key"


@pytest.mark.parametrize("kind", ["Ingress", "Egress"])
def test_lustre_ports_are_open_to_itself_and_both_ways_with_the_clients(declare: Declare, kind: str) -> None:
    """988 and 1018 to 1023, on both sides, and nothing else."""
    own, nodes = "fast-group-SecurityGroup", "sg-nodes"
    pairs = [(own, own), (own, nodes), (nodes, own)]

    assert traffic(declared(declare, PLAIN), kind) == {
        (*pair, "tcp", *ports) for pair in pairs for ports in ((988, 988), (1018, 1023))
    }


def test_the_file_system_waits_for_the_rules_that_fsx_asks_for(declare: Declare) -> None:
    """FSx refuses a group that does not let its own servers through."""
    graph = declared(declare, PLAIN)
    (found,) = (each for each in graph if each.type.endswith(":LustreFileSystem"))

    assert {urn.rpartition("::")[2] for urn in found.dependencies if "Rule" in urn} == {
        f"fast-self-{what}-{side}" for what in ("lnet", "lnet-servers") for side in ("in", "out")
    }


@pytest.mark.parametrize("kind", ["Ingress", "Egress"])
def test_with_efa_everything_passes_by_the_groups_ids(declare: Declare, kind: str) -> None:
    """EFA is neither TCP nor covered by a rule for addresses."""
    graph = declared(declare, {**PLAIN, "efa": True, "capacity_gib": 19_200, "metadata_iops": 6000})
    own, nodes = "fast-group-SecurityGroup", "sg-nodes"

    assert traffic(graph, kind) == {(*pair, "-1", None, None) for pair in ((own, own), (own, nodes), (nodes, own))}
    assert file_system(graph)["efaEnabled"] is True
    assert file_system(graph)["metadataConfiguration"] == {"mode": "USER_PROVISIONED", "iops": 6000}


def test_a_folder_mirrors_a_part_of_a_bucket(declare: Declare) -> None:
    """All changes come in; which go out is said; unlinking deletes nothing."""
    (link,) = properties(declared(declare, LINKED), "DataRepositoryAssociation")

    assert (link["fileSystemPath"], link["dataRepositoryPath"]) == ("/datasets", "s3://data/imagenet/")
    assert link["s3"] == {
        "autoImportPolicy": {"events": ["NEW", "CHANGED", "DELETED"]},
        "autoExportPolicy": {"events": []},
    }
    assert (link["batchImportMetaDataOnCreate"], link["deleteDataInFilesystem"]) == (False, False)


def test_imports_and_exports_that_fail_are_logged_with_the_key(declare: Declare) -> None:
    """FSx takes log groups below /aws/fsx; the key lets CloudWatch Logs use it for this one."""
    graph = declared(declare, LINKED)
    (group,) = properties(graph, "LogGroup")
    (policy,) = properties(graph, "KeyPolicy")
    logs = json.loads(policy["policy"])["Statement"][1]

    assert (group["name"], group["retentionInDays"]) == ("/aws/fsx/fast", 90)
    assert file_system(graph)["logConfiguration"]["level"] == "WARN_ERROR"
    assert logs["Condition"]["ArnEquals"] == {
        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/fsx/fast"
    }


def test_backups_are_on_where_fsx_can_take_them(declare: Declare) -> None:
    """A week of them, and a last one before it is deleted."""
    found = file_system(declared(declare, PLAIN))

    assert (found["automaticBackupRetentionDays"], found["skipFinalBackup"]) == (7, False)
    assert "logConfiguration" not in found


@pytest.mark.parametrize("args", [LINKED, SCRATCH])
def test_backups_are_not_asked_for_where_fsx_can_not_take_them(declare: Declare, args: dict[str, Any]) -> None:
    """It would refuse the file system."""
    found = file_system(declared(declare, args))

    assert "automaticBackupRetentionDays" not in found
    assert found["skipFinalBackup"] is True


def test_a_scratch_file_system_has_no_key_of_ours(declare: Declare) -> None:
    """FSx has one for each, and takes no other."""
    graph = declared(declare, SCRATCH)

    assert properties(graph, "Key") == []
    assert {"kmsKeyId", "metadataConfiguration", "perUnitStorageThroughput"} & set(file_system(graph)) == set()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"deployment": "SCRATCH_1"}, "deployment.*'SCRATCH_1' is no deployment type. Write one of PERSISTENT_2"),
        ({"throughput": 200}, "throughput.*200 MB/s a TiB can't be had.*Write one of 125, 250, 500, 1000"),
        ({"capacity_gib": 5000}, "capacity_gib.*5000 GiB can't be had.*Write 4800 or 7200, the nearest"),
        ({"efa": True, "throughput": 100, "deployment": "PERSISTENT_1"}, "efa.*PERSISTENT_1 speaks no EFA"),
        ({"efa": True}, "capacity_gib.*with EFA at 250 MB/s a TiB.*Write 19200, the nearest"),
        ({"metadata_iops": 100}, "metadata_iops.*Write 1500, 3000, 6000 or a multiple of 12000"),
        ({"repositories": {"/a": {"bucket": "b", "import_events": ["new"]}}}, "repositories.*new of /a is no event"),
        ({"backup_retention_days": 100}, "backup_retention_days.*Write 0 to 90"),
        ({"log_retention_days": 100}, "log_retention_days.*nothing for 100 days. Write 120"),
        ({"maintenance": "7:04:00"}, "maintenance.*such as `sunday 04:00`"),
        ({"maintenance": "sunday 4:00"}, "maintenance.*such as `sunday 04:00`"),
    ],
)
def test_a_wrong_argument_is_named_with_the_fix(declare: Declare, change: dict[str, Any], refusal: str) -> None:
    """Before FSx, which would take half an hour over some of them."""
    with pytest.raises(EvaluationError, match=refusal):
        declared(declare, {**PLAIN, **change})
