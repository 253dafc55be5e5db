import pytest

from components.catalogue.accelerators import PEAKS
from components.catalogue.instance_types import instance_type
from playbooks.findings import Bound, Threshold
from playbooks.thresholds import gpu
from stacks.settings import Smoke

DEFAULTS = Smoke()
FLOPS, GRADIENT_BYTES = 350_000_000_000_000, 3_200_000_000  # of a step on a GPU that reaches 350 TFLOP/s in a second


@pytest.mark.parametrize("model", gpu.REACHED)
def test_nobody_reached_more_than_the_maker_states(model: tuple[str, int]) -> None:
    """And every model is one of the catalogue's."""
    peak, reached = PEAKS[model], gpu.REACHED[model]

    assert peak.bf16_flop_per_second is not None
    assert 0.4 * peak.bf16_flop_per_second < reached.best_gemm[0] < peak.bf16_flop_per_second
    assert reached.gemm is None or reached.gemm[0] <= reached.best_gemm[0]
    if reached.memory is not None:
        assert peak.memory_bytes_per_second is not None
        assert 0.7 * peak.memory_bytes_per_second < reached.memory[0] < peak.memory_bytes_per_second


@pytest.mark.parametrize(
    ("type_name", "gemm", "memory", "host_device"),
    [
        ("p4d.24xlarge", 244.08, 1104.3, None),
        ("p4de.24xlarge", 244.08, 1530.0, None),
        ("p5.4xlarge", 656.46, 2673.0, None),
        ("p5.48xlarge", 656.46, 2673.0, 12.78),
        ("p5e.48xlarge", 656.46, 3735.0, 12.78),
        ("p5en.48xlarge", 656.46, 3735.0, 49.59),
        ("p6-b200.48xlarge", None, None, None),
        ("p6-b300.48xlarge", None, None, None),
        ("g5.12xlarge", 59.94, None, None),
        ("g6f.large", None, None, None),  # an eighth of an L4
        ("g4dn.12xlarge", None, None, None),
        ("c6in.32xlarge", None, None, None),
        ("z9.metal", None, None, None),
    ],
)
def test_a_type_must_reach_nine_tenths_of_what_its_gpu_did(
    type_name: str, gemm: float | None, memory: float | None, host_device: float | None
) -> None:
    """Nothing where nobody has told; over PCIe it is the type that counts, for one H200 has four times another's."""
    found = [judge(DEFAULTS, type_name) for judge in (gpu.gemm, gpu.memory_bandwidth, gpu.host_device_bandwidth)]

    assert [each and each.value for each in found] == [
        None if value is None else pytest.approx(value) for value in (gemm, memory, host_device)
    ]
    assert all("measured in public" in each.source for each in found if each)


# The uplink of one GPU: what PCI tells of the types (ai-dynamo/nixl and aws-ofi-nccl, dumps of each).
@pytest.mark.parametrize(
    ("type_name", "gb_per_second"), [("p5.48xlarge", 15.75), ("p5e.48xlarge", 15.75), ("p5en.48xlarge", 63.0)]
)
def test_nobody_must_reach_more_than_the_uplink_carries(type_name: str, gb_per_second: float) -> None:
    """8 lanes of PCIe 4.0, or 16 of 5.0."""
    threshold = gpu.host_device_bandwidth(DEFAULTS, type_name)

    assert threshold is not None
    assert 0.7 * gb_per_second < threshold.value < gb_per_second


def test_every_type_with_an_uplink_is_in_the_catalogue() -> None:
    """By its name."""
    assert [name for name in gpu.HOST_DEVICE_REACHED if instance_type(name).accelerator not in ("H100", "H200")] == []


