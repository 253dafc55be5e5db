"""What the backup of a data centre is made from, and what is refused of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.backup.coverage import StatefulArgs, gaps
from components.backup.limits import (
    DEFAULT_GRACE_DAYS,
    GOVERNANCE,
    LOCKS,
    cold_storage_misfit,
    grace_too_short,
    kept_too_short,
    unacknowledged,
    unknown_kinds,
)


class ProtectedArgs(TypedDict):
    """A resource that is backed up."""

    kind: str
    """`S3`, `FSx`, `EBS` or `EFS`, as AWS Backup names it."""

    arn: pulumi.Input[str]
    """Its ARN."""

    restore_metadata: NotRequired[Mapping[str, pulumi.Input[str]]]
    """What a restore test must be told and AWS Backup can't infer, such as the subnet of a file system."""


class TaggedArgs(TypedDict):
    """Resources that are backed up because they have certain tags, such as volumes that a cluster makes."""

    tags: Mapping[str, str]
    """The tags, every one of which a resource must have."""

    kinds: Sequence[str]
    """The kinds that are looked for, such as `EBS` and `EFS`."""


class CopyArgs(TypedDict):
    """A second vault in another region, which every recovery point is copied to."""

    region: str
    """The other region."""

    keep_days: int
    """How many days a copy is kept there."""


class RestoreTestArgs(TypedDict):
    """Restores that AWS Backup does by itself, to show that it can, and deletes again."""

    resources: Collection[str]
    """Names of the protected resources; each is restored whole, and paid for while it exists."""

    schedule: str
    """When, such as `cron(0 6 1 * ? *)`."""


class BackupArgs(TypedDict):
    """What the backup of a data centre is made from."""

    region: str
    """The region of what is backed up; its partition stands in the ARNs of AWS's own policies."""

    resources: Mapping[str, ProtectedArgs]
    """What is backed up, by name."""

    tagged: NotRequired[TaggedArgs | None]
    """What is backed up because of its tags."""

    stateful: Mapping[str, StatefulArgs]
    """Everything that holds data, by the same names; what nothing covers is refused."""

    daily_keep_days: int
    """How many days a daily recovery point is kept."""

    weekly_keep_days: int
    """How many days a weekly one is kept."""

    start_hour: NotRequired[int]
    """The hour of the day, UTC, at which backups begin; 3 if left out."""

    cold_after_days: NotRequired[int | None]
    """After how many days a weekly recovery point moves to cold storage, of the kinds that have one."""

    copy: NotRequired[CopyArgs | None]
    """The copy in another region; none if left out."""

    lock: NotRequired[str]
    """`governance` (the default): only some may shorten what is kept. `compliance`: nobody. `none`."""

    compliance_acknowledged: NotRequired[str | None]
    """The sentence of `COMPLIANCE_SENTENCE`, word for word, where the lock is `compliance`."""

    compliance_grace_days: NotRequired[int]
    """For how many days a compliance lock can still be lifted; 14 if left out, 3 at least."""

    restore_test: NotRequired[RestoreTestArgs | None]
    """What is restored to show that it can be; nothing if left out."""

    notify: NotRequired[Sequence[str]]
    """E-mail addresses that are told of backups, copies and restores that failed; each must confirm."""

    region_opt_in: NotRequired[Mapping[str, bool]]
    """Which services the account lets AWS Backup act on in this region; one such list an account and region."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def refuse_mistakes(args: BackupArgs) -> None:
    """Refuse what AWS Backup would refuse, or take in silence and not do.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, why, and what to write instead.
    """
    for argument, reason in _mistakes(args).items():
        if reason:
            raise pulumi.InputPropertyError(argument, reason)


def _mistakes(args: BackupArgs) -> Mapping[str, str | None]:
    kinds, tagged = kinds_of(args), args.get("tagged")
    missing = gaps(args["stateful"], args["resources"], tagged["tags"] if tagged else None)
    why = "; ".join(f"{gap.name}: {gap.reason}" for gap in missing)
    test = args.get("restore_test")
    untested = sorted(set(test["resources"]) - set(args["resources"])) if test else []
    weekly, cold = args["weekly_keep_days"], args.get("cold_after_days")
    return {
        "resources": None if kinds else "nothing is selected; name a resource, or tags",
        "tagged": unknown_kinds(kinds),
        "stateful": f"no backup covers {why}; select it, or say why it needs none (`waived`)" if why else None,
        "daily_keep_days": kept_too_short(args["daily_keep_days"]),
        "weekly_keep_days": kept_too_short(weekly),
        "cold_after_days": cold_storage_misfit(kinds, weekly, cold) if cold is not None else None,
        "lock": None if _lock(args) in LOCKS else f"{_lock(args)!r} is none of {', '.join(LOCKS)}",
        "compliance_acknowledged": unacknowledged(_lock(args), args.get("compliance_acknowledged")),
        "compliance_grace_days": grace_too_short(args.get("compliance_grace_days", DEFAULT_GRACE_DAYS)),
        "restore_test": f"{', '.join(untested)} is not backed up; name some of `resources`" if untested else None,
        "copy": copy_misfit(args["region"], args.get("copy")),
    }


def _lock(args: BackupArgs) -> str:
    return args.get("lock", GOVERNANCE)


def kinds_of(args: BackupArgs) -> list[str]:
    """The kinds of everything that is selected, each once."""
    tagged = args.get("tagged")
    found = [each["kind"] for each in args["resources"].values()]
    return sorted({*found, *(tagged["kinds"] if tagged else ())})


def copy_misfit(region: str, copy: CopyArgs | None) -> str | None:
    """Why a copy is none, or can't be kept; None where all is well."""
    if copy is None:
        return None
    if copy["region"] == region:
        return f"{region} holds the vault already; name another region"
    return kept_too_short(copy["keep_days"])
