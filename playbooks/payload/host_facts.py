"""What a node is made of and what runs on it, and what its clock says. Needs nothing but Python."""

import argparse
import os
import platform
import shutil
import socket
import subprocess
import time
from importlib import metadata, util
from pathlib import Path

from ending import Status, answer, fail  # type: ignore[import-not-found]  # lies beside this file

GPU_FIELDS = ("name", "uuid", "memory.total", "driver_version")
QUERY_GPUS = ["nvidia-smi", f"--query-gpu={','.join(GPU_FIELDS)}", "--format=csv,noheader,nounits"]
QUERY_EFA = ["fi_info", "-p", "efa", "-t", "FI_EP_RDM"]
FOLDERS = (  # where the EFA installer, the driver and containers put them; not on every PATH
    "/opt/amazon/efa/bin",
    "/usr/bin",
    "/usr/local/nvidia/bin",
    "/usr/local/cuda/bin",
)
NOT_TOLD = ("[N/A]", "[Not Supported]", "N/A")  # nvidia-smi of a GPU that is well and does not know a field
QUERY_SECONDS = 60


def query(command: list[str]) -> "tuple[str | None, str]":
    """What a program printed, None where it gave no answer, and what was wrong: empty where it ended well."""
    program = shutil.which(command[0]) or shutil.which(command[0], path=os.pathsep.join(FOLDERS))
    if program is None:
        return None, f"{command[0]} is not on the PATH and not in {', '.join(FOLDERS)}"
    try:
        done = subprocess.run(  # noqa: S603 - the two commands above
            [program, *command[1:]], capture_output=True, check=False, text=True, timeout=QUERY_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None, f"{command[0]} did not end within {QUERY_SECONDS} s"
    wrong = "" if done.returncode == 0 else f"{command[0]} exited with {done.returncode}: {done.stderr or done.stdout}"
    return done.stdout, wrong.strip()


def gpus(rows: str) -> list[dict[str, object]]:
    """The GPUs of nvidia-smi's rows; `wrong` is what a field says instead of its value, such as `[GPU is lost]`."""
    found = [[field.strip() for field in row.split(",")] for row in rows.splitlines() if row.strip()]
    return [_gpu(row) for row in found if len(row) == len(GPU_FIELDS)]


def _gpu(row: list[str]) -> dict[str, object]:
    name, uuid, memory, driver = row
    wrong = [field for field in row if field.startswith("[") and field not in NOT_TOLD]
    size = int(memory) if memory.isdigit() else None
    return {"name": name, "uuid": uuid, "memory_mib": size, "driver": driver, "wrong": wrong[0] if wrong else ""}


def run_seconds() -> float:
    """Seconds since this process was made, at the least: the kernel tells its start in ticks (proc(5), starttime)."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    ticks = int(fields[19]) + 1  # the 22nd, of which two are before the parenthesis; the tick had begun
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


def efa_domains(text: str) -> int:
    """EFA interfaces: the domains that differ, for fi_info shows each once a fabric (efa and efa-direct)."""
    return len({line.split(":", 1)[1].strip() for line in text.splitlines() if line.strip().startswith("domain:")})


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


def torch_version() -> object:
    """The version with its build (`2.15.0+cu132`), read and not imported; None where this Python has no torch."""
    try:
        found = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return None
    place = util.find_spec("torch")
    if place is None or place.origin is None:
        return None  # the metadata is left from a torch that is gone
    text = Path(place.origin).with_name("version.py")
    lines = text.read_text(encoding="utf-8").splitlines() if text.exists() else []
    stated = [line.split("=")[1].strip().strip("'\"") for line in lines if line.startswith("__version__ =")]
    return stated[0] if stated else found


def facts(scratch: str) -> dict[str, object]:
    """Everything but the clock."""
    memory = memory_mib(Path("/proc/meminfo").read_text(encoding="ascii"))
    rows, gpus_wrong = query(QUERY_GPUS)
    fabric, _ = query(QUERY_EFA)  # exits non-zero where there is no EFA
    return {
        "hostname": socket.gethostname(),
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        "os": os_name(Path("/etc/os-release").read_text(encoding="utf-8")),
        "kernel": platform.release(),
        "cpu": cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mib": memory["MemTotal"],
        "memory_available_mib": memory["MemAvailable"],
        "scratch_free_mib": shutil.disk_usage(scratch).free >> 20,
        "gpus": None if rows is None else gpus(rows),
        "gpus_wrong": gpus_wrong,
        "efa_interfaces": efa_domains(fabric or ""),
        "python": platform.python_version(),
        "torch": torch_version(),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scratch", required=True, type=os.path.expanduser, help="folder whose free space counts")
    folder = arguments.parse_args().scratch
    if not os.path.isdir(folder):  # noqa: PTH112 - expanduser gives text
        fail(Status.SCRATCH_REFUSED, f"no folder {folder}")
    found = facts(folder)
    answer({**found, "run_seconds": run_seconds(), "clock": time.time()})
    os._exit(0)  # at once: what comes after the clock was read makes its offset uncertain