def test_the_settings_come_first() -> None:
    """And each names its key."""
    smoke = Smoke.model_validate(
        {
            "gpu": {
                "minimumGemmTflopPerSecond": 1,
                "minimumMemoryBandwidthGbPerSecond": 2,
                "minimumHostDeviceBandwidthGbPerSecond": 3,
            },
            "training": {"minimumModelFlopUtilisationPercent": 4},
        }
    )
    found = [
        gpu.gemm(smoke, "p5.48xlarge"),
        gpu.memory_bandwidth(smoke, "p5.48xlarge"),
        gpu.host_device_bandwidth(smoke, "p5.48xlarge"),
        gpu.model_flop_utilisation(smoke, ["p5.48xlarge"], FLOPS, GRADIENT_BYTES),
    ]

    assert [each and (each.value, each.source) for each in found] == [
        (1, "smoke.gpu.minimumGemmTflopPerSecond of the settings"),
        (2, "smoke.gpu.minimumMemoryBandwidthGbPerSecond of the settings"),
        (3, "smoke.gpu.minimumHostDeviceBandwidthGbPerSecond of the settings"),
        (4, "smoke.training.minimumModelFlopUtilisationPercent of the settings"),
    ]


def test_the_stricter_of_two_counts() -> None:
    """And the one that there is."""
    low, high = (Threshold(Bound.AT_LEAST, value, "") for value in (1, 2))

    assert gpu.strictest(low, high) is high
    assert gpu.strictest(None, low) is low
    assert gpu.strictest(None, None) is None


def test_cpus_are_compared_from_three_nodes_on() -> None:
    """A third of their median."""
    assert gpu.of_cpus({"a": 1.0, "b": 2.0}) is None
    found = gpu.of_cpus({"a": 1.0, "b": 3.0, "c": 60.0})

    assert found is not None
    assert found.value == pytest.approx(1.0)


# torch.matmul of 8192 by 8192 by 8192 on five runs of AWS P5 (Hugging Face's Smol Training Playbook).
@pytest.mark.parametrize("tflop_per_second", [714.5, 757.7, 752.9, 733.0, 729.4])
def test_every_run_that_was_published_of_aws_p5_passes_with_room(tflop_per_second: float) -> None:
    """At least 8 %: healthy GPUs of one model differ by 5 % and more."""
    threshold = gpu.gemm(DEFAULTS, "p5.48xlarge")

    assert threshold is not None
    assert threshold.value * 1.08 < tflop_per_second


def test_training_on_a_gpu_is_judged_where_only_its_best_gemm_is_known() -> None:
    """By hand: 0.38 / 0.8 of 1,745 TFLOP/s, of a peak of 2,250."""
    found = gpu.model_flop_utilisation(DEFAULTS, ["p6-b200.48xlarge"], FLOPS, GRADIENT_BYTES)

    assert found is not None
    assert found.value == pytest.approx(100 * 0.475 * 1745 / 2250)


def test_one_node_must_reach_what_llama_did_of_what_a_gemm_does() -> None:
    """By hand: 0.38 / 0.8 of 794.5 TFLOP/s, of a peak of 989.5."""
    found = gpu.model_flop_utilisation(DEFAULTS, ["p5.48xlarge"], FLOPS, GRADIENT_BYTES)

    assert found is not None
    assert found.value == pytest.approx(100 * 0.475 * 794.5 / 989.5)


def test_several_nodes_may_wait_for_the_gradients() -> None:
    """By hand: 2 x 1/2 x 3.2 GB at half of 3,200 Gbit/s are 16 ms, beside 0.927 s; on slow cards it is far longer."""
    fast = gpu.model_flop_utilisation(DEFAULTS, ["p5.48xlarge"] * 2, FLOPS, GRADIENT_BYTES)
    slow = gpu.model_flop_utilisation(DEFAULTS, ["g6e.12xlarge"] * 2, FLOPS, GRADIENT_BYTES)

    assert fast is not None
    assert fast.value == pytest.approx(100 * 350 / (350 / (0.475 * 794.5) + 0.016) / 989.5)
    assert "16 ms a step" in fast.source
    assert slow is not None
    assert slow.value < 35


@pytest.mark.parametrize("types", [["c6in.32xlarge"], ["z9.metal"], ["p5.48xlarge", "g4dn.12xlarge"]])
def test_where_one_type_is_unknown_nothing_is_known(types: list[str]) -> None:
    """Ranks step together."""
    assert gpu.model_flop_utilisation(DEFAULTS, types, FLOPS, GRADIENT_BYTES) is None
