import json

import pytest

from components.storage.log_bucket import LogBucket
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties


@pytest.fixture
def graph(declare: Declare) -> Graph:
    """A log bucket's resources."""
    return declare(lambda: LogBucket("logs", {"source_prefix": "lab-", "keep_days": 90, "tags": {"owner": "us"}}))


def test_s3_alone_may_write_for_buckets_of_the_prefix(graph: Graph) -> None:
    """And nobody without TLS."""
    (policy,) = properties(graph, "BucketPolicy")
    tls, delivery = json.loads(policy["policy"])["Statement"]

    assert (tls["Sid"], delivery["Principal"]) == ("TlsOnly", {"Service": "logging.s3.amazonaws.com"})
    assert delivery["Resource"] == "arn:aws:s3:::logs-bucket/*"
    assert delivery["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lab-*"}}


def test_it_has_s3s_own_key(graph: Graph) -> None:
    """S3 delivers no logs to a bucket with a KMS key."""
    (encryption,) = properties(graph, "BucketServerSideEncryptionConfiguration")

    assert encryption["rules"] == [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    assert properties(graph, "Key") == []


def test_logs_go_after_their_time(graph: Graph) -> None:
    """And what their deletion leaves behind the day after."""
    (lifecycle,) = properties(graph, "BucketLifecycleConfiguration")
    (rule,) = lifecycle["rules"]

    assert rule["expiration"] == {"days": 90}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 1}


def test_it_is_private_and_protected(graph: Graph) -> None:
    """Who came for the data is not for everyone, and not to be wiped out by mistake."""
    (block,) = properties(graph, "BucketPublicAccessBlock")

    assert block["restrictPublicBuckets"] is True
    assert [each.name for each in graph if each.protect] == ["logs"]


def test_logs_are_kept_for_a_day(declare: Declare) -> None:
    """S3 has no shorter time."""
    with pytest.raises(EvaluationError, match="keep_days.*at least a day, not 0"):
        declare(lambda: LogBucket("logs", {"source_prefix": "", "keep_days": 0, "tags": {}}))
