"""Buckets and Lustre file systems: names, sizes, and who uses which."""

from collections.abc import Mapping, Sequence

from components.storage import lustre_capacity as capacity
from components.storage.bucket_limits import transition_misfit
from stacks.mistakes import instead, shown
from stacks.rules.rule import Refusal, Rule, too_long

LONGEST_BUCKET = 63  # S3 user guide, "General purpose bucket naming rules"


def bucket_name_fits(environment: str, bucket: str, existing: str | None) -> Refusal | None:
    """S3's bound, with the random suffix."""
    return None if existing else too_long(f"{environment}-{bucket}", LONGEST_BUCKET, "an S3 bucket")


def existing_is_left_alone(existing: str | None, transition: object, object_lock: object) -> Refusal | None:
    """How a bucket of somebody else's keeps its objects is not ours to say."""
    given = {"transition": transition, "objectLock": object_lock}
    asked = [key for key, value in given.items() if value is not None]
    if existing is None or not asked:
        return None
    problem = f"{existing} is not this environment's to change, and {' and '.join(asked)} would"
    return Refusal(problem, f"Remove {' and '.join(asked)}, or `existing`.")


def transition_fits(storage_class: str | None, days: int | None) -> Refusal | None:
    """Some storage classes take objects of a certain age only."""
    misfit = storage_class is not None and days is not None and transition_misfit(storage_class, days)
    return Refusal(misfit, "Write more days, or another storageClass.") if misfit else None


def bucket_is_declared(bucket: str | None, buckets: Mapping[str, object]) -> Refusal | None:
    """The smoke gate writes to a bucket of the environment."""
    if bucket is None or bucket in buckets:
        return None
    declare = f"Declare it under buckets: `{bucket}: {{}}`."
    return Refusal(f"no bucket {shown(bucket)}", instead(bucket, tuple(buckets)) if buckets else declare)


def zone_is_in_network(zone: str, zones: Sequence[str]) -> Refusal | None:
    """A file system stands in the private subnet of one of the network's zones."""
    if zone in zones:
        return None
    remedy = f"Write one of {', '.join(zones)}, or append {zone} to network.zones."
    return Refusal(f"the network has no zone {zone}", remedy)


def throughput_fits(deployment: str, throughput: int | None) -> Refusal | None:
    """Each kind of file system offers a few."""
    return _refusal(capacity.throughput_misfit(deployment, throughput))


def efa_fits(deployment: str, efa: bool) -> Refusal | None:
    """PERSISTENT_2 alone speaks EFA."""
    return _refusal(capacity.efa_misfit(deployment, efa))


def capacity_fits(capacity_gib: int, throughput: int | None, efa: bool) -> Refusal | None:
    """FSx makes file systems of certain sizes only."""
    return _refusal(capacity.capacity_misfit(capacity_gib, throughput, efa))


def metadata_fits(deployment: str, efa: bool, iops: int | None) -> Refusal | None:
    """Metadata IOPS come in steps."""
    return _refusal(capacity.metadata_misfit(deployment, efa, iops))


def repositories_fit(bucket_of: Mapping[str, str]) -> Refusal | None:
    """Eight folders at most, none inside another."""
    return _refusal(capacity.repositories_misfit(tuple(bucket_of)))


def repositories_are_declared(bucket_of: Mapping[str, str], buckets: Mapping[str, object]) -> Refusal | None:
    """A folder mirrors one of the environment's buckets."""
    missing = [(folder, bucket) for folder, bucket in bucket_of.items() if bucket not in buckets]
    refusal = bucket_is_declared(missing[0][1], buckets) if missing else None
    return refusal and Refusal(f"{missing[0][0]}: {refusal.problem}", refusal.remedy)


def repositories_differ(bucket_of: Mapping[str, str], prefix_of: Mapping[str, str | None]) -> Refusal | None:
    """No two folders mirror the same part of a bucket (FSx API, CreateDataRepositoryAssociation)."""
    places: dict[tuple[str, str], str] = {}
    for folder, bucket in bucket_of.items():
        other = places.setdefault((bucket, prefix_of[folder] or ""), folder)
        if other != folder:
            problem = f"{folder} and {other} mirror the same part of {bucket}"
            return Refusal(problem, "Give them different prefixes.")
    return None


def retention_fits(deployment: str, days: int | None, bucket_of: Mapping[str, str]) -> Refusal | None:
    """FSx takes no backups of some file systems."""
    return _refusal(capacity.retention_misfit(deployment, days, linked=bool(bucket_of)))


def scratch_is_on_local_disks(scratch: str | None, local_disks: Mapping[str, str | None]) -> Refusal | None:
    """One folder for all fleets must not leave the local disks of any unmeasured."""
    passed_by = [
        (fleet, folder)
        for fleet, folder in local_disks.items()
        if folder and not f"{scratch}/".startswith(f"{folder}/")
    ]
    if scratch is None or not passed_by:
        return None
    fleet, folder = passed_by[0]
    remedy = "Remove it: each fleet's localDisks are measured then, and `~` where it has none."
    return Refusal(f"the local disks of {fleet} at {folder} would not be measured", remedy)


def _refusal(misfit: capacity.Misfit | None) -> Refusal | None:
    return Refusal(*misfit) if misfit else None


DEPLOYMENT, BUCKET_OF = "lustre.*.deployment", "lustre.*.repositories.**.bucket"
RULES = (
    Rule("buckets.*", ("name", "*", "buckets.*.existing"), bucket_name_fits),
    Rule(
        "buckets.*.existing",
        ("buckets.*.existing", "buckets.*.transition", "buckets.*.objectLock"),
        existing_is_left_alone,
    ),
    Rule(
        "buckets.*.transition",
        ("buckets.*.transition.storageClass", "buckets.*.transition.days"),
        transition_fits,
    ),
    Rule("smoke.storage.bucket", ("smoke.storage.bucket", "buckets"), bucket_is_declared),
    Rule("smoke.storage.scratch", ("smoke.storage.scratch", "fleets.**.localDisks"), scratch_is_on_local_disks),
    Rule("lustre.*.zone", ("lustre.*.zone", "network.zones"), zone_is_in_network),
    Rule("lustre.*.throughput", (DEPLOYMENT, "lustre.*.throughput"), throughput_fits),
    Rule("lustre.*.efa", (DEPLOYMENT, "lustre.*.efa"), efa_fits),
    Rule("lustre.*.capacityGib", ("lustre.*.capacityGib", "lustre.*.throughput", "lustre.*.efa"), capacity_fits),
    Rule("lustre.*.metadataIops", (DEPLOYMENT, "lustre.*.efa", "lustre.*.metadataIops"), metadata_fits),
    Rule("lustre.*.repositories", (BUCKET_OF,), repositories_fit),
    Rule("lustre.*.repositories", (BUCKET_OF, "buckets"), repositories_are_declared),
    Rule("lustre.*.repositories", (BUCKET_OF, "lustre.*.repositories.**.prefix"), repositories_differ),
    Rule("lustre.*.backupRetentionDays", (DEPLOYMENT, "lustre.*.backupRetentionDays", BUCKET_OF), retention_fits),
)
