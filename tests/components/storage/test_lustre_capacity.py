import pytest

from components.storage import lustre_capacity as capacity


@pytest.mark.parametrize("capacity_gib", [1200, 2400, 4800, 24_000])
def test_sizes_that_can_be_had(capacity_gib: int) -> None:
    """1200 GiB and multiples of 2400."""
    assert capacity.capacity_misfit(capacity_gib, 125, efa=False) is None


@pytest.mark.parametrize(
    ("capacity_gib", "nearest"),
    [
        (0, "1200"),
        (1000, "1200"),
        (2000, "1200 or 2400"),
        (3600, "2400 or 4800"),
        (5000, "4800 or 7200"),
    ],
)
def test_the_nearest_sizes_are_named(capacity_gib: int, nearest: str) -> None:
    """One below, where there is one, and one above."""
    misfit = capacity.capacity_misfit(capacity_gib, 125, efa=False)

    assert misfit == (
        f"{capacity_gib} GiB can't be had: it is 1200 or a multiple of 2400",
        f"Write {nearest}, the nearest.",
    )


@pytest.mark.parametrize(("throughput", "step"), [(125, 38_400), (250, 19_200), (500, 9_600), (1000, 4_800)])
def test_with_efa_the_step_depends_on_the_throughput(throughput: int, step: int) -> None:
    """Slower file systems have fewer servers for their size."""
    assert capacity.capacity_misfit(2 * step, throughput, efa=True) is None
    misfit = capacity.capacity_misfit(step + 2400, throughput, efa=True)
    assert misfit == (
        f"{step + 2400} GiB can't be had with EFA at {throughput} MB/s a TiB: it is a multiple of {step}",
        f"Write {step} or {2 * step}, the nearest.",
    )
    below = capacity.capacity_misfit(1200, throughput, efa=True)
    assert below is not None
    assert below.remedy == f"Write {step}, the nearest."


@pytest.mark.parametrize(
    ("deployment", "throughput", "problem"),
    [
        ("PERSISTENT_2", 100, "100 MB/s a TiB can't be had with PERSISTENT_2"),
        ("PERSISTENT_2", None, "missing with PERSISTENT_2"),
        ("PERSISTENT_1", 125, "125 MB/s a TiB can't be had with PERSISTENT_1"),
        ("SCRATCH_2", 200, "SCRATCH_2 has 200 MB/s a TiB and no choice of it"),
    ],
)
def test_a_deployment_offers_some_throughputs(deployment: str, throughput: int | None, problem: str) -> None:
    """And a scratch file system none."""
    misfit = capacity.throughput_misfit(deployment, throughput)

    assert misfit is not None
    assert misfit.problem == problem


@pytest.mark.parametrize(
    ("deployment", "throughput"), [("PERSISTENT_2", 1000), ("PERSISTENT_1", 50), ("SCRATCH_2", None)]
)
def test_throughputs_that_can_be_had(deployment: str, throughput: int | None) -> None:
    """As AWS lists them."""
    assert capacity.throughput_misfit(deployment, throughput) is None


@pytest.mark.parametrize(
    ("deployment", "efa", "iops", "allowed"),
    [
        ("PERSISTENT_2", False, None, True),
        ("PERSISTENT_2", False, 1500, True),
        ("PERSISTENT_2", True, 1500, False),
        ("PERSISTENT_2", True, 6000, True),
        ("PERSISTENT_2", False, 24_000, True),
        ("PERSISTENT_2", False, 18_000, False),
        ("PERSISTENT_2", False, 204_000, False),
        ("PERSISTENT_1", False, 1500, False),
    ],
)
def test_metadata_iops(deployment: str, efa: bool, iops: int | None, allowed: bool) -> None:
    """PERSISTENT_2 has a choice of them, with EFA from 6000 on."""
    assert (capacity.metadata_misfit(deployment, efa, iops) is None) is allowed


@pytest.mark.parametrize(
    ("folders", "problem"),
    [
        (("/", "/data"), "/data lies in /, which is linked too"),
        (("/data/raw", "/data"), "/data/raw lies in /data, which is linked too"),
        (tuple(f"/{index}" for index in range(9)), "9 repositories, and a file system has 8 at most"),
    ],
)
def test_folders_that_can_not_be_linked(folders: tuple[str, ...], problem: str) -> None:
    """Too many, or one inside another."""
    misfit = capacity.repositories_misfit(folders)

    assert misfit is not None
    assert misfit.problem == problem


def test_folders_that_begin_alike_are_two() -> None:
    """`/data` does not hold `/data2`."""
    assert capacity.repositories_misfit(("/data", "/data2")) is None


@pytest.mark.parametrize(
    ("deployment", "linked", "days", "problem"),
    [
        ("PERSISTENT_2", True, 7, "FSx takes no backup of a file system that is linked to a bucket"),
        ("SCRATCH_2", False, 7, "FSx takes no backup of a SCRATCH_2 file system"),
        ("PERSISTENT_2", False, 91, "FSx keeps no backup for 91 days"),
    ],
)
def test_backups_that_fsx_does_not_take(deployment: str, linked: bool, days: int, problem: str) -> None:
    """Nor keep."""
    misfit = capacity.retention_misfit(deployment, days, linked=linked)

    assert misfit is not None
    assert misfit.problem == problem
