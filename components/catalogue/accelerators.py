"""What one accelerator can do at best, as its maker states it: the ceilings that measured figures are held against."""

from typing import NamedTuple

TERA, GIGA = 1e12, 1e9


class Peak(NamedTuple):
    """What the maker states of one accelerator; None where it states nothing, or the accelerator can't do it.

    Attributes:
        bf16_flop_per_second: dense (no structured sparsity) bfloat16 matrix multiplication. Data sheets often give
            the figure with 2:4 sparsity, twice as much.
        memory_bytes_per_second: bandwidth of its own memory.
        source: where both figures stand.
    """

    bf16_flop_per_second: float | None
    memory_bytes_per_second: float | None
    source: str


UNKNOWN = Peak(None, None, "no figure is known")
NEURON = "AWS Neuron documentation, "
PEAKS: dict[tuple[str, int], Peak] = {  # by name and memory in MiB: the API calls both kinds of A100 "A100"
    ("V100", 32768): Peak(None, 900 * GIGA, "NVIDIA V100 data sheet, SXM2; Volta has no bfloat16"),
    ("T4", 16384): Peak(None, 320 * GIGA, "NVIDIA T4 data sheet; Turing has no bfloat16"),
    ("T4g", 16384): Peak(None, None, "made for AWS, without a public data sheet; Turing has no bfloat16"),
    ("A10G", 22888): Peak(70 * TERA, 600 * GIGA, "NVIDIA A10G data sheet for Amazon EC2 G5"),
    ("A100", 40960): Peak(312 * TERA, 1555 * GIGA, "NVIDIA A100 data sheet, SXM 40 GB"),
    ("A100", 81920): Peak(312 * TERA, 2039 * GIGA, "NVIDIA A100 data sheet, SXM 80 GB"),
    ("L4", 22888): Peak(121 * TERA, 300 * GIGA, "NVIDIA L4 data sheet: 242 TFLOP/s with sparsity"),
    ("L40S", 45776): Peak(362.05 * TERA, 864 * GIGA, "NVIDIA L40S data sheet"),
    ("H100", 81920): Peak(989.5 * TERA, 3350 * GIGA, "NVIDIA H100 data sheet, SXM: 1,979 TFLOP/s with sparsity"),
    ("H200", 144384): Peak(989.5 * TERA, 4800 * GIGA, "NVIDIA H200 data sheet, SXM: 1,979 TFLOP/s with sparsity"),
    ("B200", 183359): Peak(  # 7,680 bits at 3,996 MHz are 7,672 GB/s (pytorch/ao#4002)
        2250 * TERA, 7700 * GIGA, "NVIDIA HGX B200 data sheet: 36 PFLOP/s of eight, with sparsity; 7.7 TB/s of each"
    ),
    ("B300", 275040): Peak(2250 * TERA, 8000 * GIGA, "NVIDIA HGX B300 data sheet: 36 PFLOP/s of eight, with sparsity"),
    ("RTX PRO Server 6000", 98304): Peak(
        None, 1597 * GIGA, "NVIDIA RTX PRO 6000 Blackwell Server Edition data sheet, which states no bfloat16"
    ),
    ("RTX PRO 4500", 32768): UNKNOWN,
    ("Inferentia", 8192): Peak(64 * TERA, 50 * GIGA, f"{NEURON}Inferentia Architecture"),
    ("Inferentia2", 32768): Peak(190 * TERA, 820 * GIGA, f"{NEURON}Inferentia2 Architecture"),
    ("Trainium", 32768): Peak(190 * TERA, 820 * GIGA, f"{NEURON}Trainium Architecture"),
    ("Trainium2", 98304): Peak(667 * TERA, 2900 * GIGA, f"{NEURON}Trainium2 Architecture"),
}

NVLINKS: dict[str, int] = {  # links of one GPU, on the modules that have them; NVIDIA's data sheets (SXM, HGX)
    "V100": 6,
    "A100": 12,
    "H100": 18,
    "H200": 18,
    "B200": 18,
    "B300": 18,
}

# Lanes of PCIe to which a GPU is wired on AWS, where these are fewer than nvidia-smi's own maximum, 16 of each. DCGM's
# diagnosis wants 8 of an A10G (min_pci_width of its diag-skus), and so must its callers of an L4 (the health check of
# AWS ParallelCluster); PCI of g5.48xlarge and g6.48xlarge shows 8 of every GPU (ai-dynamo/nixl, dumps of topologies).
BUILT_LANES: dict[str, int] = {"A10G": 8, "L4": 8}


def peak(name: str, memory_mib: int) -> Peak:
    """What is known of one accelerator, by its name in the catalogue and its memory; `UNKNOWN` of any other.

    A part of an accelerator, such as an eighth of an L4, has less memory, and no figure of its own.
    """
    return PEAKS.get((name, memory_mib), UNKNOWN)
