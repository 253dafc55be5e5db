from collections.abc import Callable
from types import ModuleType

import pytest

from playbooks.checks.gpu import memory_bandwidth
from tests.playbooks.payload.fleet import ended, program


@pytest.mark.slow
def test_a_node_without_gpus_moves_its_own_memory() -> None:
    """Small, so that the program is seen to work."""
    found = ended(program("memory_bandwidth.py"))
    [device] = memory_bandwidth.parse(found.stdout.text).devices

    assert (found.exit_status, device.array_bytes) == (0, 1 << 24)


def test_bytes_are_counted_as_stream_does(module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy moves two arrays and triad three, in a second each."""
    stream = module("memory_bandwidth")
    monkeypatch.setattr(stream.timing, "repeated", lambda *_: [1.0])
    device = stream.devices.Device(0, 1, stream.torch.device("cpu"), None)
    found = stream.main(device, None)

    assert found["copy_gb_per_second"] == [pytest.approx(2 * found["array_bytes"] / 1e9)]
    assert found["triad_gb_per_second"] == [pytest.approx(3 * found["array_bytes"] / 1e9)]
