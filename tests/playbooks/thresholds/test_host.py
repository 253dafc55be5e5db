import pytest

from playbooks.thresholds import host


@pytest.mark.parametrize(
    ("instance_type", "interfaces", "disks"),
    [("p5.48xlarge", 32, 8), ("p4d.24xlarge", 4, 8), ("c6in.32xlarge", 2, 0), ("g5.xlarge", 0, 1)],
)
def test_the_catalogue_says_what_a_node_has(instance_type: str, interfaces: int, disks: int) -> None:
    """And is named as the source."""
    efa, local = host.efa_interfaces(instance_type), host.local_disks(instance_type)

    assert efa is not None
    assert local is not None
    assert (efa.value, local.value) == (interfaces, disks)
    assert efa.source == f"{instance_type} in the catalogue of instance types"


def test_of_a_type_that_nobody_knows_nothing_is_expected() -> None:
    """Not even none."""
    assert host.efa_interfaces("p99.48xlarge") is None
    assert host.local_disks("p99.48xlarge") is None


@pytest.mark.parametrize(
    ("instance_type", "cpus", "pages"),
    [("p5.48xlarge", 2, 5128), ("p5.4xlarge", 2, 881), ("p99.48xlarge", 93, 5116), ("p99.48xlarge", 94, 5128)],
)
def test_huge_pages_are_what_efas_package_sets_aside(instance_type: str, cpus: int, pages: int) -> None:
    """110 MB a core and a page, up to what EKS names; the node counts where the catalogue does not know the type."""
    threshold = host.huge_pages(instance_type, cpus)

    assert threshold.value == pages * 2
    assert threshold.source.startswith(f"{pages} pages of 2 MiB")
