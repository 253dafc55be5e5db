import pytest

from components.fabric.efa import FabricSecurityGroup
from components.storage.lustre import Lustre
from playbooks.plan.ceilings import ceilings
from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from playbooks.plan.plan import Fit, Fits
from tests.playbooks.plan.fleets import fleet, only


def all_reduce(type_name: str, nodes: int) -> Fit:
    """The row of a fleet."""
    return only(ceilings(Graph(()), [fleet(type_name, nodes)]))


@pytest.mark.parametrize(
    ("type_name", "nodes", "gb_per_second"),
    [
        ("p4d.24xlarge", 2, 93.8),
        ("p4d.24xlarge", 8, 56.2),
        ("p5.48xlarge", 1, 480),
        ("p5.48xlarge", 2, 480),  # the fabric could carry 750
        ("p5en.48xlarge", 8, 450),
        ("p6-b200.48xlarge", 4, 516.7),
        ("g6.8xlarge", 2, 3.1),  # one GPU a node: there is no inside
    ],
)
def test_the_ceiling_is_the_smaller_of_fabric_and_node(type_name: str, nodes: int, gb_per_second: float) -> None:
    """Nothing is needed of it; it is good to know."""
    found = all_reduce(type_name, nodes)

    assert (found.needed, found.available, found.fits) == (None, gb_per_second, Fits.YES)


def test_a_ceiling_of_which_half_is_not_known_is_not_evaluated() -> None:
    """What is known stands there: the real one may be lower."""
    found = all_reduce("p6-b300.48xlarge", 2)

    assert (found.available, found.fits) == (1500, Fits.NOT_EVALUATED)
    assert "inside one node not known for 8 x B300" in found.reason


@pytest.mark.parametrize(("type_name", "nodes"), [("m7i.xlarge", 4), ("g6.8xlarge", 1)])
def test_what_has_nothing_to_reduce_has_no_ceiling(type_name: str, nodes: int) -> None:
    """No accelerator, or one alone."""
    assert list(ceilings(Graph(()), [fleet(type_name, nodes)])) == []


def lustre(*, mounted: bool, efa: bool = False, nodes: int = 1) -> Fit:
    """The row of 19,200 GiB at 250 MB/s a TiB."""

    def program() -> None:
        tags: dict[str, str] = {}
        fabric = FabricSecurityGroup(
            "dev-training-fabric", {"vpc_id": "vpc-1", "ssh_cidr": "10.0.0.0/16", "ssh_port": 22, "tags": tags}
        )
        Lustre(
            "dev-datasets",
            {
                "capacity_gib": 19200,
                "throughput": 250,
                "efa": efa,
                "vpc_id": "vpc-1",
                "subnet_id": "subnet-0abc",
                "client_security_groups": {"training": fabric.id} if mounted else {},
                "metadata_iops": 6000,
                "tags": tags,
            },
        )

    graph = record(program, "test", {"aws:region": "us-east-1"})
    fabric = next(each.urn for each in graph if each.name == "dev-training-fabric-group")
    instances = [fleet("g6.8xlarge", nodes)._replace(security_groups=frozenset({fabric}))]
    return next(each for each in ceilings(graph, instances) if each.what.startswith("Lustre"))


def test_lustre_is_held_against_the_fleet_that_mounts_it() -> None:
    """4.69 GB/s from its disks; one node's card reads 3.125."""
    found = lustre(mounted=True)

    assert (found.where, found.needed, found.available, found.fits) == ("dev-datasets", None, 4.69, Fits.YES)
    assert "19,200 GiB x 250 MB/s a TiB" in found.reason
    assert "all of what 1 x g6.8xlarge of dev-training could read if their network cards alone" in found.reason


def test_a_large_fleet_gets_a_part_of_what_it_could_read() -> None:
    """16 cards read 50 GB/s."""
    assert "9.38 % of what 16 x g6.8xlarge" in lustre(mounted=True, nodes=16).reason


def test_without_efa_a_node_reads_less() -> None:
    """Which of both a file system has is decided when it is made."""
    assert "without EFA" in lustre(mounted=True).reason
    assert lustre(mounted=True, efa=True).reason.endswith("reached by EFA")


def test_a_file_system_that_nobody_mounts_says_so() -> None:
    """It has a speed all the same."""
    assert lustre(mounted=False).reason.endswith("no fleet mounts it")
