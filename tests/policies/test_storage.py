import json
from typing import Any

import pytest

from policies.data_stores import BUCKETS, LOGGING, LUSTRE
from policies.rule import Rule, example
from policies.stack import Resource
from policies.storage import (
    ACCOUNTS_PUBLIC_ACCESS,
    BLOCKS,
    BUCKET,
    EFS,
    EFS_ENCRYPTED,
    FSX,
    FSX_CUSTOMER_KEY,
    PUBLIC_ACCESS,
    S3_ENCRYPTED_WITH_KEY,
    S3_LIFECYCLE,
    S3_PRIVATE,
    S3_TLS_ONLY,
    S3_VERSIONED,
)
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import called, word

POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
DATA = example(BUCKET, {})
ARN = "arn:aws:s3:::data"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
ALL_BLOCKED = dict.fromkeys(BLOCKS, True)
SWEEP = {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def beside(rule: Rule, kind: str, properties: dict[str, Any]) -> str | None:
    """What a rule says of a bucket with this resource beside it."""
    return word(rule, DATA, example(kind, properties, bucket=DATA))


def inside(rule: Rule, properties: dict[str, Any]) -> str | None:
    """What a rule says of a bucket that has these settings in itself."""
    return word(rule, example(BUCKET, properties))


@pytest.mark.parametrize(
    ("rule", "kind", "properties"),
    [
        (S3_PRIVATE, PUBLIC_ACCESS, ALL_BLOCKED),
        (S3_TLS_ONLY, POLICY, {"policy": {"Statement": TLS}}),
        (S3_VERSIONED, VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}),
        (S3_LIFECYCLE, LIFECYCLE, {"rules": [SWEEP]}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_stands_beside_one_bucket_is_no_help_to_another(rule: Rule, kind: str, properties: dict[str, Any]) -> None:
    """It must be made from the bucket that it is for."""
    assert beside(rule, kind, properties) is None
    assert word(rule, called("other", DATA), DATA, example(kind, properties, bucket=DATA)) is not None


def test_all_four_ways_to_the_public_are_blocked() -> None:
    """On the bucket or on the account; S3 takes the stricter of both."""
    half = {"blockPublicAcls": True, "ignorePublicAcls": True}
    account = example(ACCOUNTS_PUBLIC_ACCESS, ALL_BLOCKED)

    assert beside(S3_PRIVATE, PUBLIC_ACCESS, half) == "blockPublicPolicy, restrictPublicBuckets not set"
    assert inside(S3_PRIVATE, {"acl": "private"}) == "nothing blocks public access to it"
    assert word(S3_PRIVATE, DATA, account) is None
    assert word(S3_PRIVATE, DATA, example(PUBLIC_ACCESS, half, bucket=DATA), account) is None


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Action": ["s3:*"]},
        {"Resource": "*"},
        {"Condition": {"BoolIfExists": {"AWS:SecureTransport": [False]}}},
    ],
)
def test_a_policy_denies_what_comes_without_tls(change: dict[str, Any]) -> None:
    """However it is written: JSON text with one bare statement, in the bucket or beside it."""
    text = json.dumps({"Statement": {**TLS, **change}})

    assert beside(S3_TLS_ONLY, POLICY, {"policy": text}) is None
    assert inside(S3_TLS_ONLY, {"policy": text}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}},
        {"Action": "s3:GetObject"},
        {"Resource": f"{ARN}/*"},
        {"Resource": ARN},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {**TLS["Condition"], "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},  # type: ignore[dict-item]
        {"Condition": None},
    ],
)
def test_a_policy_that_denies_less_does_not_do(change: dict[str, Any]) -> None:
    """Some principals, some actions, half of the bucket, or on a further condition."""
    assert beside(S3_TLS_ONLY, POLICY, {"policy": json.dumps({"Statement": [{**TLS, **change}]})}) is not None


def test_a_policy_that_is_not_known_yet_is_not_judged() -> None:
    """It holds the bucket's own ARN, which a preview does not know."""
    with pytest.raises(NotEvaluatedError, match="policy"):
        beside(S3_TLS_ONLY, POLICY, {"policy": Unknown("policy")})


