"""What a Lustre file system is made from, and what FSx would refuse of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.network import log_retention
from components.storage import lustre_capacity as capacity

HOURS, MINUTES = {f"{hour:02}" for hour in range(24)}, {f"{minute:02}" for minute in range(60)}


class RepositoryArgs(TypedDict):
    """A bucket, or a part of one, that a folder of the file system mirrors."""

    bucket: pulumi.Input[str]
    """The bucket's name."""

    prefix: NotRequired[str]
    """The part of the bucket, such as `imagenet/`; the whole bucket if left out."""

    import_events: NotRequired[Sequence[str]]
    """Which changes in the bucket show in the folder: `NEW`, `CHANGED`, `DELETED`; all three if left out."""

    export_events: NotRequired[Sequence[str]]
    """Which changes in the folder are written to the bucket; all three if left out."""

    import_existing: NotRequired[bool]
    """Whether the names of the objects that exist are all loaded at once, not when a folder is first looked into."""


class LustreArgs(TypedDict):
    """What a Lustre file system is made from."""

    vpc_id: pulumi.Input[str]
    """The VPC that the subnet is in."""

    subnet_id: pulumi.Input[str]
    """A subnet in the zone of the nodes that mount it: traffic between zones is slow and paid for."""

    client_security_groups: Mapping[str, pulumi.Input[str]]
    """Security groups of the nodes that mount it, by a name for each; they too get the rules that Lustre needs."""

    capacity_gib: int
    """1200 or a multiple of 2400; with EFA a multiple of 38400, 19200, 9600 or 4800, as the throughput is."""

    deployment: NotRequired[str]
    """`PERSISTENT_2` (the default), `PERSISTENT_1` or `SCRATCH_2`."""

    throughput: NotRequired[int | None]
    """MB/s for each TiB: 125, 250, 500 or 1000; with PERSISTENT_1 50, 100 or 200; with SCRATCH_2 none."""

    efa: NotRequired[bool]
    """Whether nodes reach it by EFA, with GPUDirect Storage. Decided when it is created."""

    metadata_iops: NotRequired[int | None]
    """How many operations on names it does a second; it follows the capacity if left out."""

    repositories: NotRequired[Mapping[str, RepositoryArgs]]
    """Folders that mirror buckets, such as `/datasets`; eight at most."""

    maintenance: NotRequired[str]
    """When AWS may work on it for half an hour, such as `sunday 04:00` (the default), UTC."""

    backup_retention_days: NotRequired[int | None]
    """How long FSx keeps its own daily backups, 0 for none; 7 if left out. None where it can't be backed up."""

    log_retention_days: NotRequired[int]
    """For how many days the log of imports and exports is kept; 90 if left out."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def maintenance_time(when: str) -> str:
    """`sunday 04:00` as FSx takes it, `7:04:00`."""
    day, _, time = when.partition(" ")
    return f"{capacity.WEEKDAYS.index(day) + 1}:{time}"


def refuse_mistakes(args: LustreArgs) -> None:
    """Refuse arguments that FSx would refuse, after half an hour of waiting for some.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, why, and what to write instead.
    """
    for argument, misfit in _misfits(args):
        if misfit:
            raise pulumi.InputPropertyError(argument, f"{misfit.problem}. {misfit.remedy}")


def _misfits(args: LustreArgs) -> Iterator[tuple[str, capacity.Misfit | None]]:
    """Every argument that can be wrong; one that others are judged by comes before them."""
    deployment, efa = args.get("deployment", capacity.PERSISTENT_2), args.get("efa", False)
    throughput, repositories = args.get("throughput"), args.get("repositories", {})
    yield "deployment", capacity.deployment_misfit(deployment)
    yield "throughput", capacity.throughput_misfit(deployment, throughput)
    yield "efa", capacity.efa_misfit(deployment, efa)
    yield "capacity_gib", capacity.capacity_misfit(args["capacity_gib"], throughput, efa)
    yield "metadata_iops", capacity.metadata_misfit(deployment, efa, args.get("metadata_iops"))
    yield "repositories", capacity.repositories_misfit(tuple(repositories))
    for folder, repository in repositories.items():
        yield "repositories", _events_misfit(folder, repository)
    retention = args.get("backup_retention_days")
    yield "backup_retention_days", capacity.retention_misfit(deployment, retention, linked=bool(repositories))
    yield "log_retention_days", _log_misfit(args.get("log_retention_days", capacity.DEFAULT_LOG_RETENTION_DAYS))
    yield "maintenance", _maintenance_misfit(args.get("maintenance", capacity.DEFAULT_MAINTENANCE))


def _events_misfit(folder: str, repository: RepositoryArgs) -> capacity.Misfit | None:
    given = [*repository.get("import_events", ()), *repository.get("export_events", ())]
    unknown = [each for each in given if each not in capacity.EVENTS]
    problem = f"{', '.join(unknown)} of {folder} is no event"
    return capacity.Misfit(problem, f"Write some of {', '.join(capacity.EVENTS)}.") if unknown else None


def _log_misfit(days: int) -> capacity.Misfit | None:
    if days in log_retention.DAYS:
        return None
    problem = f"CloudWatch Logs keeps nothing for {days} days"
    return capacity.Misfit(problem, f"Write {log_retention.next_allowed(days)}.")


def _maintenance_misfit(when: str) -> capacity.Misfit | None:
    day, _, time = when.partition(" ")
    hour, _, minute = time.partition(":")
    if day in capacity.WEEKDAYS and hour in HOURS and minute in MINUTES:
        return None
    return capacity.Misfit(f"{when!r} is no time of a week", "Write a day and a time, such as `sunday 04:00`.")
