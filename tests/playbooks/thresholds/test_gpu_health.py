import pytest

from components.catalogue.accelerators import BUILT_LANES, NVLINKS, PEAKS
from playbooks.thresholds import gpu_health


@pytest.mark.parametrize(
    ("instance_type", "links"),
    [("p3dn.24xlarge", 6), ("p4d.24xlarge", 12), ("p5en.48xlarge", 18), ("p5.4xlarge", 0), ("g6e.48xlarge", 0)],
)
def test_nvlinks_come_from_the_catalogue(instance_type: str, links: int) -> None:
    """A type with one GPU has nobody to link it to."""
    assert gpu_health.nvlinks(instance_type) == links


def test_a_type_that_nobody_knows_has_no_facts() -> None:
    """It is not an error."""
    assert gpu_health.nvlinks("p99.metal") == 0
    assert gpu_health.built_lanes("p99.metal") is None


@pytest.mark.parametrize(("instance_type", "lanes"), [("g5.xlarge", 8), ("g6f.large", 8), ("g4dn.xlarge", None)])
def test_lanes_come_from_the_catalogue(instance_type: str, lanes: int | None) -> None:
    """Of a part of a GPU too; None where nobody has told, or nobody knows the type."""
    assert gpu_health.built_lanes(instance_type) == lanes
    assert gpu_health.built_lanes("p99.metal") is None


def test_nvlinks_and_lanes_are_stated_of_accelerators_that_the_catalogue_has() -> None:
    """By the same names."""
    assert NVLINKS.keys() | BUILT_LANES.keys() <= {name for name, _ in PEAKS}


def test_the_memory_that_is_missing_never_makes_two_models_one() -> None:
    """The nearest two of one name are further apart than what is allowed."""
    sizes = sorted(memory for name, memory in PEAKS if name == "A100")

    assert sizes[0] * (1 + gpu_health.MEMORY_TOLERANCE) < sizes[1] * (1 - gpu_health.MEMORY_TOLERANCE)
