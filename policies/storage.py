"""Where data stays: buckets and file systems that are closed, encrypted, versioned and swept."""

from collections.abc import Mapping
from typing import Any

from policies.customer_keys import has_customer_key, is_customer_key, is_made_from_key
from policies.data_stores import BUCKETS, LUSTRE, is_scratch, takes_access_logs
from policies.iam_document import Statement, listed, statements
from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource, Stack

BUCKET = BUCKETS[0]
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNTS_PUBLIC_ACCESS = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
EFS = "aws:efs/fileSystem:FileSystem"
FSX = (
    LUSTRE,
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html"


def _beside(subject: Subject, name: str) -> list[Resource]:
    """The resources of this kind that are made from the bucket; the SDK has most kinds under two names."""
    kinds = (f"aws:s3/{name[0].lower()}{name[1:]}{suffix}:{name}{suffix}" for suffix in ("", "V2"))
    return subject.stack.users(subject.resource, *kinds, key="bucket")


def s3_private(subject: Subject) -> str | None:
    """Judge a bucket: all four ways to the public are blocked, on itself or on the whole account."""
    stack, bucket = subject.stack, subject.resource
    blocks = [*stack.users(bucket, PUBLIC_ACCESS, key="bucket"), *stack.of(ACCOUNTS_PUBLIC_ACCESS)]
    missing = [key for key in BLOCKS if not any(block.get(key) for block in blocks)]
    if not missing:
        return None
    return f"{', '.join(missing)} not set" if blocks else "nothing blocks public access to it"


def s3_tls_only(subject: Subject) -> str | None:
    """Judge a bucket: its policy denies every request without TLS."""
    policies = [subject.resource.get("policy"), *(each.get("policy") for each in _beside(subject, "BucketPolicy"))]
    denied = [each for policy in policies for each in statements(policy, "Deny")]
    return None if any(map(_denies_plain, denied)) else "its policy does not deny requests without TLS"


def _denies_plain(statement: Statement) -> bool:
    """Whether a Deny statement holds for everyone, every action, the bucket and all in it, and only without TLS."""
    principal, resources = statement.get("Principal"), [str(each) for each in listed(statement.get("Resource"))]
    everyone = principal == "*" or (isinstance(principal, Mapping) and "*" in listed(principal.get("AWS")))
    every_action = {"s3:*", "*"} & set(listed(statement.get("Action")))
    objects = [each for each in resources if each.endswith("*")]
    whole = "*" in resources or (objects and len(objects) < len(resources))
    return bool(everyone and every_action and whole and _is_only_tls(statement.get("Condition") or {}))


def _is_only_tls(condition: Mapping[str, Any]) -> bool:
    tests = [
        (operator.removesuffix("IfExists"), key.lower(), str(value).lower())
        for operator, keys in condition.items()
        for key, values in keys.items()
        for value in listed(values)
    ]
    return tests == [("Bool", "aws:securetransport", "false")]


def s3_encrypted_with_key(subject: Subject) -> str | None:
    """Judge a bucket: what it is given is encrypted with a key of one's own, if nothing else is asked for.

    A bucket that takes access logs is left aside: S3 delivers none to a bucket with a KMS key (S3 user guide, "Enabling
    Amazon S3 server access logging").
    """
    if takes_access_logs(subject.stack, subject.resource):
        return None
    inside = subject.resource.get("serverSideEncryptionConfiguration", {}).get("rule") or {}
    given = [(subject.resource, "serverSideEncryptionConfiguration", inside)] + [
        (each, "rules", rule)
        for each in _beside(subject, "BucketServerSideEncryptionConfiguration")
        for rule in each.get("rules", ())
    ]
    keyed = any(_has_own_key(subject.stack, *each) for each in given)
    return None if keyed else "what it is given is encrypted with a key of AWS's, not of yours"


def _has_own_key(stack: Stack, resource: Resource, key: str, rule: Mapping[str, Any]) -> bool:
    """Whether a rule for encryption, in this property of a resource, names a key of one's own."""
    default = rule.get("applyServerSideEncryptionByDefault") or {}
    if not str(default.get("sseAlgorithm")).startswith("aws:kms"):
        return False
    return is_made_from_key(stack, resource, key) or is_customer_key(str(default.get("kmsMasterKeyId") or ""))


def s3_versioned(subject: Subject) -> str | None:
    """Judge a bucket: what is overwritten or deleted can be had back."""
    beside = _beside(subject, "BucketVersioning")
    states = [each.get("versioningConfiguration", {}).get("status") for each in beside]
    inside = subject.resource.get("versioning", {}).get("enabled")
    return None if inside or "Enabled" in states else "what is overwritten or deleted in it is gone"


def s3_lifecycle(subject: Subject) -> str | None:
    """Judge a bucket: uploads that never ended are swept away everywhere in it, since nobody sees and all pay them."""
    beside = _beside(subject, "BucketLifecycleConfiguration")
    inside = subject.resource.get("lifecycleRules", ())
    swept = any(_sweeps(rule) for each in beside for rule in each.get("rules", ())) or any(map(_sweeps_inside, inside))
    if swept:
        return None
    return "no lifecycle rule sweeps away uploads that never ended" if beside or inside else "it has no lifecycle"


def _sweeps(rule: Mapping[str, Any]) -> bool:
    narrowed = any((rule.get("filter") or {}).values()) or rule.get("prefix")
    days = (rule.get("abortIncompleteMultipartUpload") or {}).get("daysAfterInitiation")
    return bool(rule.get("status") == "Enabled" and days and not narrowed)


def _sweeps_inside(rule: Mapping[str, Any]) -> bool:
    narrowed = rule.get("prefix") or rule.get("tags")
    return bool(rule.get("enabled") and rule.get("abortIncompleteMultipartUploadDays") and not narrowed)


def fsx_customer_key(subject: Subject) -> str | None:
    """Judge a file system of FSx: it is encrypted with a key of one's own; scratch Lustre takes AWS's only."""
    file_system, stack = subject.resource, subject.stack
    if file_system.type == LUSTRE and is_scratch(file_system):
        return None
    return None if has_customer_key(stack, file_system, "kmsKeyId") else "it is encrypted with AWS's own key"


def efs_encrypted(subject: Subject) -> str | None:
    """Judge a file system of EFS: it is encrypted, which can only be decided when it is made."""
    return None if subject.resource.get("encrypted") else "it is not encrypted"


_BUCKET = example(BUCKET, {})

S3_PRIVATE = Rule(
    name="s3-private",
    description="Every bucket blocks public access in all four ways.",
    types=BUCKETS,
    judge=s3_private,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Declare an aws.s3.BucketPublicAccessBlock of the bucket with all four set to True.",
    reference=f"{CONTROLS}#s3-8",
    example=(_BUCKET,),
    checkov=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6"),
)

S3_TLS_ONLY = Rule(
    name="s3-tls-only",
    description="Every bucket's policy denies requests without TLS.",
    types=BUCKETS,
    judge=s3_tls_only,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Deny s3:* to everyone, on the bucket and all in it, where aws:SecureTransport is false.",
    reference=f"{CONTROLS}#s3-5",
    example=(_BUCKET,),
    checkov=("CKV_AWS_379",),
)

S3_ENCRYPTED_WITH_KEY = Rule(
    name="s3-encrypted-with-key",
    description="Every bucket encrypts by default with a key of your own; one for access logs can't.",
    types=BUCKETS,
    judge=s3_encrypted_with_key,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.s3.BucketServerSideEncryptionConfiguration with aws:kms and the ARN of a key.",
    reference=f"{CONTROLS}#s3-17",
    example=(_BUCKET,),
    checkov=("CKV_AWS_145",),
)

S3_VERSIONED = Rule(
    name="s3-versioned",
    description="Every bucket keeps old versions.",
    types=BUCKETS,
    judge=s3_versioned,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.s3.BucketVersioning with status Enabled; AWS Backup needs it too.",
    reference=f"{CONTROLS}#s3-14",
    example=(_BUCKET,),
    checkov=("CKV_AWS_21",),
)

S3_LIFECYCLE = Rule(
    name="s3-lifecycle",
    description="Every bucket sweeps away uploads that never ended.",
    types=BUCKETS,
    judge=s3_lifecycle,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.s3.BucketLifecycleConfiguration with a rule for the whole bucket that has"
    " abort_incomplete_multipart_upload.",
    reference=f"{CONTROLS}#s3-13",
    example=(_BUCKET,),
    checkov=("CKV_AWS_300", "CKV2_AWS_61"),
)

FSX_CUSTOMER_KEY = Rule(
    name="fsx-customer-key",
    description="Every file system of FSx is encrypted with a key of your own; scratch Lustre can't.",
    types=FSX,
    judge=fsx_customer_key,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Set kms_key_id to a key of yours before the file system is made; it can't be changed later.",
    reference="https://docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-at-rest.html",
    example=(example(LUSTRE, {"deploymentType": "PERSISTENT_2"}),),
    checkov=("CKV_AWS_190",),
)

EFS_ENCRYPTED = Rule(
    name="efs-encrypted",
    description="Every file system of EFS is encrypted.",
    types=(EFS,),
    judge=efs_encrypted,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Set encrypted=True before the file system is made; it can't be changed later.",
    reference="https://docs.aws.amazon.com/securityhub/latest/userguide/efs-controls.html#efs-1",
    example=(example(EFS, {}),),
    checkov=("CKV_AWS_42",),
)

RULES = (S3_PRIVATE, S3_TLS_ONLY, S3_ENCRYPTED_WITH_KEY, S3_VERSIONED, S3_LIFECYCLE, FSX_CUSTOMER_KEY, EFS_ENCRYPTED)
