import pytest

from components.fleet.root_volume import RootVolume, misfit


@pytest.mark.parametrize(
    ("volume", "reason"),
    [
        (RootVolume(), None),
        (RootVolume(65536, 80000, 1000), None),
        (RootVolume(size_gib=1, iops=3000), None),
        (RootVolume(size_gib=8, iops=4000, throughput_mib_per_second=1000), None),
        (RootVolume(size_gib=0), "gp3 has 1 to 65,536 GiB, not 0"),
        (RootVolume(iops=2999), "gp3 has 3,000 to 80,000 IOPS, not 2,999"),
        (RootVolume(iops=16000, throughput_mib_per_second=1001), "gp3 has 125 to 1,000 MiB/s, not 1,001"),
        (RootVolume(size_gib=7, iops=4000), "4,000 IOPS need 8 GiB or more (gp3: 500 a GiB)"),
        (RootVolume(throughput_mib_per_second=751), "751 MiB/s need 3,004 IOPS or more (gp3: 4 a MiB/s)"),
    ],
)
def test_what_gp3_can_be(volume: RootVolume, reason: str | None) -> None:
    """Both sides of each bound; EC2 would refuse the launch template's instances one by one."""
    assert misfit(volume) == reason
