import pytest

from playbooks.thresholds import lustre
from stacks.settings import Lustre


def made_as(deployment: str, throughput: int | None, capacity_gib: int = 4800) -> Lustre:
    """A file system of the settings."""
    given = {"zone": "eu-west-1a", "capacityGib": capacity_gib, "deployment": deployment}
    return Lustre.model_validate(given | ({"throughput": throughput} if throughput else {}))


@pytest.mark.parametrize(
    ("deployment", "throughput", "gb_per_second"),
    [
        ("PERSISTENT_2", 125, 0.5859),
        ("PERSISTENT_2", 1000, 4.688),
        ("PERSISTENT_1", 50, 0.2344),
        ("SCRATCH_2", None, 0.9375),
    ],
)
def test_a_file_system_carries_what_it_was_bought_as(
    deployment: str, throughput: int | None, gb_per_second: float
) -> None:
    """MB/s for each TiB; scratch has 200 and no choice."""
    found = lustre.specified_gb_per_second(made_as(deployment, throughput))

    assert found == pytest.approx(gb_per_second, rel=1e-3)
    assert lustre.throughput(made_as(deployment, throughput)).value == pytest.approx(0.9 * found)


def test_the_source_names_the_specification() -> None:
    """So that a reader can hold it against the bill."""
    assert lustre.throughput(made_as("PERSISTENT_2", 250)).source == (
        "0.9 of 1.172 GB/s, the disks of 4800 GiB of PERSISTENT_2"
    )


def test_a_large_file_system_takes_many_nodes_to_fill() -> None:
    """38,400 GiB at 1000 MB/s a TiB are 37.5 GB/s."""
    large = made_as("PERSISTENT_2", 1000, 38400)

    assert not lustre.can_fill(18, large)
    assert lustre.can_fill(19, large)
