"""What is backed up, for how long, and how that is shown to work."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from components.backup.limits import COMPLIANCE_SENTENCE, DEFAULT_GRACE_DAYS, SHORTEST_GRACE_DAYS
from stacks.settings.section import Section
from stacks.values import Email, Name, Region, Schedule, TagValue, Text, Truth, Whole

Days = Annotated[Whole, Field(ge=1, le=36500)]


class Lock(StrEnum):
    """Who may delete a recovery point before its time."""

    NONE = "none"
    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"


class Kind(StrEnum):
    """What AWS Backup finds by tags."""

    EBS = "EBS"
    EFS = "EFS"
    FSX = "FSx"
    S3 = "S3"


class Tagged(Section):
    """What is backed up because of its tags, such as volumes that pods asked for."""

    tags: dict[Text, TagValue] = Field(
        min_length=1, description="The tags, all of which it must have.", examples=[{"backup": "daily"}]
    )
    kinds: tuple[Kind, ...] = Field(min_length=1, description="What is looked for.", examples=[["EBS", "EFS"]])


class Copy(Section):
    """A second vault in another region."""

    region: Region = Field(description="The other region.", examples=["us-west-2"])
    keep_days: Days = Field(35, description="Days that a copy is kept there.", examples=[90])


class RestoreTest(Section):
    """Restores that AWS Backup does by itself and deletes again; each is of the whole, and paid for while it exists."""

    buckets: tuple[Name, ...] = Field((), description="Some of `buckets`.", examples=[["checkpoints"]])
    lustre: tuple[Name, ...] = Field((), description="Some of `lustre`.", examples=[["home"]])
    schedule: Schedule = Field(
        "cron(0 6 1 * ? *)",
        description="When, UTC; left out, on the first of each month.",
        examples=["cron(0 6 ? * SUN *)"],
    )


class Backup(Section):
    """Backups of every bucket and file system that does not say why not."""

    daily_keep_days: Days = Field(35, description="Days that a daily recovery point is kept.", examples=[35])
    weekly_keep_days: Days = Field(90, description="Days that a weekly one is kept.", examples=[365])
    start_hour: Whole = Field(3, ge=0, le=23, description="Hour of the day, UTC, at which they begin.", examples=[1])
    cold_after_days: Whole | None = Field(
        None,
        description="Days after which a weekly recovery point moves to cold storage, at least 90 before its end. Only"
        " EFS has any.",
        examples=[30],
    )
    copy_to: Copy | None = Field(None, description="The copy in another region.", examples=[{"region": "us-west-2"}])
    lock: Lock = Field(
        Lock.GOVERNANCE,
        description="governance: only some may delete a recovery point before its time; compliance: nobody, for ever.",
        examples=["none"],
    )
    compliance_acknowledged: Text | None = Field(
        None,
        description="What `lock: compliance` asks for, word for word.",
        examples=[COMPLIANCE_SENTENCE],
    )
    compliance_grace_days: Whole = Field(
        DEFAULT_GRACE_DAYS,
        ge=SHORTEST_GRACE_DAYS,
        le=36500,
        description="Days in which a compliance lock can still be lifted.",
        examples=[30],
    )
    tagged: Tagged | None = Field(
        None,
        description="What else is backed up, by its tags.",
        examples=[{"tags": {"backup": "daily"}, "kinds": ["EBS", "EFS"]}],
    )
    restore_test: RestoreTest | None = Field(
        None, description="What is restored to show that it can be.", examples=[{"buckets": ["checkpoints"]}]
    )
    notify: tuple[Email, ...] = Field(
        (),
        description="Who is told by e-mail of what failed; AWS asks each to confirm.",
        examples=[["ml-platform@example.com"]],
    )
    region_opt_in: dict[Text, Truth] = Field(
        default_factory=dict,
        description="Which services AWS Backup may act on: the whole list, as `aws backup describe-region-settings`"
        " shows it, or Pulumi would see a difference at every run. It holds for the account in the region: in one"
        " environment only.",
        examples=[{"EBS": True, "EFS": True, "FSx": True, "S3": True}],
    )
