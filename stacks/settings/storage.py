"""Where data stays: buckets, and Lustre file systems."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from components.storage.bucket_limits import UNFINISHED_UPLOAD_DAYS
from components.storage.lustre_capacity import (
    DEFAULT_LOG_RETENTION_DAYS,
    DEFAULT_MAINTENANCE,
    LONGEST_BACKUP_RETENTION_DAYS,
)
from stacks.settings.section import Section
from stacks.values import (
    BucketName,
    LustreFolder,
    Name,
    ObjectPrefix,
    Reason,
    RetentionDays,
    Truth,
    WeeklyTime,
    Whole,
    Zone,
)

Days = Annotated[Whole, Field(ge=1, le=36500)]


class StorageClass(StrEnum):
    """S3's cheaper storage classes."""

    INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
    STANDARD_IA = "STANDARD_IA"
    ONEZONE_IA = "ONEZONE_IA"
    GLACIER_IR = "GLACIER_IR"
    GLACIER = "GLACIER"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"


class Transition(Section):
    """When current objects move to a cheaper storage class."""

    days: Whole = Field(ge=0, le=36500, description="Days after an object was written.", examples=[30])
    storage_class: StorageClass = Field(
        description="Where to. Lustre reads nothing out of GLACIER and DEEP_ARCHIVE.", examples=["INTELLIGENT_TIERING"]
    )


class LockMode(StrEnum):
    """Who may lift an object lock."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class ObjectLock(Section):
    """For how long nothing that is written can be deleted or overwritten."""

    mode: LockMode = Field(
        description="GOVERNANCE: those with a special permission may lift it; COMPLIANCE: nobody.",
        examples=["GOVERNANCE"],
    )
    days: Days = Field(description="Days that each version is kept.", examples=[30])


class Bucket(Section):
    """A bucket of the environment, or with `existing` one that is somebody else's."""

    existing: BucketName | None = Field(
        None,
        description="Name of a bucket that exists already: it is used, and nothing of it is created or changed.",
        examples=["team-datasets"],
    )
    noncurrent_days: Days = Field(30, description="Days that an overwritten or deleted version is kept.", examples=[7])
    unfinished_upload_days: Days = Field(
        UNFINISHED_UPLOAD_DAYS,
        description="Days after which the parts of an upload that never ended are swept away.",
        examples=[3],
    )
    transition: Transition | None = Field(
        None,
        description="When current objects move to a cheaper storage class; left out, they stay.",
        examples=[{"days": 30, "storageClass": "INTELLIGENT_TIERING"}],
    )
    object_lock: ObjectLock | None = Field(
        None,
        description="Write once, read many. From the bucket's first day only: given or taken away later, the bucket"
        " would be replaced, which its protection refuses.",
        examples=[{"mode": "GOVERNANCE", "days": 30}],
    )
    no_backup: Reason | None = Field(
        None,
        description="Why it is left out of `backup`, which takes every bucket otherwise.",
        examples=["a mirror of public data, loaded again in a day"],
    )


class BucketLogs(Section):
    """One more bucket, for the access logs of all others that are the environment's own."""

    keep_days: Days = Field(90, description="Days after which a log is deleted.", examples=[365])


class Deployment(StrEnum):
    """FSx's kinds of Lustre file systems."""

    PERSISTENT_2 = "PERSISTENT_2"
    PERSISTENT_1 = "PERSISTENT_1"
    SCRATCH_2 = "SCRATCH_2"


class Event(StrEnum):
    """What happens to an object or a file."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    DELETED = "DELETED"


class Repository(Section):
    """A bucket, or a part of one, that a folder of a Lustre file system mirrors."""

    bucket: Name = Field(description="One of `buckets`.", examples=["datasets"])
    prefix: ObjectPrefix | None = Field(
        None, description="The part of the bucket; left out, all of it.", examples=["imagenet/"]
    )
    import_events: tuple[Event, ...] = Field(
        tuple(Event), description="Changes in the bucket that show in the folder.", examples=[["NEW", "CHANGED"]]
    )
    export_events: tuple[Event, ...] = Field(
        tuple(Event),
        description="Changes in the folder that are written to the bucket; `[]` for none.",
        examples=[["NEW", "CHANGED"]],
    )
    import_existing: Truth = Field(
        default=False,
        description="Whether the names of all objects that exist are loaded when the link is made, not as folders are"
        " looked into.",
        examples=[True],
    )


class Lustre(Section):
    """A Lustre file system on FSx; fleets mount it by its name."""

    zone: Zone = Field(
        description="The zone of the fleets that mount it, one of `network.zones`.", examples=["us-east-1a"]
    )
    capacity_gib: Whole = Field(
        ge=1,
        le=1_000_000_000,
        description="Its size, GiB: 1200 or a multiple of 2400; with `efa` a multiple of 38400, 19200, 9600 or 4800, as"
        " the throughput is 125, 250, 500 or 1000.",
        examples=[4800],
    )
    deployment: Deployment = Field(
        Deployment.PERSISTENT_2,
        description="SCRATCH_2 keeps nothing when a server fails, and is cheaper.",
        examples=["SCRATCH_2"],
    )
    throughput: Whole | None = Field(
        None,
        description="MB/s for each TiB: PERSISTENT_2 125, 250, 500 or 1000; PERSISTENT_1 50, 100 or 200; SCRATCH_2"
        " none.",
        examples=[250],
    )
    efa: Truth = Field(
        default=False,
        description="Whether nodes reach it by EFA, with GPUDirect Storage; PERSISTENT_2 only, from its first day.",
        examples=[True],
    )
    metadata_iops: Whole | None = Field(
        None,
        description="Operations on names a second; left out, they follow the size. PERSISTENT_2 only.",
        examples=[12000],
    )
    repositories: dict[LustreFolder, Repository] = Field(
        default_factory=dict,
        description="Folders that mirror buckets, at most 8. A file system with any can't be backed up: its buckets"
        " are.",
        examples=[{"/datasets": {"bucket": "datasets"}}],
    )
    maintenance: WeeklyTime = Field(
        DEFAULT_MAINTENANCE,
        description="Day and time, UTC, at which AWS may work on it.",
        examples=["tuesday 02:30"],
    )
    backup_retention_days: Whole | None = Field(
        None,
        ge=0,
        le=LONGEST_BACKUP_RETENTION_DAYS,
        description="Days that FSx keeps daily backups of its own, 0 for none; left out, 7. Nothing where it can't be"
        " backed up.",
        examples=[14],
    )
    log_retention_days: RetentionDays = Field(
        DEFAULT_LOG_RETENTION_DAYS, description="Days that the log of imports and exports is kept.", examples=[30]
    )
    no_backup: Reason | None = Field(
        None,
        description="Why it is left out of `backup`, which takes every file system that can be backed up otherwise.",
        examples=["scratch space of jobs, emptied every week"],
    )
