"""Times a piece of work on a device, again and again, each repetition long enough that its start does not count."""

import time
from collections.abc import Callable

import devices  # type: ignore[import-not-found]  # lies beside this file

WARM_UP = 3
FEWEST = 3  # repetitions, however slow the device is


def repeated(
    device: devices.Device, work: Callable[[], object], times: int, seconds_each: float, seconds_in_all: float
) -> list[float]:
    """Seconds of one piece of work, by repetition: at most `times` of about `seconds_each`, fewer once time is up."""
    for _ in range(WARM_UP):
        work()
    calls = max(1, round(seconds_each / _seconds(device, work, 1)))
    begun = time.perf_counter()
    found: list[float] = []
    while len(found) < FEWEST or (len(found) < times and time.perf_counter() - begun < seconds_in_all):
        found.append(_seconds(device, work, calls))
    return found


def _seconds(device: devices.Device, work: Callable[[], object], calls: int) -> float:
    device.settle()
    begun = time.perf_counter()
    for _ in range(calls):
        work()
    device.settle()
    return (time.perf_counter() - begun) / calls
