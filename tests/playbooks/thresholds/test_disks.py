import pytest

from components.catalogue.instance_types import instance_type
from playbooks.findings import Bound, Threshold
from playbooks.thresholds import disks


def test_a_types_disks_carry_what_the_guide_states() -> None:
    """Eight of a p4d.24xlarge: 2,000,000 reads and 1,600,000 writes of 4 KiB a second."""
    read, write = disks.local_read("p4d.24xlarge"), disks.local_write("p4d.24xlarge")

    assert read is not None
    assert write is not None
    assert (read.value, write.value) == pytest.approx((0.9 * 8.192, 0.5 * 6.5536))
    assert read.source == "90 % of the 2,000,000 random reads of 4 KiB that EC2's guide states for p4d.24xlarge's disks"


@pytest.mark.parametrize("name", ["p5en.48xlarge", "c6in.32xlarge", "x9.huge"])
def test_of_other_types_nothing_is_said(name: str) -> None:
    """No source, no threshold."""
    assert disks.local_read(name) is None
    assert disks.local_write(name) is None


@pytest.mark.parametrize("name", disks.LOCAL_IOPS)
def test_every_type_of_the_table_has_such_disks(name: str) -> None:
    """And gives at least what it takes."""
    reads, writes = disks.LOCAL_IOPS[name]

    assert instance_type(name).disk_nvme
    assert reads >= writes > 0


def test_a_setting_says_which_it_is() -> None:
    """Left out, it asks for nothing."""
    said = Threshold(Bound.AT_LEAST, 4, "smoke.storage.minimumReadGbPerSecond of the settings")

    assert disks.of_settings(4, "minimumReadGbPerSecond") == said
    assert disks.of_settings(None, "minimumReadGbPerSecond") is None
