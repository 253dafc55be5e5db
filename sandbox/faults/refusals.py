"""Which faults can't be had here, and what to do about it; told before anything is broken."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping

from sandbox.errors import FaultError
from sandbox.faults import Kind
from sandbox.faults.full_disk import unshare
from stacks.settings import Isolation, Settings

PROBE_SECONDS = 10


def refuse(faults: Mapping[str, Kind], settings: Settings) -> None:
    """Refuse, all at once, the faults that this machine or these settings don't allow.

    Raises:
        FaultError: some can't be had.
    """
    reasons = {kind: why(settings) for kind in set(faults.values()) if (why := WHY_NOT.get(kind))}
    if refused := [f"--inject {node}={kind}: {reasons[kind]}" for node, kind in faults.items() if reasons.get(kind)]:
        raise FaultError("\n".join(refused))


def _no_shaping(settings: Settings) -> str:
    if settings.sandbox is None or settings.sandbox.isolation is not Isolation.NAMESPACES:
        return (
            "all nodes share one network. As root on Linux, set sandbox.isolation to namespaces and network.cidr to a"
            f" private block such as 10.77.0.0/16, and run `aidc up {settings.name}` first."
        )
    if os.geteuid() != 0:
        return "only root may slow a network down: run as root."
    return "" if shutil.which("tc") else "there is no `tc`: install the package iproute2."


def _no_mounting(settings: Settings) -> str:
    scratch = settings.smoke.storage.scratch or "~"
    if scratch != "~":
        return f"it fills the home folder, and smoke.storage.scratch is {scratch}: set it to ~."
    if shutil.which("unshare") is None:
        return "there is no `unshare`: install the package util-linux, on Linux."
    probe = [*unshare(), "mount", "-t", "tmpfs", "none", "/mnt"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=PROBE_SECONDS)  # noqa: S603 - our own words
    if done.returncode == 0:
        return ""
    return f"this user may not mount ({done.stderr.strip()}): run as root; a container needs CAP_SYS_ADMIN."


WHY_NOT: Mapping[Kind, Callable[[Settings], str]] = {
    Kind.SLOW_NETWORK: _no_shaping,
    Kind.FULL_DISK: _no_mounting,
}
