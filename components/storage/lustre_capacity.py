"""Which sizes and speeds of a Lustre file system FSx can make: pure.

Sources: FSx API reference, CreateFileSystem and CreateFileSystemLustreConfiguration; FSx for Lustre user guide,
"Working with EFA-enabled file systems".
"""

from typing import NamedTuple

PERSISTENT_2, PERSISTENT_1, SCRATCH_2 = DEPLOYMENTS = ("PERSISTENT_2", "PERSISTENT_1", "SCRATCH_2")
# MB/s of throughput for each TiB, as bought; a scratch file system has 200 and no choice.
THROUGHPUTS: dict[str, tuple[int, ...]] = {
    PERSISTENT_2: (125, 250, 500, 1000),
    PERSISTENT_1: (50, 100, 200),
    SCRATCH_2: (),
}
SMALLEST_GIB, STEP_GIB = 1200, 2400
EFA_STEPS_GIB = {125: 38_400, 250: 19_200, 500: 9_600, 1000: 4_800}
METADATA_IOPS = (1500, 3000, 6000, *range(12_000, 192_001, 12_000))
SMALLEST_EFA_METADATA_IOPS = 6000
REPOSITORIES_AT_MOST = 8
LONGEST_BACKUP_RETENTION_DAYS = 90
EVENTS = ("NEW", "CHANGED", "DELETED")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_MAINTENANCE = "sunday 04:00"
DEFAULT_LOG_RETENTION_DAYS = 90


class Misfit(NamedTuple):
    """What is wrong, and what to write instead."""

    problem: str
    remedy: str


def deployment_misfit(deployment: str) -> Misfit | None:
    """Whether there is no such deployment type."""
    if deployment in DEPLOYMENTS:
        return None
    return Misfit(f"{deployment!r} is no deployment type", f"Write one of {', '.join(DEPLOYMENTS)}.")


def throughput_misfit(deployment: str, throughput: int | None) -> Misfit | None:
    """Persistent file systems are bought with a throughput a TiB out of a few; scratch ones without."""
    offered = THROUGHPUTS[deployment]
    if throughput in offered or (not offered and throughput is None):
        return None
    if not offered:
        return Misfit(f"{deployment} has 200 MB/s a TiB and no choice of it", "Remove it.")
    given = "missing" if throughput is None else f"{throughput} MB/s a TiB can't be had"
    return Misfit(f"{given} with {deployment}", f"Write one of {', '.join(map(str, offered))}.")


def efa_misfit(deployment: str, efa: bool) -> Misfit | None:
    """Only PERSISTENT_2 speaks EFA; whether a file system does is decided when it is created."""
    if not efa or deployment == PERSISTENT_2:
        return None
    return Misfit(f"{deployment} speaks no EFA", f"Remove it, or write `deployment: {PERSISTENT_2}`.")


def capacity_misfit(capacity_gib: int, throughput: int | None, efa: bool) -> Misfit | None:
    """1200 GiB or a multiple of 2400; with EFA a multiple of a step that is larger the slower the file system is."""
    step = EFA_STEPS_GIB.get(throughput or 0, STEP_GIB) if efa else STEP_GIB
    allowed = nearest_capacities_gib(capacity_gib, step, SMALLEST_GIB if step == STEP_GIB else step)
    if capacity_gib in allowed:
        return None
    speed = f" with EFA at {throughput} MB/s a TiB" if step != STEP_GIB else ""
    sizes = f"a multiple of {step}" if speed else f"{SMALLEST_GIB} or a multiple of {step}"
    nearest = " or ".join(map(str, allowed))
    return Misfit(f"{capacity_gib} GiB can't be had{speed}: it is {sizes}", f"Write {nearest}, the nearest.")


def nearest_capacities_gib(capacity_gib: int, step: int, smallest: int) -> tuple[int, ...]:
    """The capacity itself where it is allowed; else the next one below, if there is one, and the next above."""
    if capacity_gib == smallest or (capacity_gib >= step and capacity_gib % step == 0):
        return (capacity_gib,)
    below = capacity_gib // step * step or (smallest if capacity_gib > smallest else 0)
    above = smallest if capacity_gib < smallest else (capacity_gib // step + 1) * step
    return tuple(each for each in (below, above) if each)


def metadata_misfit(deployment: str, efa: bool, iops: int | None) -> Misfit | None:
    """Metadata IOPS are PERSISTENT_2's to choose; left out, they follow the capacity."""
    if iops is None:
        return None
    if deployment != PERSISTENT_2:
        return Misfit(f"{deployment} has no choice of metadata IOPS", "Remove it.")
    least = SMALLEST_EFA_METADATA_IOPS if efa else METADATA_IOPS[0]
    if iops in METADATA_IOPS and iops >= least:
        return None
    few = ", ".join(str(each) for each in (1500, 3000, 6000) if each >= least)
    return Misfit(
        f"{iops} metadata IOPS can't be had{' with EFA' if efa else ''}",
        f"Write {few} or a multiple of 12000 to 192000.",
    )


def repositories_misfit(folders: tuple[str, ...]) -> Misfit | None:
    """At most eight folders are linked, and none of them lies in another."""
    if len(folders) > REPOSITORIES_AT_MOST:
        problem = f"{len(folders)} repositories, and a file system has {REPOSITORIES_AT_MOST} at most"
        return Misfit(problem, "Link a folder that holds several of them.")
    for outer in folders:
        inside = [each for each in folders if each != outer and f"{each}/".startswith(f"{outer.rstrip('/')}/")]
        if inside:
            return Misfit(f"{inside[0]} lies in {outer}, which is linked too", "Link one of the two, or other folders.")
    return None


def can_be_backed_up(deployment: str, linked: bool) -> bool:
    """FSx takes backups of persistent file systems that are linked to no repository (FSx API, CreateBackup)."""
    return deployment != SCRATCH_2 and not linked


def retention_misfit(deployment: str, days: int | None, *, linked: bool) -> Misfit | None:
    """FSx refuses a time for backups that it can't take."""
    if days is None:
        return None
    if not can_be_backed_up(deployment, linked):
        why = "a file system that is linked to a bucket" if linked else f"a {deployment} file system"
        return Misfit(f"FSx takes no backup of {why}", "Remove it.")
    if 0 <= days <= LONGEST_BACKUP_RETENTION_DAYS:
        return None
    return Misfit(f"FSx keeps no backup for {days} days", f"Write 0 to {LONGEST_BACKUP_RETENTION_DAYS}.")
