import subprocess
import sys

import pytest

from components.catalogue.instance_types import (
    DATA,
    UNSUPPORTED,
    NetworkCard,
    UnknownInstanceTypeError,
    instance_type,
    known,
    names,
    source,
)


def test_a_type_is_told_with_its_cards_and_accelerators() -> None:
    """A p5en node: 8 H200 and 16 network cards."""
    p5en = instance_type("p5en.48xlarge")

    assert (p5en.accelerator, p5en.accelerators, p5en.efa_interfaces, p5en.vcpus) == ("H200", 8, 16, 192)
    assert p5en.network_cards[0] == NetworkCard(0, interfaces=4, supports_efa=True)
    assert p5en.nic_gbit_per_second == 3200


def test_accelerators_of_each_maker_are_told() -> None:
    """GPUs, Neuron devices, a part of a GPU, and none."""
    told = {
        name: (kind.accelerator_manufacturer, kind.accelerator, kind.accelerators, kind.accelerator_share)
        for name in ("p6-b300.48xlarge", "trn2u.48xlarge", "inf2.48xlarge", "g6f.large", "c6in.32xlarge")
        for kind in [instance_type(name)]
    }

    assert told == {
        "p6-b300.48xlarge": ("NVIDIA", "B300", 8, 1),
        "trn2u.48xlarge": ("AWS", "Trainium2", 16, 1),
        "inf2.48xlarge": ("AWS", "Inferentia2", 12, 1),
        "g6f.large": ("NVIDIA", "L4", 1, 0.125),
        "c6in.32xlarge": ("", "", 0, 1),
    }


def test_local_disks_are_told_with_their_kind() -> None:
    """Eight NVMe disks of 3.8 TB, disks that are no NVMe, and none."""
    told = {
        name: (kind.disks, kind.disk_gb, kind.disk_kind, kind.disk_nvme)
        for name in ("p5.48xlarge", "d2.xlarge", "inf1.24xlarge")
        for kind in [instance_type(name)]
    }

    assert told == {
        "p5.48xlarge": (8, 3800, "ssd", True),
        "d2.xlarge": (3, 2048, "hdd", False),
        "inf1.24xlarge": (0, 0, "", False),
    }


def test_placement_and_architecture_are_told() -> None:
    """A Graviton type with GPUs, and one that stands in no cluster placement group."""
    assert instance_type("g5g.metal").architecture == "arm64"
    assert instance_type("p5.48xlarge").placement_strategies == ("cluster", "partition", "spread")
    assert (instance_type("p5.48xlarge").cluster_placement, instance_type("t3.micro").cluster_placement) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("name", "gbit_per_second"),
    [
        ("p4d.24xlarge", 50),
        ("p5.48xlarge", 400),
        ("p6-b200.48xlarge", 400),
        ("p6-b300.48xlarge", 800),
        ("g6e.48xlarge", 50),
        ("trn2.48xlarge", 200),
        ("c6in.32xlarge", None),
    ],
)
def test_each_accelerator_has_its_part_of_the_network(name: str, gbit_per_second: float | None) -> None:
    """Of what the type has, not of what its cards add up to; nothing where there is no accelerator."""
    assert instance_type(name).nic_gbit_per_second_per_accelerator == gbit_per_second


def test_both_kinds_of_a100_are_told_apart_by_their_memory() -> None:
    """The API calls both A100."""
    small, large = instance_type("p4d.24xlarge").accelerator_peak, instance_type("p4de.24xlarge").accelerator_peak

    assert (small.bf16_flop_per_second, large.bf16_flop_per_second) == (312e12, 312e12)
    assert (small.memory_bytes_per_second, large.memory_bytes_per_second) == (1555e9, 2039e9)


def test_the_catalogue_says_whence_it_is() -> None:
    """And of which day."""
    assert source().startswith("DescribeInstanceTypes in us-east-1, ")
    assert source() in DATA.read_text(encoding="utf-8")


def test_a_capacity_block_is_one_of_the_ways_a_p5_is_sold() -> None:
    """And a CPU type is sold in two."""
    assert instance_type("p5.48xlarge").usage == ("capacity-block", "on-demand", "spot")
    assert instance_type("c6in.32xlarge").usage == ("on-demand", "spot")


def test_an_unknown_type_names_the_nearest() -> None:
    """The most similar one stands in the message."""
    with pytest.raises(UnknownInstanceTypeError, match="'p5.48xlrge'; did you mean p5.48xlarge") as refused:
        instance_type("p5.48xlrge")

    assert "p5e.48xlarge" in refused.value.nearest


@pytest.mark.parametrize("name", ["p5.48xlrge", "p6e-gb200.36xlarge"])
def test_where_a_type_may_be_unknown_it_is_none(name: str) -> None:
    """Also one of a family that is left out; one that is there is told as ever."""
    assert known(name) is None
    assert known("p5.48xlarge") == instance_type("p5.48xlarge")


def test_a_family_that_is_left_out_says_why() -> None:
    """Of a type that EC2 has, 'no such type' would be wrong, and 'did you mean' misleading."""
    with pytest.raises(UnknownInstanceTypeError, match="p6e-gb200 is not supported: its network cards") as refused:
        instance_type("p6e-gb200.36xlarge")

    assert refused.value.nearest == ()


def test_a_family_that_is_left_out_is_not_in_the_data() -> None:
    """Otherwise a refreshed catalogue would list types that it refuses."""
    assert [name for name in names() if name.partition(".")[0] in UNSUPPORTED] == []


def test_every_type_can_be_read() -> None:
    """No row of the data file lacks a field."""
    assert all(instance_type(name).vcpus > 0 for name in names())
    assert len(names()) > 1000


def test_looking_up_a_type_imports_neither_pulumi_nor_boto3() -> None:
    """The command would start slowly otherwise."""
    program = (
        "import sys; from components.catalogue.instance_types import instance_type; instance_type('p5.48xlarge');"
        "print({'pulumi', 'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
