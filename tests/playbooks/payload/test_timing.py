import itertools
from collections.abc import Callable
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]


class Clock:
    """A clock that only work moves."""

    def __init__(self) -> None:
        self.now, self.calls = 0.0, 0

    def work(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.calls += 1


def repeated(module: Module, monkeypatch: pytest.MonkeyPatch, clock: Clock, work: Callable[[], object]) -> list[float]:
    """At most ten repetitions of about 0.15 s, in three seconds."""
    timing, devices = module("timing"), module("devices")
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    device = devices.Device(0, 1, devices.torch.device("cpu"), None)
    found: list[float] = timing.repeated(device, work, 10, 0.15, 3.0)
    return found


def test_short_work_is_repeated_until_its_start_does_not_count(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """15 calls of 10 ms a repetition, after three calls to warm up and one to see how long it takes."""
    clock = Clock()
    found = repeated(module, monkeypatch, clock, lambda: clock.work(0.01))

    assert found == pytest.approx([0.01] * 10)
    assert clock.calls == 3 + 1 + 10 * 15


def test_a_slow_device_ends_in_time(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three repetitions are the fewest, two seconds each."""
    clock = Clock()

    assert repeated(module, monkeypatch, clock, lambda: clock.work(2.0)) == pytest.approx([2.0] * 3)


def test_each_repetition_tells_its_own_time(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that their spread is seen."""
    clock = Clock()
    seconds = itertools.chain([0.15] * 4, itertools.cycle([0.15, 0.3]))

    assert repeated(module, monkeypatch, clock, lambda: clock.work(next(seconds))) == pytest.approx([0.15, 0.3] * 5)
