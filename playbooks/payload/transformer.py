"""The model that the training step trains: a stack of transformer blocks, sized to the GPU's memory, small on a CPU.

It imitates a fixed function, tanh of a linear map, on inputs that each rank draws from a seed of its own: it can learn
it, and the same seeds give the same losses on the same device.
"""

import math
from typing import Any, NamedTuple

import ranks  # type: ignore[import-not-found]  # lies beside this file
from ending import Status, require  # type: ignore[import-not-found]  # the same

torch = ranks.torch
flop_counter = require("torch.utils.flop_counter", Status.NO_TORCH)
Model = Any  # torch is imported by name, so its types are not read
Tensor = Any

INPUTS, OUTPUTS = 64, 16
MODEL_SEED, TEACHER_SEED, DATA_SEED = 1, 2, 1000
FEED_FORWARD = 4  # widths
# Parameters, gradients and both moments of AdamW in float32, and what DistributedDataParallel and autocast copy.
STATE_BYTES_PER_PARAMETER = 20
ACTIVATION_BYTES_PER_VALUE = (
    60  # of one block's output, kept for the way back: 34 in bf16, more where norms are float32
)
MEMORY_SHARE = 0.8
LARGE_GPU_BYTES = 40e9
PASSES = 3  # of the forward pass: the backward pass computes a gradient for both factors of each product


class Size(NamedTuple):
    """How large the model is, and how many sequences of how many tokens a rank draws for a step."""

    width: int
    depth: int
    head: int
    sequence: int
    batch: int


CPU = Size(width=64, depth=2, head=16, sequence=16, batch=16)
GPU_DEPTH, GPU_HEAD, GPU_SEQUENCE = 4, 128, 2048


def size(device: ranks.Device) -> Size:
    """What fits the device."""
    if device.type != "cuda":
        return CPU
    return gpu_size(torch.cuda.get_device_properties(device).total_memory)


def gpu_size(memory_bytes: int) -> Size:
    """What fits a GPU: wide blocks, for the matrix units, and a batch, a power of two, that fills most of the rest."""
    width = 4096 if memory_bytes >= LARGE_GPU_BYTES else 2048
    parameters = GPU_DEPTH * (4 + 2 * FEED_FORWARD) * width**2
    room = MEMORY_SHARE * memory_bytes - STATE_BYTES_PER_PARAMETER * parameters
    sequences = room / (GPU_DEPTH * GPU_SEQUENCE * width * ACTIVATION_BYTES_PER_VALUE)
    return Size(width, GPU_DEPTH, GPU_HEAD, GPU_SEQUENCE, 2 ** max(0, math.floor(math.log2(max(1, sequences)))))


def model(size: Size, device: ranks.Device) -> Model:
    """The blocks between two linear maps; equal on every rank and every time."""
    torch.manual_seed(MODEL_SEED)
    with device:
        block = torch.nn.TransformerEncoderLayer(
            size.width,
            size.width // size.head,
            FEED_FORWARD * size.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        norm = torch.nn.LayerNorm(size.width)
        blocks = torch.nn.TransformerEncoder(block, size.depth, norm, enable_nested_tensor=False)
        return torch.nn.Sequential(torch.nn.Linear(INPUTS, size.width), blocks, torch.nn.Linear(size.width, OUTPUTS))


def flops(plain: Model, inputs: Tensor) -> int:
    """The model's floating-point operations in one step of a rank, by torch's FlopCounterMode; none counted twice."""
    with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
        plain(inputs)
    return PASSES * int(counter.get_total_flops())


class Data:
    """Batches without end, drawn from the rank's own seed."""

    def __init__(self, rank: ranks.Rank, size: Size) -> None:
        self.generator = torch.Generator(rank.device).manual_seed(DATA_SEED + rank.number)
        self.shape, self.device = (size.batch, size.sequence, INPUTS), rank.device
        teacher = torch.Generator().manual_seed(TEACHER_SEED)
        self.map = torch.randn(INPUTS, OUTPUTS, generator=teacher).to(rank.device) / math.sqrt(INPUTS)

    def draw(self) -> Tensor:
        """Inputs, (batch, sequence, INPUTS), and the teacher's answers to them, (batch, sequence, OUTPUTS)."""
        inputs = torch.randn(self.shape, generator=self.generator, device=self.device)
        return inputs, torch.tanh(inputs @ self.map)
