"""What a node is made of, what commands print on it, and what its clock says. Needs nothing but Python."""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import time
from importlib import metadata, util
from pathlib import Path

import commands_again  # type: ignore[import-not-found]  # lies beside this file
from commands import run_all  # type: ignore[import-not-found]  # the same
from ending import answer  # type: ignore[import-not-found]  # the same

STATED = re.compile(r"^(\w+)(?::[^=]+)? = ['\"]([^'\"]+)['\"]$", re.MULTILINE)  # of torch/version.py


def run_seconds() -> float:
    """Seconds since this process was made, at the least: the kernel tells its start in ticks (proc(5), starttime)."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    ticks = int(fields[19]) + 1  # the 22nd, of which two are before the parenthesis; the tick had begun
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


def os_name(text: str) -> str:
    """The name in /etc/os-release."""
    names = [line.split("=", 1)[1].strip().strip('"') for line in text.splitlines() if line.startswith("PRETTY_NAME=")]
    return names[0] if names else platform.system()


def cpu_model(text: str) -> str:
    """The model in /proc/cpuinfo; Arm's names none, so the machine's architecture stands for it."""
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return models[0] if models else platform.machine()


def memory_mib(text: str) -> dict[str, int]:
    """The rows of /proc/meminfo, in MiB."""
    return {row.split(":")[0]: int(row.split()[1]) // 1024 for row in text.splitlines() if row.endswith(" kB")}


def torch_versions() -> dict[str, object]:
    """Torch's version with its build (`2.15.0+cu132`) and its CUDA's, read and not imported; None where it has none."""
    none: dict[str, object] = {"torch": None, "cuda": None}
    try:
        found = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return none
    place = util.find_spec("torch")
    if place is None or place.origin is None:
        return none  # the metadata is left from a torch that is gone
    text = Path(place.origin).with_name("version.py")
    stated = dict(STATED.findall(text.read_text(encoding="utf-8"))) if text.exists() else {}
    return {"torch": stated.get("__version__", found), "cuda": stated.get("cuda")}


def nccl_version() -> object:
    """NCCL's, where it came as a package beside torch; None where torch brings its own."""
    names = [dist.metadata["Name"] or "" for dist in metadata.distributions()]
    return next((metadata.version(name) for name in names if name.startswith("nvidia-nccl-cu")), None)


def facts(scratch: str) -> dict[str, object]:
    """Everything but the clock."""
    memory = memory_mib(Path("/proc/meminfo").read_text(encoding="ascii"))
    return {
        "hostname": socket.gethostname(),
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        "os": os_name(Path("/etc/os-release").read_text(encoding="utf-8")),
        "kernel": platform.release(),
        "cpu": cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mib": memory["MemTotal"],
        "memory_available_mib": memory["MemAvailable"],
        "scratch_free_mib": shutil.disk_usage(scratch).free >> 20 if os.path.isdir(scratch) else None,  # noqa: PTH112
        "python": platform.python_version(),
        **torch_versions(),
        "nccl": nccl_version(),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scratch", required=True, type=os.path.expanduser, help="folder whose free space counts")
    arguments.add_argument("--commands", default={}, type=json.loads, help="words of each by name, as JSON")
    arguments.add_argument("--seconds", default=60.0, type=float, help="for all commands together")
    arguments.add_argument("--keep", action="store_true", help="how they ended, for commands_again.py")
    options = arguments.parse_args()
    outputs, found = run_all(options.commands, options.seconds), facts(options.scratch)
    if options.keep:
        commands_again.keep(outputs)
    answer({"outputs": outputs, "facts": {**found, "run_seconds": run_seconds(), "clock": time.time()}})
    os._exit(0)  # at once: what comes after the clock was read makes its offset uncertain
