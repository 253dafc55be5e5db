"""What scratch folders and buckets must carry: by the settings, or by what EC2 says of a type's local disks."""

from collections.abc import Mapping

from playbooks.findings import Bound, Threshold

IO_BYTES = 4096
# Operations a second on all local disks of a type together, random reads and writes of 4,096 bytes (EC2 user guide,
# "Accelerated computing instances", SSD-based instance store volume I/O performance). Large ones carry more: one disk
# of an m5d.4xlarge wrote 349 MB/s and read 688, of 98 and 240 by this guide (gist ouranos/bcad6055). Of the types that
# the guide's public copy does not know, from p5 and g6 on, nothing is said here.
LOCAL_IOPS: Mapping[str, tuple[int, int]] = {
    "g4dn.xlarge": (42_500, 32_500),
    "g4dn.2xlarge": (42_500, 32_500),
    "g4dn.4xlarge": (85_000, 65_000),
    "g4dn.8xlarge": (250_000, 200_000),
    "g4dn.12xlarge": (250_000, 200_000),
    "g4dn.16xlarge": (250_000, 200_000),
    "g4dn.metal": (500_000, 400_000),
    "g5.xlarge": (40_625, 20_313),
    "g5.2xlarge": (40_625, 20_313),
    "g5.4xlarge": (125_000, 62_500),
    "g5.8xlarge": (250_000, 125_000),
    "g5.12xlarge": (312_500, 156_250),
    "g5.16xlarge": (250_000, 125_000),
    "g5.24xlarge": (312_500, 156_250),
    "g5.48xlarge": (625_000, 312_500),
    "p3dn.24xlarge": (700_000, 340_000),
    "p4d.24xlarge": (2_000_000, 1_600_000),
    "p4de.24xlarge": (2_000_000, 1_600_000),
    "trn1.2xlarge": (107_500, 45_000),
    "trn1.32xlarge": (1_720_000, 720_000),
    "trn1n.32xlarge": (1_720_000, 720_000),
}
READ_PART = 0.9
WRITE_PART = 0.5  # writes become fewer as the disks fill (the same guide); by how much it does not say


def local_read(instance_type_name: str) -> Threshold | None:
    """GB/s that a type's local disks must give together; None where nothing is said of it."""
    return _of(instance_type_name, 0, "reads", READ_PART)


def local_write(instance_type_name: str) -> Threshold | None:
    """GB/s that a type's local disks must take together; None where nothing is said of it."""
    return _of(instance_type_name, 1, "writes", WRITE_PART)


def of_settings(minimum: float | None, key: str) -> Threshold | None:
    """What a setting asks for; None where it is left out."""
    return None if minimum is None else Threshold(Bound.AT_LEAST, minimum, f"smoke.storage.{key} of the settings")


def _of(name: str, place: int, what: str, part: float) -> Threshold | None:
    if name not in LOCAL_IOPS:
        return None
    operations = LOCAL_IOPS[name][place]
    source = f"{100 * part:g} % of the {operations:,} random {what} of 4 KiB that EC2's guide states for {name}'s disks"
    return Threshold(Bound.AT_LEAST, part * operations * IO_BYTES / 1e9, source)
