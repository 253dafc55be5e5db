"""How many threads this process may have: every node that is worked on takes two, ours and paramiko's."""

import resource
from pathlib import Path

SETTINGS = {"`ulimit -u`": resource.RLIMIT_NPROC, "`ulimit -v`": resource.RLIMIT_AS}
KERNEL = {"kernel.threads-max": "/proc/sys/kernel/threads-max", "vm.max_map_count": "/proc/sys/vm/max_map_count"}
CGROUPS = Path("/sys/fs/cgroup")


def shortage() -> str:
    """Why a thread could not be started, and every limit that can be the cause, with its value now."""
    soft = {name: resource.getrlimit(limit)[0] for name, limit in SETTINGS.items()}
    found = {name: str(value) for name, value in soft.items() if value != resource.RLIM_INFINITY}
    found |= {name: Path(file).read_text().strip() for name, file in KERNEL.items() if Path(file).exists()}
    found |= _of_the_cgroup()
    values = ", ".join(f"{name} {value}" for name, value in found.items())
    return (
        "the system lets this process start no more threads, of which each node at once needs two. One of these limits"
        f" is too low: {values}. Raise it, or ask fewer nodes at once"
    )


def _of_the_cgroup() -> dict[str, str]:
    """The `pids.max` (TasksMax= of a systemd unit) nearest to this process, where there is one."""
    own = Path("/proc/self/cgroup")
    lines = own.read_text().splitlines() if own.exists() else []
    folder = CGROUPS / next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    for each in (folder, *folder.parents):
        if (file := each / "pids.max").exists() and (value := file.read_text().strip()) != "max":
            return {f"{file} (TasksMax= of a systemd unit)": value}
    return {}
