import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.collectives import Collective, bus_factor, ceiling
from components.catalogue.instance_types import instance_type


@pytest.mark.parametrize(
    ("collective", "type_name", "nodes", "gb_per_second"),
    [
        (Collective.ALL_REDUCE, "p4d.24xlarge", 2, 93.75),  # the fabric's, by hand: 6.25 x 15/1
        (Collective.ALL_REDUCE, "p5.48xlarge", 2, 480),  # the node's: the fabric would carry 750
        (Collective.ALL_REDUCE, "p5.48xlarge", 8, 450),  # 50 x 63/7
        (Collective.ALL_GATHER, "p5.48xlarge", 2, 450),
        (Collective.REDUCE_SCATTER, "p6-b200.48xlarge", 4, 516.67),
        (Collective.ALL_TO_ALL, "p5.48xlarge", 2, 93.75),  # 50 x 15/8
        (Collective.BROADCAST, "p5.48xlarge", 4, 400),  # out of the root's node, 8 x 50
        (Collective.ALL_REDUCE, "p5.48xlarge", 1, 480),
    ],
)
def test_the_ceiling_is_the_smaller_of_fabric_and_node(
    collective: Collective, type_name: str, nodes: int, gb_per_second: float
) -> None:
    """Of each collective, where both are known."""
    found = ceiling(collective, instance_type(type_name), nodes)

    assert found.complete
    assert found.gb_per_second == pytest.approx(gb_per_second, rel=1e-4)


def test_what_is_not_known_is_said() -> None:
    """A half that is missing, and a type without accelerators."""
    half = ceiling(Collective.ALL_REDUCE, instance_type("p6-b300.48xlarge"), 2)
    none = ceiling(Collective.ALL_REDUCE, instance_type("c6in.32xlarge"), 2)

    assert (half.gb_per_second, half.complete) == (1500, False)
    assert "inside one node not known for 8 x B300" in half.why[0]
    assert (none.gb_per_second, none.complete) == (None, False)


@pytest.mark.parametrize(
    ("collective", "factor"),
    [
        (Collective.ALL_REDUCE, 1.75),
        (Collective.ALL_GATHER, 0.875),
        (Collective.REDUCE_SCATTER, 0.875),
        (Collective.ALL_TO_ALL, 0.875),
        (Collective.BROADCAST, 1),
    ],
)
def test_bus_factors_are_those_of_nccl_tests(collective: Collective, factor: float) -> None:
    """By hand, of eight ranks."""
    assert bus_factor(collective, 8) == factor


@given(st.sampled_from(list(Collective)), st.integers(2, 1000))
def test_more_nodes_never_raise_a_ceiling(collective: Collective, nodes: int) -> None:
    """Each has the same network, and more of the data must cross it."""
    kind = instance_type("p5.48xlarge")
    fewer, more = (ceiling(collective, kind, count).gb_per_second for count in (nodes, nodes + 1))

    assert fewer is not None
    assert more is not None
    assert more <= fewer
