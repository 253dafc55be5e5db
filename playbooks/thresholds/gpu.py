"""What GPUs must reach: a part of what healthy ones of their model reached in public, which their peak can't tell.

What they must reach over PCIe is their instance type's, not their model's.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from components.catalogue.instance_types import InstanceType, known
from playbooks.findings import Bound, Threshold
from stacks.settings import Smoke

TERA, GIGA = 1e12, 1e9
# Healthy GPUs of one model differ by 5 % and more (stas00/ml-engineering, "Not all accelerators are created equal").
PART = 0.9


class Reached(NamedTuple):
    """What one GPU of a model reached in public, and who measured it; None where nobody did.

    Attributes:
        gemm: FLOP/s of a bfloat16 matrix multiplication while it is repeated, median or mean of many: what a GPU holds
            at its power limit.
        best_gemm: the same of the best of many shapes, on a GPU alone that has time to cool: more than it holds.
        memory: bytes/s of STREAM's triad in its own memory.
    """

    gemm: tuple[float, str] | None
    best_gemm: tuple[float, str]
    memory: tuple[float, str] | None


_ML_ENGINEERING = "stas00/ml-engineering, maximum achievable matmul FLOPS"
_TORCH_DATA = "zzc0721/torch-performance-test-data"
_TRIAD = "public triad figures of SXM boards"
_A10G = (66.6 * TERA, f"{_TORCH_DATA}#126")
_A100 = (271.2 * TERA, f"{_ML_ENGINEERING}, A100 SXM")
# 72 W hold it far below its peak: 70.9 TFLOP/s for an instant, 54.9 to 59.4 at larger sizes.
_L4 = (54.9 * TERA, f"{_TORCH_DATA}#120")
_L40S = (269 * TERA, f"{_TORCH_DATA}#43")
_H100_BEST = (794.5 * TERA, f"{_ML_ENGINEERING}, H100 SXM")
# torch.matmul of 8192 by 8192 by 8192 on AWS P5: 714.5, 757.7, 752.9, 733.0 and 729.4 TFLOP/s. An H200 has the same
# multiprocessors and the same 700 W.
_H100 = (729.4 * TERA, "torch.matmul on AWS P5, Hugging Face's Smol Training Playbook")
REACHED: Mapping[tuple[str, int], Reached] = {  # by name and memory in MiB, as in the catalogue
    ("A10G", 22888): Reached(_A10G, _A10G, None),
    ("A100", 40960): Reached(
        _A100, _A100, (1227 * GIGA, "CUDA's bandwidthTest, device to device, jdh4/della-gpu-A100")
    ),
    ("A100", 81920): Reached(_A100, _A100, (1700 * GIGA, _TRIAD)),
    ("L4", 22888): Reached(_L4, _L4, None),
    ("L40S", 45776): Reached(_L40S, _L40S, None),
    ("H100", 81920): Reached(_H100, _H100_BEST, (2970 * GIGA, _TRIAD)),
    ("H200", 144384): Reached(_H100, _H100_BEST, (4150 * GIGA, _TRIAD)),
    ("B200", 183359): Reached(None, (1745 * TERA, f"{_ML_ENGINEERING}, B200"), None),
    ("B300", 275040): Reached(None, (1769 * TERA, f"{_ML_ENGINEERING}, B300"), None),
}

# bytes/s between pinned memory of the host and one GPU alone, in the slower direction, by instance type: what holds a
# copy is the GPU's uplink to the CPU, which two types of one GPU don't share. Dumps of PCI in ai-dynamo/nixl
# (test/unit/utils/libfabric/topo) and aws-ofi-nccl (topology) tell the links: p5 8 lanes of PCIe 4.0 a GPU, 15.75 GB/s;
# p5en 16 of 5.0, 63 GB/s; p4d 16 of 3.0 for two GPUs, 15.75 GB/s, of which nobody has published what is reached.
_P5 = (14.2 * GIGA, "nvbandwidth's copy engine on AWS P5, Hugging Face's Smol Training Playbook")
HOST_DEVICE_REACHED: Mapping[str, tuple[float, str]] = {
    "p5.48xlarge": _P5,
    "p5e.48xlarge": _P5,
    "p5en.48xlarge": (55.1 * GIGA, "nvbandwidth's copy engine on PCIe 5.0 x16, H200"),
}

# Llama 3 405B trained at 38 to 43 % of the peak of 16,384 H100s, whose best GEMM reaches 80 % ("The Llama 3 Herd of
# Models", table 4). A model that fits one GPU has it easier.
TRAINING_OF_GEMM = 0.38 / 0.80
NETWORK_PART = 0.5  # of the rate of a node's cards, for the gradients; the all-reduce itself is judged elsewhere

FEWEST_CPU_NODES = 3
CPU_PART = 1 / 3  # nodes of a sandbox share their host: its cores gave healthy ones from 0.7 to 2.8 of the median

SAME_BITS = Threshold(
    Bound.AT_MOST, 0, "fixed inputs and deterministic algorithms: the same hardware and software give the same bits"
)


def gemm(smoke: Smoke, type_name: str) -> Threshold | None:
    """TFLOP/s that each GPU must reach; None where nothing tells."""
    if (minimum := smoke.gpu.minimum_gemm_tflop_per_second) is not None:
        return Threshold(Bound.AT_LEAST, minimum, "smoke.gpu.minimumGemmTflopPerSecond of the settings")
    kind = known(type_name)
    found, peak = _reached(kind), kind.accelerator_peak.bf16_flop_per_second if kind else None
    return _part(found and found.gemm, peak, "TFLOP/s", TERA)


def memory_bandwidth(smoke: Smoke, type_name: str) -> Threshold | None:
    """GB/s of triad that each GPU must reach; None where nothing tells."""
    if (minimum := smoke.gpu.minimum_memory_bandwidth_gb_per_second) is not None:
        return Threshold(Bound.AT_LEAST, minimum, "smoke.gpu.minimumMemoryBandwidthGbPerSecond of the settings")
    kind = known(type_name)
    found, peak = _reached(kind), kind.accelerator_peak.memory_bytes_per_second if kind else None
    return _part(found and found.memory, peak, "GB/s", GIGA)


def host_device_bandwidth(smoke: Smoke, type_name: str) -> Threshold | None:
    """GB/s that each GPU must reach alone, in both directions; None where nothing tells."""
    if (minimum := smoke.gpu.minimum_host_device_bandwidth_gb_per_second) is not None:
        return Threshold(Bound.AT_LEAST, minimum, "smoke.gpu.minimumHostDeviceBandwidthGbPerSecond of the settings")
    return _part(HOST_DEVICE_REACHED.get(type_name), None, "GB/s", GIGA)


def strictest(*thresholds: Threshold | None) -> Threshold | None:
    """The highest of those that there are; None where there is none."""
    return max((each for each in thresholds if each), key=lambda each: each.value, default=None)


def of_cpus(rates: Mapping[str, float]) -> Threshold | None:
    """What each node's CPUs must reach, by what the fleet's reach; None where there are too few to compare."""
    if len(rates) < FEWEST_CPU_NODES:
        return None
    middle = median(rates.values())
    source = f"{100 * CPU_PART:.0f} % of {middle:.3g}, the median of the fleet's {len(rates)}"
    return Threshold(Bound.AT_LEAST, CPU_PART * middle, source)


def model_flop_utilisation(
    smoke: Smoke, type_names: Sequence[str], flops_per_step: int, gradient_bytes: int
) -> Threshold | None:
    """Percent of the peak that a training step must reach on nodes of these types; None where nothing tells.

    The least is computed for a step that waits for its gradients: what GPUs take for it that reach their part, and what
    the network takes at its part of the rate of a node's cards. The slowest type decides.
    """
    if (minimum := smoke.training.minimum_model_flop_utilisation_percent) is not None:
        where = "smoke.training.minimumModelFlopUtilisationPercent of the settings"
        return Threshold(Bound.AT_LEAST, minimum, where)
    floors = [_utilisation(known(name), len(type_names), flops_per_step, gradient_bytes) for name in type_names]
    told = [floor for floor in floors if floor is not None]
    return min(told, key=lambda each: each.value) if len(told) == len(floors) else None


def _utilisation(kind: InstanceType | None, nodes: int, flops_per_step: int, gradient_bytes: int) -> Threshold | None:
    found, rate = _reached(kind), kind.nic_gbit_per_second if kind else None
    peak = kind.accelerator_peak.bf16_flop_per_second if kind else None
    if not found or not peak or (nodes > 1 and not rate):
        return None
    network_seconds = 0.0
    if rate:
        network_seconds = 2 * (nodes - 1) / nodes * gradient_bytes / (NETWORK_PART * rate * GIGA / 8)
    reached = found.best_gemm
    seconds = flops_per_step / (TRAINING_OF_GEMM * reached[0]) + network_seconds
    source = (
        f"{100 * TRAINING_OF_GEMM:.0f} % of the {reached[0] / TERA:g} TFLOP/s that a GEMM reached in public"
        f" ({reached[1]}), as Llama 3 405B's training, and {1000 * network_seconds:.3g} ms a step for the gradients"
        f" at half the network's rate"
    )
    return Threshold(Bound.AT_LEAST, 100 * flops_per_step / seconds / peak, source)


def _reached(kind: InstanceType | None) -> Reached | None:
    return REACHED.get((kind.accelerator, kind.accelerator_memory_mib)) if kind else None


def _part(reached: tuple[float, str] | None, peak: float | None, unit: str, size: float) -> Threshold | None:
    """The part of what was reached that healthy ones reach, in this unit, and what it is of the maker's peak."""
    if reached is None:
        return None
    of_peak = f", {100 * reached[0] / peak:.0f} % of the peak of {peak / size:g}" if peak else ""
    source = f"{100 * PART:g} % of the {reached[0] / size:g} {unit} measured in public ({reached[1]}){of_peak}"
    return Threshold(Bound.AT_LEAST, PART * reached[0] / size, source)
