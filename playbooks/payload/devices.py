"""Runs one piece of work on every GPU of a node at once, one process a GPU, or on its CPUs where it has no GPU."""

import argparse
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import processes  # type: ignore[import-not-found]  # lies beside this file
from ending import Status, require  # type: ignore[import-not-found]  # the same

torch = require("torch", Status.NO_TORCH)

BF16_CAPABILITY = (8, 0)  # Ampere, the first with matrix units for bf16
WAIT_SECONDS = 120  # the first use of a GPU takes seconds, and more where the driver does not stay loaded
DRIVER = re.compile(r"Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s")  # of /proc/driver/nvidia/version
# torch is imported by name, so its types are not read.
TorchDevice = Any
Barrier = Any


class Device(NamedTuple):
    """One GPU, or all CPUs: its place among all of the node, torch's name of it, and where all of them meet."""

    number: int
    total: int
    torch: TorchDevice
    barrier: Barrier

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU."""
        return bool(self.torch.type == "cuda")

    @property
    def has_bf16(self) -> bool:
        """Whether it has matrix units for bf16; CPUs count as none."""
        return self.is_gpu and torch.cuda.get_device_capability(self.torch) >= BF16_CAPABILITY

    @property
    def smi_id(self) -> str:
        """What nvidia-smi calls it: its UUID where torch tells it (from 2.4 on), else its place on the bus."""
        uuid = getattr(torch.cuda.get_device_properties(self.torch), "uuid", None)
        return f"GPU-{uuid}" if uuid else str(self.number)

    def settle(self) -> None:
        """Until the device has done all that it was asked."""
        if self.is_gpu:
            torch.cuda.synchronize(self.torch)

    def meet(self) -> None:
        """Until all devices of the node are here."""
        if self.barrier is not None:
            self.barrier.wait(WAIT_SECONDS)


Work = Callable[[Device, argparse.Namespace], dict[str, object]]


def parser(description: "str | None") -> argparse.ArgumentParser:
    """The arguments that every program takes."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--processes", type=int, default=0, help="0: one a GPU, one where there is none")
    return arguments


def run(work: Work, options: argparse.Namespace) -> dict[str, object]:
    """The node's answer: what its devices share, and `devices`, what each is and what `work` says of it."""
    gpus = torch.cuda.device_count()
    count = options.processes or gpus or 1
    if count == 1 and not gpus:
        found = [_one(0, work, options, 1, None)]
    else:
        barrier = processes.multiprocessing.get_context("spawn").Barrier(count)
        found = processes.spawn(_one, (work, options, count, barrier), count)
    return {
        "hostname": socket.gethostname(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda if gpus else None,
        "driver": driver(_text("/proc/driver/nvidia/version")) if gpus else None,
        "devices": found,
    }


def driver(text: str) -> "str | None":
    """The release of NVIDIA's driver as its kernel module tells it."""
    found = DRIVER.search(text)
    return found.group(1) if found else None


def cpu(text: str) -> str:
    """The model in /proc/cpuinfo; Arm's names none."""
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return models[0] if models else "CPU"


def _one(local: int, work: Work, options: argparse.Namespace, count: int, barrier: Barrier) -> dict[str, object]:
    gpu = torch.cuda.device_count() > 0
    device = Device(local, count, torch.device("cuda", local) if gpu else torch.device("cpu"), barrier)
    if gpu:
        torch.cuda.set_device(device.torch)
    return {"index": local, **_described(device), **work(device, options)}


def _described(device: Device) -> dict[str, object]:
    if not device.is_gpu:
        return {"name": cpu(_text("/proc/cpuinfo")), "uuid": "", "memory_mib": 0, "units": torch.get_num_threads()}
    known = torch.cuda.get_device_properties(device.torch)
    uuid = device.smi_id if device.smi_id.startswith("GPU-") else ""
    units = known.multi_processor_count
    return {"name": known.name, "uuid": uuid, "memory_mib": known.total_memory >> 20, "units": units}


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
