import subprocess
import sys

import pytest

from components.instance_types import UNSUPPORTED, NetworkCard, UnknownInstanceTypeError, instance_type, names


def test_a_type_is_told_with_its_cards_and_accelerators() -> None:
    """A p5en node: 8 H200 and 16 network cards."""
    p5en = instance_type("p5en.48xlarge")

    assert (p5en.accelerator, p5en.accelerators, p5en.efa_interfaces, p5en.vcpus) == ("H200", 8, 16, 192)
    assert p5en.network_cards[0] == NetworkCard(0, interfaces=4, supports_efa=True)
    assert p5en.nic_gbit_per_second == 3200


def test_a_capacity_block_is_one_of_the_ways_a_p5_is_sold() -> None:
    """And a CPU type is sold in two."""
    assert instance_type("p5.48xlarge").usage == ("capacity-block", "on-demand", "spot")
    assert instance_type("c6in.32xlarge").usage == ("on-demand", "spot")


def test_an_unknown_type_names_the_nearest() -> None:
    """The most similar one stands in the message."""
    with pytest.raises(UnknownInstanceTypeError, match="'p5.48xlrge'; did you mean p5.48xlarge") as refused:
        instance_type("p5.48xlrge")

    assert "p5e.48xlarge" in refused.value.nearest


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
        "import sys; from components.instance_types import instance_type; instance_type('p5.48xlarge');"
        "print({'pulumi', 'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
