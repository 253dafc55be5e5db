import json
from typing import Any

import pulumi_aws as aws
import pytest

from components.storage.bucket import Bucket, BucketArgs
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

ARGS: BucketArgs = {"noncurrent_days": 30, "tags": {"owner": "us"}}


def made(declare: Declare, **changes: Any) -> Graph:  # noqa: ANN401 - some are wrong on purpose
    """A bucket's resources, with other arguments."""
    return declare(lambda: Bucket("data", {**ARGS, **changes}))  # type: ignore[typeddict-item]  # as above


@pytest.fixture
def graph(declare: Declare) -> Graph:
    """A bucket's resources."""
    return made(declare)


def test_nobody_can_open_it_to_the_public(graph: Graph) -> None:
    """All four of S3's blocks, and no access lists."""
    (block,) = properties(graph, "BucketPublicAccessBlock")
    (ownership,) = properties(graph, "BucketOwnershipControls")

    assert [block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls")] == [True] * 3
    assert block["restrictPublicBuckets"] is True
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_what_data_would_be_lost_with_is_protected(graph: Graph) -> None:
    """The bucket and its key: without the key the data can't be read."""
    assert {each.name for each in graph if each.protect} == {"data", "data-key"}


def test_it_is_encrypted_with_a_key_of_its_own_that_rotates(graph: Graph) -> None:
    """The rule names the key that stands beside it."""
    (key,) = properties(graph, "Key")
    (encryption,) = properties(graph, "BucketServerSideEncryptionConfiguration")
    default = encryption["rules"][0]["applyServerSideEncryptionByDefault"]

    assert key["enableKeyRotation"] is True
    assert default == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/data-key",
    }


def test_requests_without_tls_are_denied_on_the_bucket_and_all_in_it(graph: Graph) -> None:
    """The policy names the real bucket."""
    (policy,) = properties(graph, "BucketPolicy")
    statement, *_ = json.loads(policy["policy"])["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == ["arn:aws:s3:::data-bucket", "arn:aws:s3:::data-bucket/*"]


def test_versions_are_kept_for_so_many_days_and_then_swept(graph: Graph) -> None:
    """Along with what uploads that never ended have left."""
    (versioning,) = properties(graph, "BucketVersioning")
    (lifecycle,) = properties(graph, "BucketLifecycleConfiguration")
    (rule,) = lifecycle["rules"]

    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_uploads_with_another_key_are_denied_and_those_with_none_get_the_buckets(graph: Graph) -> None:
    """Each denial holds only where the header that it is about is there; `aws:kms` alone would be AWS's own key."""
    (policy,) = properties(graph, "BucketPolicy")
    denials = {each["Sid"]: each for each in json.loads(policy["policy"])["Statement"][1:]}
    key_id = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    own = "arn:aws:kms:us-east-1:123456789012:key/data-key"

    assert {(each["Effect"], each["Action"], each["Resource"]) for each in denials.values()} == {
        ("Deny", "s3:PutObject", "arn:aws:s3:::data-bucket/*")
    }
    assert denials["OtherKey"]["Condition"] == {"Null": {key_id: "false"}, "StringNotEquals": {key_id: own}}
    assert denials["NoKey"]["Condition"]["Null"] == {key_id: "true"}
    assert set(denials) == {"OtherEncryption", "OtherKey", "NoKey", "CallersKey"}


def test_what_was_not_asked_for_is_not_declared(graph: Graph) -> None:
    """No lock, no logging, no policy of the key."""
    kinds = ("BucketObjectLockConfiguration", "BucketLogging", "KeyPolicy")

    assert [properties(graph, kind) for kind in kinds] == [[], [], []]
    assert "objectLockEnabled" not in properties(graph, "Bucket")[1]


def test_a_lock_is_there_from_the_first_day(declare: Declare) -> None:
    """S3 takes it when the bucket is made; the time is that of every version."""
    graph = made(declare, object_lock={"mode": "GOVERNANCE", "days": 30})
    (lock,) = properties(graph, "BucketObjectLockConfiguration")

    assert properties(graph, "Bucket")[1]["objectLockEnabled"] is True
    assert lock["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}


def test_objects_move_to_a_cheaper_storage_class(declare: Declare) -> None:
    """Beside the sweeping, which goes on."""
    (lifecycle,) = properties(
        made(declare, transition={"days": 30, "storage_class": "STANDARD_IA"}), "BucketLifecycleConfiguration"
    )

    assert [rule["id"] for rule in lifecycle["rules"]] == ["sweep", "move"]
    assert lifecycle["rules"][1]["transitions"] == [{"days": 30, "storageClass": "STANDARD_IA"}]


def test_access_is_logged_under_the_buckets_own_name(declare: Declare) -> None:
    """One log bucket takes the logs of several."""
    (logging,) = properties(made(declare, log_bucket="logs-1"), "BucketLogging")

    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs-1", "data/")


def test_lustre_can_use_the_key_of_a_bucket_that_it_is_linked_to(declare: Declare) -> None:
    """Only FSx of this account, only through S3 in this region, only for this bucket; IAM decides for all others."""
    (policy,) = properties(made(declare, linked_to_lustre=True), "KeyPolicy")
    account, lustre = json.loads(policy["policy"])["Statement"]

    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert lustre["Condition"] == {
        "StringEquals": {"kms:CallerAccount": "123456789012", "kms:ViaService": "s3.us-east-1.amazonaws.com"},
        "StringLike": {
            "aws:userid": "*:FSx",
            "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::data-bucket", "arn:aws:s3:::data-bucket/*"],
        },
    }


def test_nobody_has_a_linked_buckets_name_before_lustre_can_use_its_key(declare: Declare) -> None:
    """FSx tries the key when the link is made."""

    def program() -> None:
        bucket = Bucket("data", {**ARGS, "linked_to_lustre": True})
        aws.s3.BucketObjectv2("marker", bucket=bucket.bucket, key="k", content="c")

    marker = next(each for each in declare(program) if each.name == "marker")

    assert any(urn.endswith("KeyPolicy::data-key") for urn in marker.property_dependencies["bucket"])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"noncurrent_days": 0}, "noncurrent_days.*kept for at least a day, not 0"),
        ({"unfinished_upload_days": 0}, "unfinished_upload_days.*kept for at least a day, not 0"),
        ({"object_lock": {"mode": "forever", "days": 1}}, "object_lock.*'forever' is none of GOVERNANCE, COMPLIANCE"),
        ({"object_lock": {"mode": "COMPLIANCE", "days": 0}}, "object_lock.*locked for at least a day, not 0"),
        ({"transition": {"days": 1, "storage_class": "COLD"}}, "transition.*'COLD' is none of STANDARD_IA"),
        (
            {"transition": {"days": 29, "storage_class": "STANDARD_IA"}},
            "transition.*STANDARD_IA takes objects after 30 days at the earliest, not 29",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_the_fix(declare: Declare, changes: dict[str, Any], refusal: str) -> None:
    """Before S3 refuses it, some time later."""
    with pytest.raises(EvaluationError, match=refusal):
        made(declare, **changes)