def encrypting(**default: str) -> dict[str, Any]:
    """A configuration with this default."""
    return {"rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]}


def test_a_bucket_encrypts_with_a_key_of_ones_own() -> None:
    """Beside it or inside; `aws:kms` without a key is AWS's."""
    own = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    within = {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": own}}}

    assert beside(S3_ENCRYPTED_WITH_KEY, ENCRYPTION, encrypting(**own)) is None
    assert beside(S3_ENCRYPTED_WITH_KEY, f"{ENCRYPTION.replace(':Bucket', 'V2:Bucket')}V2", encrypting(**own)) is None
    assert inside(S3_ENCRYPTED_WITH_KEY, within) is None
    assert beside(S3_ENCRYPTED_WITH_KEY, ENCRYPTION, encrypting(sseAlgorithm="aws:kms")) is not None
    assert beside(S3_ENCRYPTED_WITH_KEY, ENCRYPTION, encrypting(sseAlgorithm="AES256")) is not None
    assert (
        beside(S3_ENCRYPTED_WITH_KEY, ENCRYPTION, encrypting(**{**own, "kmsMasterKeyId": "alias/aws/s3"})) is not None
    )


def test_a_key_that_has_no_arn_yet_is_a_key_all_the_same() -> None:
    """In a preview none has."""
    key = example("aws:kms/key:Key", {})
    unknown = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": Unknown("kmsMasterKeyId")}
    default = {"rules": [{"applyServerSideEncryptionByDefault": unknown}]}

    assert word(S3_ENCRYPTED_WITH_KEY, DATA, example(ENCRYPTION, default, bucket=DATA, rules=key), key) is None
    with pytest.raises(NotEvaluatedError, match="kmsMasterKeyId"):
        beside(S3_ENCRYPTED_WITH_KEY, ENCRYPTION, default)


def test_a_bucket_for_access_logs_can_not() -> None:
    """S3 would deliver none."""
    other = called("other", DATA)
    logging = example(LOGGING[0], {"targetPrefix": "data/"}, bucket=other, targetBucket=DATA)

    assert word(S3_ENCRYPTED_WITH_KEY, DATA, other, logging) is None
    assert word(S3_ENCRYPTED_WITH_KEY, other, DATA, logging) is not None


def test_a_bucket_keeps_old_versions() -> None:
    """Suspended is not enabled."""
    assert beside(S3_VERSIONED, VERSIONING, {"versioningConfiguration": {"status": "Suspended"}}) is not None
    assert inside(S3_VERSIONED, {"versioning": {"enabled": True}}) is None
    assert inside(S3_VERSIONED, {"versioning": {"enabled": False}}) is not None


@pytest.mark.parametrize("change", [{}, {"filter": {"prefix": ""}}, {"filter": {}}, {"prefix": ""}])
def test_unfinished_uploads_are_swept_away_everywhere(change: dict[str, Any]) -> None:
    """An empty prefix is the whole bucket."""
    assert beside(S3_LIFECYCLE, LIFECYCLE, {"rules": [{"status": "Enabled"}, {**SWEEP, **change}]}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"filter": {"prefix": "tmp/"}},
        {"prefix": "tmp/"},
        {"status": "Disabled"},
        {"abortIncompleteMultipartUpload": None},
    ],
)
def test_a_lifecycle_that_sweeps_less_does_not_do(change: dict[str, Any]) -> None:
    """In one folder, or not at all."""
    assert beside(S3_LIFECYCLE, LIFECYCLE, {"rules": [{**SWEEP, **change}]}) is not None


def test_a_lifecycle_inside_the_bucket_does() -> None:
    """The older form has names of its own."""
    rule = {"enabled": True, "abortIncompleteMultipartUploadDays": 7}

    assert inside(S3_LIFECYCLE, {"lifecycleRules": [rule]}) is None
    assert inside(S3_LIFECYCLE, {"lifecycleRules": [{**rule, "prefix": "tmp/"}]}) is not None


def test_what_the_provider_reads_back_of_a_bare_bucket_says_nothing() -> None:
    """Once a bucket exists its properties are there, empty."""
    read = {"policy": "", "versioning": {}, "lifecycleRules": [], "serverSideEncryptionConfiguration": {}, "acl": ""}

    for rule in (S3_TLS_ONLY, S3_VERSIONED, S3_LIFECYCLE, S3_ENCRYPTED_WITH_KEY):
        assert inside(rule, read) is not None


@pytest.mark.parametrize("kind", FSX)
def test_a_file_system_has_a_key_of_ones_own(kind: str) -> None:
    """Every kind of FSx takes one."""
    key = example("aws:kms/key:Key", {})
    persistent = {"deploymentType": "PERSISTENT_2"}

    assert word(FSX_CUSTOMER_KEY, example(kind, persistent)) is not None
    assert word(FSX_CUSTOMER_KEY, example(kind, persistent, kmsKeyId=key), key) is None
    assert word(FSX_CUSTOMER_KEY, example(kind, {**persistent, "kmsKeyId": KEY})) is None


def test_scratch_lustre_takes_no_key() -> None:
    """FSx refuses one; it is what FSx makes where no deployment is named."""
    assert word(FSX_CUSTOMER_KEY, example(LUSTRE, {"deploymentType": "SCRATCH_2"})) is None
    assert word(FSX_CUSTOMER_KEY, example(LUSTRE, {})) is None


def test_an_efs_file_system_is_encrypted() -> None:
    """It is not, where nothing is said."""
    assert word(EFS_ENCRYPTED, example(EFS, {"encrypted": True})) is None
    assert word(EFS_ENCRYPTED, example(EFS, {"encrypted": False})) is not None


def test_buckets_under_both_names_are_judged() -> None:
    """The SDK has the type twice."""
    older: Resource = example(BUCKETS[1], {})

    assert word(S3_VERSIONED, older) is not None
    assert (
        word(S3_VERSIONED, older, example(VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}, bucket=older))
        is None
    )
