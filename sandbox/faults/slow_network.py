"""A slow network: the kernel of a node in a network namespace of its own lets its packets out at a low rate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.errors import FaultError
from sandbox.faults.programs import Place
from sandbox.namespaces import INSIDE

RATE = "200mbit"
# tc-tbf(8): a burst is at least what leaves at once, which is up to 64 KiB on a veth pair. Where the kernel was built
# without tbf, netem may be there.
SHAPERS = (("tbf", "rate", RATE, "burst", "256kb", "latency", "50ms"), ("netem", "rate", RATE))


@asynccontextmanager
async def slow_network(_place: Place) -> AsyncIterator[None]:
    """Slow down what this process's network namespace sends while the block runs.

    Raises:
        FaultError: the kernel takes none of the shapers.
    """
    await _shape()
    try:
        yield
    finally:
        await free()


async def free() -> None:
    """Let packets out at full speed again; fine where they go so already."""
    await _tc("qdisc", "del", "dev", INSIDE, "root")


async def _shape() -> None:
    refused = []
    for shaper in SHAPERS:
        status, said = await _tc("qdisc", "replace", "dev", INSIDE, "root", *shaper)
        if status == 0:
            return
        refused.append(f"{shaper[0]}: {said}")
    raise FaultError(f"this kernel slows no network down ({'; '.join(refused)}): use one with sch_tbf or sch_netem")


async def _tc(*words: str) -> tuple[int, str]:
    """The exit status, and what was complained of."""
    child = await asyncio.create_subprocess_exec("tc", *words, stderr=asyncio.subprocess.PIPE)
    _, complaint = await child.communicate()
    return child.returncode or 0, complaint.decode(errors="replace").strip()
