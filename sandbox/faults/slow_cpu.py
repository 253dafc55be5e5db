"""A slow node: all that runs on it is stopped for 14 of 15 parts of the time."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.faults.programs import Place, Programs, send
from sandbox.faults.running import in_background

ON_SECONDS = 0.003
OFF_TIMES_ON = 14
# Until a stop comes that is late, the others are to go first.
AFTER_ALL = ("nice", "-n", "19")


@asynccontextmanager
async def slow(place: Place) -> AsyncIterator[None]:
    """Slow the node down while the block runs."""
    programs = Programs(place)
    try:
        async with in_background(_stop_and_go(programs)):
            yield
    finally:
        send(signal.SIGCONT, programs.pids())


async def _stop_and_go(programs: Programs) -> None:
    while True:
        running = programs.pids()  # looked for while those that are known stand still, for it takes a while
        send(signal.SIGCONT, running)
        begun = time.monotonic()
        await asyncio.sleep(ON_SECONDS)
        send(signal.SIGSTOP, running)
        await asyncio.sleep(OFF_TIMES_ON * (time.monotonic() - begun))  # on a busy machine the stop comes late
