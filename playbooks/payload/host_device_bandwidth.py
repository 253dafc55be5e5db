"""Copies between the node's memory and its GPUs': each GPU alone, as its link allows, then all of them at once."""

import argparse
import os
import subprocess
from pathlib import Path
from typing import Any

import devices  # type: ignore[import-not-found]  # lies beside this file
import timing  # type: ignore[import-not-found]  # the same
from ending import answer  # type: ignore[import-not-found]  # the same

torch = devices.torch

BUFFER_BYTES = {"cuda": 1 << 29, "cpu": 1 << 24}
REPETITIONS = {"cuda": 10, "cpu": 3}
EACH_SECONDS = {"cuda": 0.05, "cpu": 0.01}
IN_ALL_SECONDS = 10.0
GIGA = 1e9
Rates = dict[str, list[float]]
Tensor = Any  # torch is imported by name, so its types are not read


def main(device: devices.Device, _options: argparse.Namespace) -> dict[str, object]:
    """The work on one device: GB/s of each repetition in both directions, while the others rest and while they copy."""
    if device.is_gpu:
        _stay_near(_bus_address(device.smi_id))
    size = BUFFER_BYTES[device.torch.type]
    host = torch.ones(size, dtype=torch.uint8, pin_memory=device.is_gpu)
    own = torch.ones(size, dtype=torch.uint8, device=device.torch)
    alone: Rates = {}
    for turn in range(device.total):
        device.meet()
        if turn == device.number:
            alone = _both_ways(device, host, own)
    device.meet()
    return {"buffer_bytes": size, "alone": alone, "together": _both_ways(device, host, own)}


def cpus(text: str) -> set[int]:
    """The numbers in a list of the kernel, such as `0-3,8,10-11`."""
    spans = [part.split("-") for part in text.strip().split(",") if part]
    return {number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)}


def _both_ways(device: devices.Device, host: Tensor, own: Tensor) -> Rates:
    return {
        "to_device_gb_per_second": _reached(device, own, host),
        "to_host_gb_per_second": _reached(device, host, own),
    }


def _reached(device: devices.Device, target: Tensor, source: Tensor) -> list[float]:
    kind = device.torch.type
    seconds = timing.repeated(
        device,
        lambda: target.copy_(source, non_blocking=True),
        REPETITIONS[kind],
        EACH_SECONDS[kind],
        IN_ALL_SECONDS,
    )
    return [BUFFER_BYTES[kind] / each / GIGA for each in seconds]


def _bus_address(smi_id: str) -> str:
    """The GPU's place on the PCI bus as the kernel writes it, `0000:53:00.0`; empty where nvidia-smi tells none."""
    words = ["nvidia-smi", f"--id={smi_id}", "--query-gpu=pci.bus_id", "--format=csv,noheader"]
    try:
        said = subprocess.run(words, capture_output=True, timeout=30, check=False).stdout  # noqa: S603 - as installed
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.decode(errors="replace").strip().lower()[-len("0000:00:00.0") :]


def _stay_near(address: str) -> None:
    """Run on the CPUs next to the GPU, so that the buffer lies in their memory, as nvbandwidth does."""
    file = Path("/sys/bus/pci/devices", address, "local_cpulist")
    near = cpus(file.read_text(encoding="ascii")) & os.sched_getaffinity(0) if address and file.exists() else set()
    if near:
        os.sched_setaffinity(0, near)


if __name__ == "__main__":
    answer(devices.run(main, devices.parser(__doc__).parse_args()))
