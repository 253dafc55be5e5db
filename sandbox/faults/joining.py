"""A node that fails while a collective runs: it hangs, or goes down, when a program of it has joined other nodes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.faults.programs import Place, Programs, send
from sandbox.faults.running import in_background

LOOK_SECONDS = 0.05


@asynccontextmanager
async def hang(place: Place) -> AsyncIterator[None]:
    """Stop, while the block runs, the first program that joins other nodes; those after it are left alone.

    The transport's own end to it, SIGKILL, works on what is stopped.
    """
    async with in_background(_stop_first(Programs(place))):
        yield


@asynccontextmanager
async def killed(place: Place) -> AsyncIterator[None]:
    """End this process and all that runs on the node, as when the power fails, when a program joins other nodes."""
    async with in_background(_go_down(Programs(place))):
        yield


async def _stop_first(programs: Programs) -> None:
    send(signal.SIGSTOP, await _joined(programs))


async def _go_down(programs: Programs) -> None:
    await _joined(programs)
    send(signal.SIGKILL, programs.pids())
    os.kill(os.getpid(), signal.SIGKILL)


async def _joined(programs: Programs) -> list[int]:
    while True:
        if joined := programs.joined():
            return joined
        await asyncio.sleep(LOOK_SECONDS)
