import json

import pytest

from components.bucket import Bucket
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties


@pytest.fixture
def graph(declare: Declare) -> Graph:
    """A bucket's resources."""
    return declare(lambda: Bucket("data", {"noncurrent_days": 30, "tags": {"owner": "us"}}))


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
    (statement,) = json.loads(policy["policy"])["Statement"]

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


def test_versions_must_be_kept_for_a_day(declare: Declare) -> None:
    """S3 has no shorter time."""
    with pytest.raises(EvaluationError, match="kept for at least a day, not 0"):
        declare(lambda: Bucket("data", {"noncurrent_days": 0, "tags": {}}))
