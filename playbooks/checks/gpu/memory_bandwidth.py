"""How fast each GPU reads and writes its own memory."""

from collections.abc import Mapping
from statistics import median

from playbooks.checks import answer
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.gpu import devices
from playbooks.findings import Figure, Finding
from playbooks.nodes import Node
from playbooks.thresholds import gpu
from playbooks.transport.outcome import Outcome

NAME = "memory-bandwidth"
QUANTITY = devices.Quantity(NAME, "memory triad", "GB/s", "smoke.gpu.minimumMemoryBandwidthGbPerSecond")


class Device(devices.Device):
    """What one device reached, by repetition; bytes counted as STREAM does: copy moves two arrays, triad three."""

    array_bytes: int
    copy_gb_per_second: tuple[float, ...]
    triad_gb_per_second: tuple[float, ...]


class MemoryBandwidth(devices.NodeAnswer):
    """What `payload/memory_bandwidth.py` answers on one node."""

    devices: tuple[Device, ...]


def parse(text: str) -> MemoryBandwidth:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    found = answer.parse(MemoryBandwidth, text)
    for device in found.devices:
        if min((*device.copy_gb_per_second, *device.triad_gb_per_second), default=0) <= 0:
            raise answer.UnreadableAnswerError(f"{device.label} answered with a bandwidth that cannot be")
        if not 0 < len(device.copy_gb_per_second) == len(device.triad_gb_per_second):
            raise answer.UnreadableAnswerError(f"{device.label} does not tell both of copy and triad")
    return found


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    return devices.of_gpus(QUANTITY, ask, answer.read(ask, outcomes, parse), _measured, gpu.memory_bandwidth)


def _measured(node: Node, found: MemoryBandwidth) -> devices.Measured:
    gpus = [device for device in found.devices if device.is_gpu]
    triad = {device.label: median(device.triad_gb_per_second) for device in gpus}
    copies = [median(device.copy_gb_per_second) for device in gpus]
    measurements = (Figure("memory copy, slowest GPU", min(copies), "GB/s"),) if copies else ()
    evidence = {
        device.label: f"{device.name}, {device.uuid}, arrays of {device.array_bytes >> 20} MiB" for device in gpus
    }
    return devices.Measured(node, triad, {"ran on": found.software} | evidence, measurements)


CHECK = Check(
    name=NAME,
    title="Every GPU's memory is as fast as its model's",
    scope=Scope.NODE,
    payload="memory_bandwidth.py",
    command_seconds=300,
    judge=_judge,
    skip=devices.only_gpus,
)
