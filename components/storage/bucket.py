"""A bucket for data sets and checkpoints: private, encrypted with a key of its own, versioned, reached by TLS only."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.account.key_policy import key_policy, lustre_reaches_objects
from components.storage.bucket_access import close, own_key_only, tls_only
from components.storage.bucket_limits import LOCK_MODES, UNFINISHED_UPLOAD_DAYS, transition_misfit


class TransitionArgs(TypedDict):
    """When current objects move to a cheaper storage class."""

    days: int
    """How many days after an object was written."""

    storage_class: str
    """`INTELLIGENT_TIERING`, `STANDARD_IA`, `ONEZONE_IA`, `GLACIER_IR`, `GLACIER` or `DEEP_ARCHIVE`."""


class ObjectLockArgs(TypedDict):
    """For how long nothing that is written can be deleted or overwritten."""

    mode: str
    """`GOVERNANCE`, which a special permission lifts, or `COMPLIANCE`, which nobody lifts."""

    days: int
    """How many days each version is kept."""


class BucketArgs(TypedDict):
    """What a bucket is made from."""

    noncurrent_days: int
    """How many days an overwritten or deleted version is kept."""

    unfinished_upload_days: NotRequired[int]
    """After how many days the parts of an upload that never ended are swept away; 7 if left out."""

    transition: NotRequired[TransitionArgs | None]
    """When current objects move to a cheaper storage class; never, if left out."""

    object_lock: NotRequired[ObjectLockArgs | None]
    """Write once, read many. At creation only: the provider replaces a bucket that gets or loses it later."""

    log_bucket: NotRequired[pulumi.Input[str] | None]
    """The bucket that S3 writes this one's access logs to."""

    linked_to_lustre: NotRequired[bool]
    """Whether a Lustre file system has the bucket as a repository; the key's policy then lets FSx through."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Bucket(pulumi.ComponentResource):
    """An S3 bucket that nobody opens to the world, or deletes, by mistake: it and its key are protected.

    Attributes:
        bucket: the bucket's name, with the random suffix that makes it unique.
        arn: its ARN.
        key_arn: the ARN of the key that encrypts it.
    """

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Bucket", name, {}, opts)
        refuse_mistakes(args)
        self._child = pulumi.ResourceOptions(parent=self)
        kept, tags = pulumi.ResourceOptions(parent=self, protect=True), {**args["tags"], "Name": name}
        key = aws.kms.Key(f"{name}-key", description=f"Bucket {name}", enable_key_rotation=True, tags=tags, opts=kept)
        locked = True if args.get("object_lock") else None
        bucket = aws.s3.Bucket(name, object_lock_enabled=locked, tags=tags, opts=kept)
        self.bucket, self.arn, self.key_arn = bucket.bucket, bucket.arn, key.arn
        self._keeping(name, bucket, args)
        self._encryption(name, bucket, key, linked=args.get("linked_to_lustre", False))
        statements = pulumi.Output.all(bucket.arn, key.arn).apply(
            lambda arns: [tls_only(arns[0]), *own_key_only(*arns)]
        )
        close(name, bucket, statements, self._child)
        self.register_outputs({"bucket": self.bucket, "arn": self.arn, "keyArn": self.key_arn})

    def _keeping(self, name: str, bucket: aws.s3.Bucket, args: BucketArgs) -> None:
        """For how long the bucket keeps what it is given, and what it writes down of who came for it."""
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=self._child
        )
        versioned = pulumi.ResourceOptions(parent=self, depends_on=[versioning])
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=bucket.id, rules=lifecycle_rules(args), opts=versioned
        )
        lock, log_bucket = args.get("object_lock"), args.get("log_bucket")
        if lock:
            aws.s3.BucketObjectLockConfiguration(
                f"{name}-object-lock",
                bucket=bucket.id,
                object_lock_enabled="Enabled",
                rule={"default_retention": {"mode": lock["mode"], "days": lock["days"]}},
                opts=versioned,
            )
        if log_bucket:
            aws.s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.id,
                target_bucket=log_bucket,
                target_prefix=f"{name}/",
                opts=self._child,
            )

    def _encryption(self, name: str, bucket: aws.s3.Bucket, key: aws.kms.Key, *, linked: bool) -> None:
        """Encrypt with the key by default; where Lustre is linked, let it use the key before anyone has the name."""
        default: aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = {
            "sse_algorithm": "aws:kms",
            "kms_master_key_id": key.arn,
        }
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": True}],
            opts=self._child,
        )
        if linked:
            policy = pulumi.Output.all(key.arn, bucket.arn).apply(
                lambda arns: key_policy(arns[0], [lustre_reaches_objects(*arns)])
            )
            open_key = aws.kms.KeyPolicy(
                f"{name}-key", key_id=key.id, policy=pulumi.Output.json_dumps(policy), opts=self._child
            )
            self.bucket = pulumi.Output.all(bucket.bucket, open_key.id).apply(lambda both: str(both[0]))


def lifecycle_rules(args: BucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Old versions and parts of uploads that never ended cost money and are swept away; current objects stay."""
    unfinished = args.get("unfinished_upload_days", UNFINISHED_UPLOAD_DAYS)
    sweep: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "sweep",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": args["noncurrent_days"]},
        "abort_incomplete_multipart_upload": {"days_after_initiation": unfinished},
    }
    transition = args.get("transition")
    if not transition:
        return [sweep]
    move: aws.s3.BucketLifecycleConfigurationRuleTransitionArgsDict = {
        "days": transition["days"],
        "storage_class": transition["storage_class"],
    }
    return [sweep, {"id": "move", "status": "Enabled", "filter": {"prefix": ""}, "transitions": [move]}]


def refuse_mistakes(args: BucketArgs) -> None:
    """Refuse arguments that S3 would refuse.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    days = {
        "noncurrent_days": ("old versions are kept", args["noncurrent_days"]),
        "unfinished_upload_days": ("unfinished uploads are kept", args.get("unfinished_upload_days", 1)),
    }
    for argument, (what, given) in days.items():
        if given < 1:
            raise pulumi.InputPropertyError(argument, f"{what} for at least a day, not {given}")
    lock = args.get("object_lock")
    if lock and lock["mode"] not in LOCK_MODES:
        raise pulumi.InputPropertyError("object_lock", f"{lock['mode']!r} is none of {', '.join(LOCK_MODES)}")
    if lock and lock["days"] < 1:
        raise pulumi.InputPropertyError("object_lock", f"versions are locked for at least a day, not {lock['days']}")
    transition = args.get("transition")
    reason = transition and transition_misfit(transition["storage_class"], transition["days"])
    if reason:
        raise pulumi.InputPropertyError("transition", reason)
