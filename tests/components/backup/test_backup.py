import json
from typing import Any

import pytest

from components.backup.backup import Backup
from components.backup.limits import COMPLIANCE_SENTENCE
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

DATA = "arn:aws:s3:::data"
HOME = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-1"
ARGS: dict[str, Any] = {
    "region": "us-east-1",
    "resources": {"bucket-data": {"kind": "S3", "arn": DATA}, "lustre-home": {"kind": "FSx", "arn": HOME}},
    "stateful": {"bucket-data": {}, "lustre-home": {}},
    "daily_keep_days": 35,
    "weekly_keep_days": 180,
    "tags": {"owner": "us"},
}
TAGGED = {"tagged": {"tags": {"backup": "daily", "team": "us"}, "kinds": ["EBS", "EFS"]}}


def declared(declare: Declare, **changes: object) -> Graph:
    """The resources of a backup."""
    return declare(lambda: Backup("lab", {**ARGS, **changes}))  # type: ignore[typeddict-item]  # some are wrong on purpose


def test_every_day_and_every_week_into_the_vault(declare: Declare) -> None:
    """Each for its time; nothing of buckets and Lustre moves to cold storage."""
    (plan,) = properties(declared(declare), "Plan")
    daily, weekly = plan["rules"]

    assert (daily["schedule"], daily["lifecycle"]) == ("cron(0 3 ? * * *)", {"deleteAfter": 35})
    assert (weekly["schedule"], weekly["lifecycle"]) == ("cron(0 3 ? * SUN *)", {"deleteAfter": 180})
    assert {rule["targetVaultName"] for rule in plan["rules"]} == {"lab-vault-name"}


def test_things_are_selected_by_their_arns(declare: Declare) -> None:
    """By the role that has the service's policies, those for S3 among them."""
    graph = declared(declare)
    (selection,) = properties(graph, "Selection")

    assert selection["resources"] == [DATA, HOME]
    assert selection["iamRoleArn"] == "arn:aws:iam:us-east-1:123456789012:role/lab-backup-role"
    assert [each["policyArn"] for each in properties(graph, "RolePolicyAttachment")] == [
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    ]


def test_the_vault_has_a_key_of_its_own_and_both_are_protected(declare: Declare) -> None:
    """And is not emptied when it is deleted."""
    graph = declared(declare)
    (vault,) = properties(graph, "Vault")

    assert vault["kmsKeyArn"] == "arn:aws:kms:us-east-1:123456789012:key/lab-vault-key"
    assert vault["forceDestroy"] is False
    assert {each.name for each in graph if each.protect} == {"lab-vault", "lab-vault-key"}


def test_the_lock_holds_to_the_shortest_time_of_a_rule(declare: Declare) -> None:
    """A longer one would fail the daily jobs; governance mode has no days of grace."""
    (lock,) = properties(declared(declare), "VaultLockConfiguration")

    assert lock["minRetentionDays"] == 35
    assert "changeableForDays" not in lock


def test_a_compliance_lock_can_be_lifted_for_two_weeks(declare: Declare) -> None:
    """It is made where the sentence stands there word for word."""
    graph = declared(declare, lock="compliance", compliance_acknowledged=COMPLIANCE_SENTENCE)

    assert properties(graph, "VaultLockConfiguration")[0]["changeableForDays"] == 14


def test_no_lock_where_none_is_wanted(declare: Declare) -> None:
    """For environments that come and go."""
    assert properties(declared(declare, lock="none"), "VaultLockConfiguration") == []


def test_copies_go_to_a_vault_with_a_key_in_the_other_region(declare: Declare) -> None:
    """By the resource's own region, not a second provider; locked for the time that a copy is kept."""
    graph = declared(declare, copy={"region": "us-west-2", "keep_days": 60})
    there = [each for each in graph if each.properties.get("region") == "us-west-2"]
    (copy,) = properties(graph, "Plan")[0]["rules"][0]["copyActions"]

    assert [each.name for each in there] == ["lab-copy-key", "lab-copy", "lab-copy-lock"]
    assert there[2].properties["minRetentionDays"] == 60
    assert copy["destinationVaultArn"].endswith("/lab-copy")
    assert copy["lifecycle"] == {"deleteAfter": 60}


def test_cold_storage_is_for_what_has_it_only(declare: Declare) -> None:
    """EFS moves, in a plan of its own; volumes, buckets and Lustre stay in the other."""
    graph = declared(declare, **TAGGED, cold_after_days=30)
    plans = {each.name: each.properties["rules"][1]["lifecycle"] for each in graph if each.type.endswith(":Plan")}
    selections = {each.name: each.properties for each in graph if each.type.endswith(":Selection")}

    assert plans == {"lab-warm": {"deleteAfter": 180}, "lab-cold": {"deleteAfter": 180, "coldStorageAfter": 30}}
    assert {name: each["resources"] for name, each in selections.items()} == {
        "lab-warm-listed": [DATA, HOME],
        "lab-warm-tagged": ["arn:aws:ec2:*:*:volume/*"],
        "lab-cold-tagged": ["arn:aws:elasticfilesystem:*:*:file-system/*"],
    }
    assert {name: each["planId"] for name, each in selections.items()} == {
        "lab-warm-listed": "lab-warm-Plan",
        "lab-warm-tagged": "lab-warm-Plan",
        "lab-cold-tagged": "lab-cold-Plan",
    }


