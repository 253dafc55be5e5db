"""Where Pulumi keeps its state: a bucket that is closed, versioned and encrypted, and the key that does it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from playbooks.account import Client
from playbooks.bootstrap.policies import KEY_ALIAS, Account, tls_only
from playbooks.bootstrap.step import Step, answer_or_none
from playbooks.errors import AccountError

OLD_VERSIONS_DAYS = 90  # a state that was damaged is noticed sooner, and an old one is found in `pulumi stack history`
UNFINISHED_UPLOAD_DAYS = 7
TAGS = {"managed-by": "ai-datacenter", "made-by": "aidc bootstrap"}
NONE_THERE = (  # how S3 says that a bucket has no setting of a kind
    *("NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration", "NoSuchTagSet"),
    *("OwnershipControlsNotFoundError", "ServerSideEncryptionConfigurationNotFoundError"),
)


class Setting(NamedTuple):
    """One setting of a bucket.

    Attributes:
        what: names it, for a person.
        name: what S3 calls it: `get_bucket_<name>` and `put_bucket_<name>`.
        value: the arguments that put it, without the bucket's own; an answer tells the same.
        told: the value out of the answer, where the two differ in shape.
    """

    what: str
    name: str
    value: dict[str, Any]
    told: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer


def key_steps(kms: Client) -> Iterator[Step]:
    """The key that encrypts the state and the secrets in it; it is found by its alias."""
    yield Step(f"key {KEY_ALIAS}", "Enabled", lambda: _key_state(kms), lambda: _make_key(kms))
    yield Step(
        "its rotation every year",
        True,
        lambda: kms.get_key_rotation_status(KeyId=key_arn(kms))["KeyRotationEnabled"],
        lambda: kms.enable_key_rotation(KeyId=key_arn(kms)),
    )


def key_arn(kms: Client) -> str:
    """The ARN of the key that the alias names."""
    return str(kms.describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]["Arn"])


def _key_state(kms: Client) -> str | None:
    answer = answer_or_none(lambda: kms.describe_key(KeyId=KEY_ALIAS), ["NotFoundException"])
    if answer is None:
        return None
    found = answer["KeyMetadata"]
    if found["KeyState"] != "Enabled":
        remedy = f"`aws kms cancel-key-deletion --key-id {found['KeyId']}` and `enable-key` bring it back"
        raise AccountError(f"the key {KEY_ALIAS} is {found['KeyState']}, and no state can be read without it: {remedy}")
    return "Enabled"


def _make_key(kms: Client) -> None:
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    made = kms.create_key(Description="State of Pulumi and the secrets in it", Tags=tags)
    kms.create_alias(AliasName=KEY_ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])


def bucket_steps(s3: Client, account: Account, key: str) -> Iterator[Step]:
    """The bucket, then each of its settings; the policy last, when all else stands."""
    yield Step(
        f"bucket {account.bucket}",
        account.bucket,
        lambda: _bucket_there(s3, account),
        lambda: s3.create_bucket(Bucket=account.bucket, **_place(account.region)),
    )
    for setting in bucket_settings(account, key):
        yield Step(setting.what, setting.value, _look(s3, account, setting), _write(s3, account, setting))


def _bucket_there(s3: Client, account: Account) -> str | None:
    """A name that somebody else took answers 403: state must never go there."""
    answer = answer_or_none(lambda: s3.head_bucket(**_of(account)), ["404", "NoSuchBucket"])
    return None if answer is None else account.bucket


def _look(s3: Client, account: Account, setting: Setting) -> Callable[[], object]:
    def look() -> object:
        answer = answer_or_none(lambda: getattr(s3, f"get_{setting.name}")(**_of(account)), NONE_THERE)
        told = None if answer is None else setting.told(answer)
        return told if told and any(told.values()) else None

    return look


def _write(s3: Client, account: Account, setting: Setting) -> Callable[[], object]:
    return lambda: getattr(s3, f"put_{setting.name}")(**_of(account), **setting.value)


def _of(account: Account) -> dict[str, str]:
    return {"Bucket": account.bucket, "ExpectedBucketOwner": account.id}


def _place(region: str) -> dict[str, Any]:
    """Where a bucket stands; us-east-1 is S3's own region and is not said."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def bucket_settings(account: Account, key: str) -> list[Setting]:
    """Closed to the public, owned by the account, encrypted with the key, versioned, tagged, reached by TLS only."""
    private = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]}
    sweep = {
        "ID": "sweep",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_UPLOAD_DAYS},
    }
    tags = [{"Key": tag, "Value": value} for tag, value in sorted(TAGS.items())]
    return [
        Setting(
            "closed to the public",
            "public_access_block",
            {"PublicAccessBlockConfiguration": dict.fromkeys(private, True)},
        ),
        Setting(
            "objects owned by the account",
            "bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        ),
        Setting("encrypted with the key", "bucket_encryption", {"ServerSideEncryptionConfiguration": encryption}),
        Setting(
            "versioned",
            "bucket_versioning",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            lambda answer: {"VersioningConfiguration": {"Status": answer["Status"]} if "Status" in answer else None},
        ),
        Setting(
            f"old versions kept for {OLD_VERSIONS_DAYS} days",
            "bucket_lifecycle_configuration",
            {"LifecycleConfiguration": {"Rules": [sweep]}},
            lambda answer: {"LifecycleConfiguration": {"Rules": answer["Rules"]}},
        ),
        Setting(
            "tagged",
            "bucket_tagging",
            {"Tagging": {"TagSet": tags}},
            lambda answer: {"Tagging": {"TagSet": sorted(answer["TagSet"], key=lambda tag: str(tag["Key"]))}},
        ),
        Setting(
            "reached by TLS only",
            "bucket_policy",
            {"Policy": json.dumps(tls_only(account))},
            lambda answer: {"Policy": json.dumps(json.loads(answer["Policy"]))},
        ),
    ]
