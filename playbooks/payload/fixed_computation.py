"""Computes the same thing again and again on every GPU: equal hardware and software must give equal bits.

The inputs are fractions of small integers, drawn by a generator that gives the same integers on every machine, so
that only the device can make a difference.
"""

import argparse
import ctypes
import hashlib
import os
from typing import Any

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS documentation, "Results Reproducibility"

import devices  # type: ignore[import-not-found]  # lies beside this file
from ending import answer  # type: ignore[import-not-found]  # the same

torch = devices.torch
Tensor = Any  # torch is imported by name, so its types are not read

SIDE = {"cuda": 8192, "cpu": 256}
REPETITIONS = {"cuda": 200, "cpu": 5}
SEED = 20240
LEVELS = 256
BY_WIDTH = {2: torch.int16, 4: torch.int32}


def main(device: devices.Device, _options: argparse.Namespace) -> dict[str, object]:
    """The work on one device: SHA-256 of each step's result, and how many repetitions gave other bits than the first.

    Repetitions are compared on the device: a hash of a gigabyte takes longer than the gigabyte.
    """
    torch.use_deterministic_algorithms(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    if not device.is_gpu:
        torch.set_num_threads(1)  # how many threads sum decides the order of the sum
    left, right = inputs(SIDE[device.torch.type], device.torch)
    repetitions = REPETITIONS[device.torch.type]
    device.meet()
    first = steps(left, right)
    unlike = dict.fromkeys(first, 0)
    for _ in range(repetitions - 1):
        for name, found in steps(left, right).items():
            unlike[name] += int(not torch.equal(bits(found), bits(first[name])))
    return {
        "repetitions": repetitions,
        "sha256": {name: digest(found) for name, found in first.items()},
        "unlike_first": unlike,
    }


def inputs(side: int, device: devices.TorchDevice) -> tuple[Tensor, Tensor]:
    """Two matrices of fractions between -1 and 1, float32, the same everywhere."""
    generator = torch.Generator().manual_seed(SEED)
    left, right = (torch.randint(-LEVELS, LEVELS, (side, side), generator=generator) for _ in range(2))
    return (left.to(device, torch.float32) / LEVELS), (right.to(device, torch.float32) / LEVELS)


def steps(left: Tensor, right: Tensor) -> dict[str, Tensor]:
    """The matrix units in bf16, the plain units in float32, and what adds up over rows and over everything."""
    product = torch.mm(left.bfloat16(), right.bfloat16())
    exact = torch.mm(left, right)
    weights = torch.softmax(exact / len(exact), dim=1)
    return {
        "bfloat16 product": product,
        "float32 product": exact,
        "softmax": weights,
        "sums": torch.stack([exact.sum(dim=0), exact.square().mean(dim=1), torch.tanh(left).sum(dim=0)]),
    }


def bits(tensor: Tensor) -> Tensor:
    """The same memory as integers: NaN equals itself there, and zero is not minus zero."""
    return tensor.view(BY_WIDTH[tensor.element_size()])


def digest(tensor: Tensor) -> str:
    """SHA-256 of a tensor's bytes."""
    held = tensor.detach().cpu().contiguous()
    return hashlib.sha256(ctypes.string_at(held.data_ptr(), held.numel() * held.element_size())).hexdigest()


if __name__ == "__main__":
    answer(devices.run(main, devices.parser(__doc__).parse_args()))
