"""How fast bytes go between the node's memory and each GPU, alone and while the node's other GPUs copy too."""

from collections.abc import Mapping
from statistics import median

from playbooks.checks import answer
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.gpu import devices
from playbooks.findings import Figure, Finding, Samples
from playbooks.nodes import Node
from playbooks.thresholds import gpu
from playbooks.transport.outcome import Outcome

NAME = "host-device-bandwidth"
QUANTITY = devices.Quantity(NAME, "host-device copy", "GB/s", "smoke.gpu.minimumHostDeviceBandwidthGbPerSecond")


class Rates(answer.Answer):
    """GB/s of both directions, by repetition."""

    to_device_gb_per_second: tuple[float, ...]
    to_host_gb_per_second: tuple[float, ...]

    @property
    def slower(self) -> float:
        """The median of the slower direction."""
        return min(median(self.to_device_gb_per_second), median(self.to_host_gb_per_second))


class Device(devices.Device):
    """What one device reached by itself, and at the same time as the node's others."""

    buffer_bytes: int
    alone: Rates
    together: Rates


class HostDeviceBandwidth(devices.NodeAnswer):
    """What `payload/host_device_bandwidth.py` answers on one node."""

    devices: tuple[Device, ...]


def parse(text: str) -> HostDeviceBandwidth:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    found = answer.parse(HostDeviceBandwidth, text)
    for device in found.devices:
        told = [
            each
            for rates in (device.alone, device.together)
            for each in (rates.to_device_gb_per_second, rates.to_host_gb_per_second)
        ]
        if min(min(each, default=0) for each in told) <= 0:
            raise answer.UnreadableAnswerError(f"{device.label} answered with no bandwidth that can be")
        if len(set(map(len, told))) > 1:
            raise answer.UnreadableAnswerError(f"{device.label} answered for other repetitions in one direction")
    return found


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    return devices.of_gpus(QUANTITY, ask, answer.read(ask, outcomes, parse), _measured, gpu.host_device_bandwidth)


def _measured(node: Node, found: HostDeviceBandwidth) -> devices.Measured:
    """Alone is judged, as it was measured in public; together depends on how the node is laid out."""
    gpus = [device for device in found.devices if device.is_gpu]
    alone = {device.label: device.alone.slower for device in gpus}
    together = {device.label: device.together.slower for device in gpus}
    evidence = {device.label: _told(device) for device in gpus}
    return devices.Measured(
        node,
        alone,
        {"ran on": found.software} | evidence,
        (Figure("host-device copy, all at once, slowest GPU", min(together.values()), "GB/s"),) if together else (),
        (Samples("host-device copy, all at once", "GB/s", tuple(together), tuple(together.values())),),
    )


def _told(device: Device) -> str:
    to_device, to_host = median(device.alone.to_device_gb_per_second), median(device.alone.to_host_gb_per_second)
    return f"{device.name}, {device.uuid}, {to_device:.3g} GB/s to it, {to_host:.3g} GB/s from it"


CHECK = Check(
    name=NAME,
    title="Every GPU is connected to its host as its model is",
    scope=Scope.NODE,
    payload="host_device_bandwidth.py",
    command_seconds=300,
    judge=_judge,
    skip=devices.only_gpus,
)
