"""The root volume of a node: an encrypted gp3 volume, and what such a volume can be."""

from typing import NamedTuple

# Amazon EBS user guide, "General Purpose SSD volumes"; a launch template of the provider takes at most 1,000 MiB/s
# (terraform-provider-aws, internal/service/ec2/ec2_launch_template.go), where EBS itself would go to 2,000.
LARGEST_GIB = 65536
LEAST_IOPS, MOST_IOPS, MOST_IOPS_PER_GIB = 3000, 80000, 500
LEAST_MIB_PER_SECOND, MOST_MIB_PER_SECOND, IOPS_PER_MIB_PER_SECOND = 125, 1000, 4


class RootVolume(NamedTuple):
    """How large and how fast a root volume is.

    Attributes:
        size_gib: not less than the image's own.
        iops: operations per second; the least is included in the price.
        throughput_mib_per_second: the least is included in the price.
        device: what the image calls its root device; another name would be a second disk beside it.
    """

    size_gib: int = 200  # a PyTorch Deep Learning AMI fills about 75 of them
    iops: int = LEAST_IOPS
    throughput_mib_per_second: int = LEAST_MIB_PER_SECOND
    device: str = "/dev/sda1"  # Ubuntu's, and so of its Deep Learning AMIs; Amazon Linux has /dev/xvda


def misfit(volume: RootVolume) -> str | None:
    """Why gp3 has no such volume; None where it has."""
    size, iops, throughput, _ = volume
    bounds = (
        ("GiB", size, 1, LARGEST_GIB),
        ("IOPS", iops, LEAST_IOPS, MOST_IOPS),
        ("MiB/s", throughput, LEAST_MIB_PER_SECOND, MOST_MIB_PER_SECOND),
    )
    for unit, value, least, most in bounds:
        if not least <= value <= most:
            return f"gp3 has {least:,} to {most:,} {unit}, not {value:,}"
    if iops > max(LEAST_IOPS, size * MOST_IOPS_PER_GIB):
        return f"{iops:,} IOPS need {-(-iops // MOST_IOPS_PER_GIB):,} GiB or more (gp3: {MOST_IOPS_PER_GIB} a GiB)"
    if throughput * IOPS_PER_MIB_PER_SECOND > iops:
        needed = throughput * IOPS_PER_MIB_PER_SECOND
        return f"{throughput:,} MiB/s need {needed:,} IOPS or more (gp3: {IOPS_PER_MIB_PER_SECOND} a MiB/s)"
    return None
