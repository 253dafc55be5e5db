"""Moves arrays through every GPU's own memory at once; bytes are counted as STREAM counts them."""

import argparse
from collections.abc import Callable

import devices  # type: ignore[import-not-found]  # lies beside this file
import timing  # type: ignore[import-not-found]  # the same
from ending import answer  # type: ignore[import-not-found]  # the same

torch = devices.torch

ELEMENT_BYTES = 4  # float32
ARRAY_BYTES = {"cuda": 1 << 30, "cpu": 1 << 24}  # a GPU's cache holds up to 126 MiB (B200)
REPETITIONS = {"cuda": 30, "cpu": 3}
EACH_SECONDS = {"cuda": 0.1, "cpu": 0.01}
IN_ALL_SECONDS = 20.0
SCALE = 0.5
GIGA = 1e9


def main(device: devices.Device, _options: argparse.Namespace) -> dict[str, object]:
    """The work on one device: copy (one read, one write) and triad (two reads, one write), GB/s of each repetition."""
    elements = ARRAY_BYTES[device.torch.type] // ELEMENT_BYTES
    target, left, right = (torch.ones(elements, device=device.torch) for _ in range(3))
    device.meet()
    copy = _reached(device, lambda: target.copy_(left), 2 * elements)
    device.meet()
    triad = _reached(device, lambda: torch.add(left, right, alpha=SCALE, out=target), 3 * elements)
    return {"array_bytes": elements * ELEMENT_BYTES, "copy_gb_per_second": copy, "triad_gb_per_second": triad}


def _reached(device: devices.Device, work: Callable[[], object], elements: int) -> list[float]:
    kind = device.torch.type
    seconds = timing.repeated(device, work, REPETITIONS[kind], EACH_SECONDS[kind], IN_ALL_SECONDS)
    return [elements * ELEMENT_BYTES / each / GIGA for each in seconds]


if __name__ == "__main__":
    answer(devices.run(main, devices.parser(__doc__).parse_args()))
