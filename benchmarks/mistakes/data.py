"""Mistakes with data: buckets, file systems and backups."""

import json

from benchmarks.mistakes.changes import Address, add, drop, put, respell, take
from benchmarks.mistakes.mistake import Mistake
from policies.backup_selections import PLAN, SELECTION
from policies.data_stores import LUSTRE, REPOSITORY, VAULT
from policies.protection import VAULT_LOCK
from policies.storage import EFS, PUBLIC_ACCESS

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BY_TLS_FOR_OBJECTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::dev-checkpoints-bucket/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
)

_FILE_SYSTEM = Address(LUSTRE, "prod-datasets-lustre-file-system")
_BACKUPS = Address(PLAN, "prod-backup-warm")
STORAGE = (
    Mistake(
        "nothing that blocks public access",
        "prod",
        "s3-private",
        "prod-checkpoints",
        drop(Address(PUBLIC_ACCESS, "prod-checkpoints-private")),
    ),
    Mistake(
        "public access blocked in three ways of four",
        "research",
        "s3-private",
        "research-datasets",
        put(Address(PUBLIC_ACCESS, "research-datasets-private"), "blockPublicPolicy", value=False),
    ),
    Mistake(
        "a bucket without a policy",
        "staging",
        "s3-tls-only",
        "staging-checkpoints",
        drop(Address(BUCKET_POLICY, "staging-checkpoints-policy")),
    ),
    Mistake(
        "TLS asked for reading alone",
        "dev",
        "s3-tls-only",
        "dev-checkpoints",
        put(Address(BUCKET_POLICY, "dev-checkpoints-policy"), "policy", BY_TLS_FOR_OBJECTS),
    ),
    Mistake(
        "a bucket with AWS's own key",
        "dev",
        "s3-encrypted-with-key",
        "dev-checkpoints",
        put(
            Address(ENCRYPTION, "dev-checkpoints-encryption"),
            "rules",
            [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        ),
    ),
    Mistake(
        "versions suspended",
        "prod",
        "s3-versioned",
        "prod-datasets",
        put(Address(VERSIONING, "prod-datasets-versioning"), "versioningConfiguration.status", "Suspended"),
    ),
    Mistake(
        "uploads that never ended are kept",
        "research",
        "s3-lifecycle",
        "research-checkpoints",
        take(Address(LIFECYCLE, "research-checkpoints-lifecycle"), "rules.0.abortIncompleteMultipartUpload"),
    ),
    Mistake(
        "a bucket that is never swept",
        "staging",
        "s3-lifecycle",
        "staging-checkpoints",
        drop(Address(LIFECYCLE, "staging-checkpoints-lifecycle")),
    ),
    Mistake(
        "Lustre with AWS's own key",
        "prod",
        "fsx-customer-key",
        "prod-datasets-lustre-file-system",
        take(_FILE_SYSTEM, "kmsKeyId"),
    ),
    Mistake(
        "plain home directories",
        "prod",
        "efs-encrypted",
        "prod-home",
        add(Address(EFS, "prod-home"), {"encrypted": False}),
        also=("backup-covers-all-stateful",),
    ),
)

PROTECTION = (
    Mistake(
        "a backup vault with AWS's own key",
        "prod",
        "vault-customer-key",
        "prod-backup-vault",
        take(Address(VAULT, "prod-backup-vault"), "kmsKeyArn"),
    ),
    Mistake(
        "a bucket that the backups forget",
        "research",
        "backup-covers-all-stateful",
        "research-checkpoints",
        respell(Address(SELECTION, "research-backup-warm-listed"), "resources", "research-checkpoints", "research-old"),
    ),
    Mistake(
        "a backup plan without a selection",
        "prod",
        "backup-covers-all-stateful",
        "prod-datasets",
        drop(Address(SELECTION, "prod-backup-warm-listed")),
    ),
    Mistake(
        "Lustre without its bucket, and without backups",
        "research",
        "fsx-backup-on",
        "research-datasets-lustre-file-system",
        drop(Address(REPOSITORY, "research-datasets-lustre-repository-corpus")),
        also=("backup-covers-all-stateful",),
    ),
    Mistake(
        "backups on Sundays only",
        "prod",
        "backup-daily-35-days",
        "prod-backup-warm",
        put(_BACKUPS, "rules.0.schedule", "cron(0 3 ? * SUN *)"),
    ),
    Mistake(
        "backups kept for a week",
        "prod",
        "backup-daily-35-days",
        "prod-backup-warm",
        put(_BACKUPS, "rules.0.lifecycle.deleteAfter", 7),
    ),
    Mistake(
        "a vault without a lock",
        "prod",
        "vault-locked",
        "prod-backup-vault",
        drop(Address(VAULT_LOCK, "prod-backup-vault-lock")),
    ),
    Mistake(
        "the copies' vault in the same region",
        "research",
        "backup-copied-to-another-region",
        "research-backup-warm",
        put(Address(VAULT, "research-backup-copy"), "region", "us-west-2"),
    ),
)

OF_DATA = (*STORAGE, *PROTECTION)
