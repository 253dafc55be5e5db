"""Trains a small model on all ranks with DistributedDataParallel: does it learn, and do all ranks end up the same?

The model is a perceptron that imitates a fixed function, tanh of a linear map, on inputs that each rank draws from a
seed of its own: it can learn it, and the same seeds give the same losses on the same device.
"""

import argparse
import ctypes
import hashlib
import math
import statistics
import time
from typing import Any

import ranks  # type: ignore[import-not-found]  # lies beside this file
from ending import Status, answer, require  # type: ignore[import-not-found]  # the same

torch = ranks.torch
dist = ranks.dist
flop_counter = require("torch.utils.flop_counter", Status.NO_TORCH)
Model = Any  # torch is imported by name, so its types are not read
Tensor = Any

INPUTS, OUTPUTS, HIDDEN_LAYERS = 256, 16, 3
WIDTH = {"cuda": 2048, "cpu": 256}
BATCH = {"cuda": 65536, "cpu": 128}
# On a CPU 60 steps end at a tenth of the first loss at every width from 256 to 2048 with batches of 128, and lower with
# larger ones: 0.089 at a width of 2048 with 1,024, 0.052 at 256 with 8,192. In bf16 it is the same, 0.107 at 256.
RATE_TIMES_WIDTH = 0.768
WARM_UP = 5
CURVE_POINTS = 60
MODEL_SEED, TEACHER_SEED, DATA_SEED = 1, 2, 1000
BF16_CAPABILITY = (8, 0)  # Ampere, the first with matrix units for bf16


def model(width: int) -> Model:
    """The perceptron; equal on every rank and every time."""
    torch.manual_seed(MODEL_SEED)
    widths = [INPUTS] + [width] * HIDDEN_LAYERS
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):  # noqa: B905, RUF007 - Python 3.9
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.GELU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(width, OUTPUTS))


def flops(plain: Model, inputs: Tensor, targets: Tensor) -> int:
    """Floating-point operations of one forward and backward pass, as torch's FlopCounterMode counts them."""
    with flop_counter.FlopCounterMode(display=False) as counter:
        torch.nn.functional.mse_loss(plain(inputs), targets).backward()
    plain.zero_grad()
    return int(counter.get_total_flops())


def checksum(trained: Model) -> str:
    """SHA-256 of the bytes of all parameters, in the model's order."""
    digest = hashlib.sha256()
    for parameter in trained.parameters():
        tensor = parameter.detach().cpu().contiguous()
        digest.update(ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()))
    return digest.hexdigest()


class Data:
    """Batches without end, drawn from the rank's own seed."""

    def __init__(self, rank: ranks.Rank) -> None:
        self.generator = torch.Generator(rank.device).manual_seed(DATA_SEED + rank.number)
        self.batch, self.device = BATCH[rank.device.type], rank.device
        teacher = torch.Generator().manual_seed(TEACHER_SEED)
        self.map = torch.randn(INPUTS, OUTPUTS, generator=teacher).to(rank.device) / math.sqrt(INPUTS)

    def draw(self) -> Tensor:
        """Inputs of the shape (batch, INPUTS) and the teacher's answers to them, (batch, OUTPUTS)."""
        inputs = torch.randn(self.batch, INPUTS, generator=self.generator, device=self.device)
        return inputs, torch.tanh(inputs @ self.map)


def main(rank: ranks.Rank, options: argparse.Namespace) -> dict[str, object]:
    """The work of one rank."""
    data, kind = Data(rank), rank.device.type
    plain = model(WIDTH[kind]).to(rank.device)
    counted = flops(plain, *data.draw())
    trained = torch.nn.parallel.DistributedDataParallel(plain)
    optimizer = torch.optim.AdamW(trained.parameters(), lr=RATE_TIMES_WIDTH / WIDTH[kind])
    bf16 = kind == "cuda" and torch.cuda.get_device_capability(rank.device) >= BF16_CAPABILITY
    losses, seconds = [], []
    for _ in range(options.steps):
        inputs, targets = data.draw()
        begun = _now(rank)
        with torch.autocast(kind, torch.bfloat16, enabled=bf16):
            loss = torch.nn.functional.mse_loss(trained(inputs).float(), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds.append(_now(rank) - begun)
        losses.append(loss.detach())
    return {
        "losses": _curve(_averaged(losses)),
        "non_finite_losses": sum(not math.isfinite(loss) for loss in torch.stack(losses).tolist()),
        "checksum": checksum(plain),
        "step_seconds": statistics.median(seconds[WARM_UP:]),
        "samples_per_step": data.batch,
        "flops_per_step": counted,
        "precision": "bfloat16" if bf16 else "float32",
    }


def _averaged(losses: list[Tensor]) -> list[object]:
    """The losses of all ranks, averaged step by step; None where one is not finite."""
    together = torch.stack(losses).double()
    dist.all_reduce(together)
    means = (together / dist.get_world_size()).tolist()
    return [mean if math.isfinite(mean) else None for mean in means]


def _curve(losses: list[object]) -> list[list[object]]:
    """Pairs of step and loss, the first and the last among them, as many as a plot can show."""
    steps = range(0, len(losses), max(1, len(losses) // CURVE_POINTS))
    return [[step, losses[step]] for step in sorted({*steps, len(losses) - 1})]


def _now(rank: ranks.Rank) -> float:
    """The clock once the device has done all that it was asked."""
    if rank.device.type == "cuda":
        torch.cuda.synchronize(rank.device)
    return time.perf_counter()


if __name__ == "__main__":
    arguments = ranks.parser(__doc__)
    arguments.add_argument("--steps", required=True, type=int, help=f"more than {WARM_UP}, which are not timed")
    answer(ranks.run(main, arguments.parse_args()))