def test_a_selection_by_tags_wants_all_of_them(declare: Declare) -> None:
    """`selectionTags` would take what has any."""
    graph = declared(declare, **TAGGED)
    (_, warm, _) = properties(graph, "Selection")

    assert "selectionTags" not in warm
    assert warm["conditions"] == [
        {
            "stringEquals": [
                {"key": "aws:ResourceTag/backup", "value": "daily"},
                {"key": "aws:ResourceTag/team", "value": "us"},
            ]
        }
    ]


def test_restores_are_tried_out_by_a_role_that_only_restores(declare: Declare) -> None:
    """The latest recovery points of this vault; what AWS can't infer is said."""
    resources = {
        **ARGS["resources"],
        "lustre-home": {**ARGS["resources"]["lustre-home"], "restore_metadata": {"a": "b"}},
    }
    test = {"resources": ["bucket-data", "lustre-home"], "schedule": "cron(0 6 1 * ? *)"}
    graph = declared(declare, resources=resources, restore_test=test)
    (plan,) = properties(graph, "RestoreTestingPlan")
    bucket, lustre = properties(graph, "RestoreTestingSelection")

    assert (plan["name"], plan["scheduleExpression"]) == ("lab_restore", "cron(0 6 1 * ? *)")
    assert plan["recoveryPointSelection"]["includeVaults"][0].endswith("/lab-vault")
    assert (bucket["name"], bucket["protectedResourceType"], bucket["protectedResourceArns"]) == (
        "bucket_data",
        "S3",
        [DATA],
    )
    assert bucket["iamRoleArn"].endswith("/lab-restore-role")
    assert lustre["restoreMetadataOverrides"] == {"a": "b"}
    assert {each["policyArn"].rpartition("/")[2] for each in properties(graph, "RolePolicyAttachment")} >= {
        "AWSBackupServiceRolePolicyForRestores",
        "AWSBackupServiceRolePolicyForS3Restore",
    }


def test_failures_are_told_by_an_encrypted_topic(declare: Declare) -> None:
    """The key and the topic let AWS Backup through; mails of jobs that went well are filtered out."""
    graph = declared(declare, notify=["us@example.com"])
    (topic,), (events,) = properties(graph, "Topic"), properties(graph, "VaultNotifications")
    (subscription,) = properties(graph, "TopicSubscription")
    (topic_policy,), (policy,) = properties(graph, "TopicPolicy"), properties(graph, "KeyPolicy")

    assert topic["kmsMasterKeyId"] == "lab-vault-key-Key"
    assert "BACKUP_JOB_COMPLETED" in events["backupVaultEvents"]
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "us@example.com")
    assert {"anything-but": ["COMPLETED"]} in json.loads(subscription["filterPolicy"])["State"]
    for document in (topic_policy, policy):
        statement = json.loads(document["policy"])["Statement"][-1]
        assert statement["Principal"] == {"Service": "backup.amazonaws.com"}


def test_the_regions_settings_are_left_alone_unless_asked(declare: Declare) -> None:
    """They hold for the whole account."""
    assert properties(declared(declare), "RegionSettings") == []
    asked = declared(declare, region_opt_in={"S3": True, "FSx": False})
    assert properties(asked, "RegionSettings") == [{"resourceTypeOptInPreference": {"S3": True, "FSx": False}}]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"resources": {}, "stateful": {}}, "resources.*nothing is selected; name a resource, or tags"),
        ({"stateful": {"bucket-logs": {}}}, "stateful.*bucket-logs: it is in no selection; select it, or say why"),
        (
            {"resources": {"vm": {"kind": "EC2", "arn": "arn"}}, "stateful": {}},
            "tagged.*EC2 is none of S3, FSx, EBS, EFS",
        ),
        ({"daily_keep_days": 0}, "daily_keep_days.*at least a day, not 0"),
        ({"cold_after_days": 30}, "cold_after_days.*of FSx, S3 nothing has cold storage, only EFS has"),
        ({**TAGGED, "cold_after_days": 120}, "cold_after_days.*kept for 180 days moves after 1 to 90 days"),
        ({"lock": "forever"}, "lock.*'forever' is none of none, governance, compliance"),
        ({"lock": "compliance"}, 'compliance_acknowledged.*for ever; write "Nobody, AWS included'),
        (
            {"lock": "compliance", "compliance_acknowledged": COMPLIANCE_SENTENCE, "compliance_grace_days": 2},
            "compliance_grace_days.*3 days at least, not 2",
        ),
        (
            {"restore_test": {"resources": ["bucket-x"], "schedule": "rate(1 day)"}},
            "restore_test.*bucket-x is not backed up",
        ),
        ({"copy": {"region": "us-east-1", "keep_days": 35}}, "copy.*us-east-1 holds the vault already"),
        ({"copy": {"region": "us-west-2", "keep_days": 0}}, "copy.*at least a day"),
    ],
)
def test_a_wrong_argument_is_named_with_the_fix(declare: Declare, changes: dict[str, Any], refusal: str) -> None:
    """Among them what AWS Backup would take in silence and not do."""
    with pytest.raises(EvaluationError, match=refusal):
        declared(declare, **changes)
