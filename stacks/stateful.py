"""Everything of an environment that holds data, and what is known of its protection: pure."""

from collections.abc import Mapping

from components.backup.coverage import StatefulArgs
from components.storage.lustre_capacity import SCRATCH_2


def bucket_key(name: str) -> str:
    """What a bucket is called where file systems stand beside it."""
    return f"bucket-{name}"


def lustre_key(name: str) -> str:
    """What a file system is called where buckets stand beside it."""
    return f"lustre-{name}"


def bucket(no_backup: str | None) -> StatefulArgs:
    """A bucket; AWS Backup takes any that is versioned."""
    return {"waived": no_backup}


def lustre(deployment: str, bucket_of: Mapping[str, str], no_backup: str | None) -> StatefulArgs:
    """A file system; one that is linked can't be backed up, and what is in its folders is in its buckets too.

    Args:
        deployment: `PERSISTENT_2` and so on.
        bucket_of: the buckets of its repositories, by folder.
        no_backup: why it needs no backup.
    """
    unsupported = None
    if bucket_of:
        unsupported = "it is linked to a bucket, and FSx backs no such file system up"
    elif deployment == SCRATCH_2:
        unsupported = f"FSx backs no {SCRATCH_2} file system up"
    holders = sorted({bucket_key(name) for name in bucket_of.values()})
    return {"unsupported": unsupported, "held_by": holders, "waived": no_backup}
