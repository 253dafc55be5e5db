"""Multiplies matrices on every GPU of the node at once, and tells what each reaches while all draw power."""

import argparse
import statistics
from contextlib import nullcontext

import clocks  # type: ignore[import-not-found]  # lies beside this file
import devices  # type: ignore[import-not-found]  # the same
import timing  # type: ignore[import-not-found]  # the same
from ending import answer  # type: ignore[import-not-found]  # the same

torch = devices.torch

Shape = tuple[int, int, int]  # rows of the first, columns of the second, and what they share
# Which of them a GPU is best at depends on its number of multiprocessors; the last is the H100's best in public
# (stas00/ml-engineering).
SHAPES: "dict[str, tuple[Shape, ...]]" = {
    "cuda": ((8192, 8192, 8192), (4096, 4096, 8192), (2048, 2048, 13312)),
    "cpu": ((512, 512, 512),),
}
PROBES = 5
REPETITIONS = {"cuda": 100, "cpu": 10}
EACH_SECONDS = {"cuda": 0.1, "cpu": 0.15}
IN_ALL_SECONDS = {"cuda": 20.0, "cpu": 3.0}
TERA = 1e12


def main(device: devices.Device, _options: argparse.Namespace) -> dict[str, object]:
    """The work on one device: the shape that it is best at, then many repetitions of that together with the others."""
    if not device.is_gpu:
        torch.set_num_threads(1)  # threads that wait for each other on a busy host tell of the host, not of the node
    dtype = _dtype(device)
    shape = _best(device, dtype)
    device.meet()
    with clocks.watched(device.smi_id) if device.is_gpu else nullcontext(clocks.Watch()) as watch:
        rates = _reached(device, shape, dtype, REPETITIONS[device.torch.type])
    return {"shape": shape, "precision": str(dtype).partition(".")[2], "tflop_per_second": rates, **watch.told()}


def flops(shape: Shape) -> int:
    """Floating-point operations of one multiplication: a product and a sum for each element of the three sides."""
    rows, columns, shared = shape
    return 2 * rows * columns * shared


def _dtype(device: devices.Device) -> object:
    if device.has_bf16:
        return torch.bfloat16
    return torch.float16 if device.is_gpu else torch.float32


def _best(device: devices.Device, dtype: object) -> Shape:
    shapes = SHAPES[device.torch.type]
    if len(shapes) == 1:
        return shapes[0]
    return max(shapes, key=lambda shape: statistics.median(_reached(device, shape, dtype, PROBES)))


def _reached(device: devices.Device, shape: Shape, dtype: object, repetitions: int) -> list[float]:
    """TFLOP/s of each repetition, on normal noise: zeros would draw less power and run faster."""
    rows, columns, shared = shape
    left = torch.randn(rows, shared, device=device.torch).to(dtype)
    right = torch.randn(shared, columns, device=device.torch).to(dtype)
    product = torch.empty(rows, columns, dtype=dtype, device=device.torch)
    kind = device.torch.type
    seconds = timing.repeated(
        device,
        lambda: torch.mm(left, right, out=product),
        repetitions,
        EACH_SECONDS[kind],
        IN_ALL_SECONDS[kind],
    )
    return [flops(shape) / each / TERA for each in seconds]


if __name__ == "__main__":
    answer(devices.run(main, devices.parser(__doc__).parse_args()))
