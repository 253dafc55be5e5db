import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.collectives import Collective
from components.catalogue.instance_types import instance_type
from playbooks.findings import Threshold
from playbooks.thresholds import fabric
from stacks.settings import Smoke

GIB = 1 << 30
SETTING = {"allReduce": {"minimumBusBandwidthGbPerSecond": 300}}


def of(
    collective: Collective = Collective.ALL_REDUCE,
    type_name: str = "p5.48xlarge",
    nodes: int = 2,
    size: int = GIB,
    smoke: Smoke | None = None,
) -> Threshold | None:
    """What must be reached."""
    return fabric.bandwidth(smoke or Smoke(), collective, type_name, nodes, size)


def value(threshold: Threshold | None) -> float:
    """Of one that is there."""
    assert threshold is not None
    return threshold.value


def test_a_healthy_fleet_passes_and_one_at_seventy_percent_does_not() -> None:
    """Two p5 reach 435 GB/s at 1 GiB, and 289 at 128 MiB by another who measured them."""
    assert value(of()) == pytest.approx(0.85 * 435.14)
    assert value(of(size=GIB // 8)) < 289
    assert value(of(size=GIB // 8)) > 0.7 * 305


@pytest.mark.parametrize("types", list(fabric.TYPES))
def test_every_public_figure_passes_its_own_threshold(types: str) -> None:
    """And 70 % of it fails."""
    for row in fabric.measured(types):
        threshold = of(row.collective, fabric.TYPES[types][0], row.nodes, row.mib << 20)
        assert threshold is not None
        assert threshold.holds(row.gb_per_second)
        assert not threshold.holds(0.7 * row.gb_per_second)


def test_the_settings_know_better() -> None:
    """Each of what it names: of the all-reduce between nodes, of one node alone, or of another collective."""
    smoke = Smoke.model_validate(SETTING)
    others = Smoke.model_validate({"minimumBusBandwidthGbPerSecond": {"insideNode": 400, "allGather": 250}})

    assert value(of(smoke=smoke)) == 300
    assert "settings" not in str(of(smoke=smoke, nodes=1))
    assert "settings" not in str(of(Collective.ALL_GATHER, smoke=smoke))
    assert value(of(smoke=others, nodes=1)) == 400
    assert value(of(Collective.ALL_GATHER, smoke=others)) == 250
    assert "settings" not in str(of(smoke=others))


@pytest.mark.parametrize(
    ("type_name", "nodes", "mib"),
    [
        ("p5.48xlarge", 4, 1024),
        ("p5en.48xlarge", 1, 1024),
        ("p4d.24xlarge", 2, 2048),
        ("p6-b200.48xlarge", 4, 16384),
        ("p6-b300.48xlarge", 2, 16384),  # the next is 64 GiB
        ("p4d.24xlarge", 4, 1024),  # nobody has published so many
        ("p6-b300.48xlarge", 1, 1024),
        ("c6in.32xlarge", 4, 1024),
        ("p99.metal", 4, 1024),
    ],
)
def test_a_message_is_as_large_as_a_public_figure_asks(type_name: str, nodes: int, mib: int) -> None:
    """And a gigabyte where there is none."""
    assert fabric.message_mib(type_name, nodes) == mib


@given(st.sampled_from([name for members in fabric.TYPES.values() for name in members]), st.integers(1, 64))
def test_a_fleet_that_can_be_judged_by_default_is(type_name: str, nodes: int) -> None:
    """At any size that is public up to 16 GiB, so also at the one that is taken."""
    judged = [mib for mib in (1024, 2048, 4096, 8192, 16384) if of(type_name=type_name, nodes=nodes, size=mib << 20)]

    assert fabric.message_mib(type_name, nodes) == next(iter(judged), 1024)


@pytest.mark.parametrize(
    "arguments",
    [
        {"collective": Collective.BROADCAST},  # nobody has published it
        {"nodes": 64},  # nor so many nodes
        {"size": 1 << 20},  # nor so small a message
        {"type_name": "c6in.32xlarge"},
        {"type_name": "p99.metal"},
        {"type_name": "p6-b200.48xlarge", "nodes": 2, "size": 16 * GIB},  # four were measured
    ],
)
def test_nothing_is_invented(arguments: dict[str, object]) -> None:
    """What nobody has measured in public has no threshold."""
    assert of(**arguments) is None  # type: ignore[arg-type] # the rows are of different types


def test_the_source_tells_the_arithmetic_and_whose_figure_it_is() -> None:
    """For the reader who doubts it."""
    threshold = of(type_name="p5en.48xlarge", nodes=8)
    assert threshold is not None

    assert threshold.source == (
        "0.85 x 0.61 of the ceiling of 8 x p5en.48xlarge, 450 GB/s; p5.48xlarge reaches that fraction of its own at"
        " 1024 MiB (github.com/crazyguitar/aws-gpu-communication-benchmark, data/)"
    )


@given(st.integers(2, 32), st.integers(5, 14))
def test_between_what_was_measured_it_lies_between(nodes: int, power: int) -> None:
    """Never above the ceiling, and larger messages reach as much or more, but for a dip of 1 % that was measured."""
    smaller, larger = (of(nodes=nodes, size=1 << (20 + each)) for each in (power, power + 1))
    at_best = fabric.ceiling(Collective.ALL_REDUCE, "p5.48xlarge", nodes).gb_per_second
    assert at_best is not None

    assert 0 < value(smaller) < at_best
    assert value(larger) >= 0.99 * value(smaller)


@pytest.mark.parametrize("mib", [1024, 8192])
def test_three_nodes_are_held_to_what_four_reach(mib: int) -> None:
    """Two are faster than any larger fleet: half way between, healthy trios at 320 GB/s would fail."""
    three, four = (value(of(nodes=nodes, size=mib << 20)) for nodes in (3, 4))

    assert three == pytest.approx(four)
    assert three < 320


def test_every_group_is_of_one_kind_and_every_source_is_named() -> None:
    """So that a figure of one type may speak for the others."""
    for members in fabric.TYPES.values():
        kinds = [instance_type(name) for name in members]
        assert len({(kind.accelerators, kind.nic_gbit_per_second) for kind in kinds}) == 1
    assert {row.source for types in fabric.TYPES for row in fabric.measured(types)} == set(fabric.SOURCES)


@pytest.mark.parametrize(("type_name", "cards"), [("p5en.48xlarge", 16), ("p4d.24xlarge", 4), ("p6-b300.48xlarge", 16)])
def test_network_cards_come_from_the_catalogue(type_name: str, cards: int) -> None:
    """As many as carry EFA."""
    assert value(fabric.network_cards(type_name)) == cards


def test_an_unknown_type_has_no_number_of_cards() -> None:
    """What is not known is not guessed."""
    assert fabric.network_cards("p99.metal") is None
