import pytest

from components.catalogue.collectives import Collective
from playbooks import thresholds
from playbooks.findings import Bound, Threshold
from stacks.settings import Smoke

OTHERS = ("allGather", "reduceScatter", "allToAll", "broadcast", "insideNode")


def test_the_settings_are_named_where_they_decide() -> None:
    """So that the reader knows what to change."""
    smoke = Smoke.model_validate(
        {
            "clockOffsetSeconds": 0.5,
            "training": {"lossFraction": 0.25},
            "allReduce": {"minimumBusBandwidthGbPerSecond": 300},
            "minimumBusBandwidthGbPerSecond": dict(zip(OTHERS, range(1, 6), strict=True)),
        }
    )

    assert thresholds.clock_offset(smoke) == Threshold(Bound.AT_MOST, 0.5, "smoke.clockOffsetSeconds of the settings")
    assert thresholds.loss_fraction(smoke) == Threshold(
        Bound.AT_MOST, 0.25, "smoke.training.lossFraction of the settings"
    )
    assert thresholds.bus_bandwidth(smoke, Collective.ALL_REDUCE, 2) == Threshold(
        Bound.AT_LEAST, 300, "smoke.allReduce.minimumBusBandwidthGbPerSecond of the settings"
    )
    asked = [(which, 2) for which in Collective if which is not Collective.ALL_REDUCE] + [(Collective.ALL_REDUCE, 1)]
    assert [thresholds.bus_bandwidth(smoke, *each) for each in asked] == [
        Threshold(Bound.AT_LEAST, place, f"smoke.minimumBusBandwidthGbPerSecond.{key} of the settings")
        for place, key in enumerate(OTHERS, start=1)
    ]
    assert thresholds.bus_bandwidth(smoke, Collective.ALL_GATHER, 1) is None  # inside a node, the all-reduce alone


def test_no_bandwidth_is_invented() -> None:
    """Without a setting there is nothing to judge by."""
    assert {thresholds.bus_bandwidth(Smoke(), which, nodes) for which in Collective for nodes in (1, 2)} == {None}


@pytest.mark.parametrize(
    ("instance_type", "gpus"), [("p5.48xlarge", 8), ("g5.xlarge", 1), ("c6in.32xlarge", 0), ("trn2.48xlarge", 0)]
)
def test_gpus_come_from_the_catalogue(instance_type: str, gpus: int) -> None:
    """Accelerators that nvidia-smi does not show are not expected of it."""
    expected = Threshold(Bound.AT_LEAST, gpus, f"{instance_type} in the catalogue of instance types")

    assert thresholds.gpus(instance_type) == expected


def test_an_unknown_type_has_no_threshold() -> None:
    """What is not known is not guessed."""
    assert thresholds.gpus("p99.metal") is None


def test_one_rank_with_other_parameters_is_too_many() -> None:
    """One checksum is all ranks alike."""
    assert thresholds.NO_DIFFERENT_CHECKSUMS.holds(1)
    assert not thresholds.NO_DIFFERENT_CHECKSUMS.holds(2)
