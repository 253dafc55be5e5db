"""What nvidia-smi tells of GPUs while all multiply matrices: whether something holds them back, and their PCIe links.

At rest a GPU is neither hot nor short of power, and a card lowers its link's generation. So the checks `throttling` and
`pcie` are judged a second time, on these readings.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from playbooks.checks import answer
from playbooks.checks.gpu import devices
from playbooks.checks.node import pcie, per_gpu, throttling
from playbooks.checks.node.per_gpu import Seen
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.thresholds import gpu_health

UNITS = {"sm_mhz": "MHz", "most_sm_mhz": "MHz at most", "celsius": "°C", "watts": "W"}
_SLOWED = throttling.TERMS._replace(figure="slowdowns under load", threshold=gpu_health.NO_SLOWDOWNS_UNDER_LOAD)
_LINKS = pcie.TERMS._replace(figure="slow links under load")


class Reading(answer.Answer):
    """What nvidia-smi told of a GPU during the run; None for what it does not know."""

    sm_mhz: float | None
    most_sm_mhz: float | None
    celsius: float | None
    watts: float | None
    generation: float | None
    most_generation: float | None
    lanes: float | None
    most_lanes: float | None
    slowdowns: Mapping[str, bool | None]


class Watched(devices.Device):
    """A device with its readings; how many could not be read, and why the first of those could not."""

    readings: tuple[Reading, ...]
    unread: str
    unread_times: int

    def middle(self, of: str) -> float | None:
        """The median of a field over the readings; None where none tells it."""
        told = [value for each in self.readings if (value := getattr(each, of)) is not None]
        return median(told) if told else None

    @property
    def state(self) -> list[str]:
        """How it was, in the middle of its readings: clock, heat and power."""
        return [f"{value:g} {unit}" for of, unit in UNITS.items() if (value := self.middle(of)) is not None]

    def highest(self, of: str) -> int | None:
        """The most that a field reached; None where no reading tells it."""
        return max((int(value) for each in self.readings if (value := getattr(each, of)) is not None), default=None)


Nodes = Mapping[Node, Sequence[Watched]]


def findings(nodes: Nodes) -> list[Finding]:
    """Of each node one of `throttling` and one of `pcie`."""
    return [_slowed(node, gpus) for node, gpus in nodes.items()] + _linked(nodes)


def _slowed(node: Node, gpus: Sequence[Watched]) -> Finding:
    seen = per_gpu.together(*map(_held_back, gpus))
    sound = "neither heat nor power held a GPU's clocks down while all multiplied matrices"
    return per_gpu.finding(_SLOWED, node, seen, sound + _lost(gpus), _evidence(gpus))


def _held_back(gpu: Watched) -> Seen:
    """What held a GPU back in more of the readings than are allowed: one of a few is still an instant."""
    if not gpu.readings:
        return _unread(gpu)
    told = {reason: _told(gpu, reason) for reason in (*throttling.REASONS, throttling.UNNAMED)}
    if not any(told.values()):
        return Seen(doubts=(f"{gpu.label} does not tell what holds its clocks",))
    slowed = {
        reason: f"in {sum(flags)} of {len(flags)} readings under load"
        for reason, flags in told.items()
        if sum(flags) > max(1, gpu_health.SLOWED_PART * len(flags))
    }
    named = [f"{gpu.label} {said} {slowed[reason]}" for reason, said in throttling.REASONS.items() if reason in slowed]
    if named or throttling.UNNAMED not in slowed:
        return Seen(tuple(named))
    said = f"{gpu.label} has a hardware slowdown {slowed[throttling.UNNAMED]}, and neither heat nor power is named"
    return Seen(doubts=(said,))


def _told(gpu: Watched, reason: str) -> list[bool]:
    return [flag for each in gpu.readings if (flag := each.slowdowns.get(reason)) is not None]


def _linked(nodes: Nodes) -> list[Finding]:
    """Each node's links against the best of its type in the fleet."""
    reached: dict[tuple[str, str], int] = {}
    for node, gpus in nodes.items():
        for of in ("generation", "lanes"):
            best = max((gpu.highest(of) or 0 for gpu in gpus), default=0)
            reached[node.instance_type, of] = max(reached.get((node.instance_type, of), 0), best)
    return [
        _links(node, gpus, reached[node.instance_type, "lanes"], reached[node.instance_type, "generation"])
        for node, gpus in nodes.items()
    ]


def _links(node: Node, gpus: Sequence[Watched], lanes: int, generation: int) -> Finding:
    built = gpu_health.built_lanes(node.instance_type)

    def look(gpu: Watched) -> Seen:
        if not gpu.readings:
            return _unread(gpu)
        wide = pcie.Link(gpu.highest("lanes"), gpu.highest("most_lanes")).built(built)
        fast = pcie.Link(gpu.highest("generation"), gpu.highest("most_generation"))
        return per_gpu.together(
            pcie.seen(gpu.label, "width", wide, lanes), pcie.seen(gpu.label, "generation", fast, generation)
        )

    sound = "every link is as wide and as fast as it can be while all GPUs multiply matrices"
    return per_gpu.finding(_LINKS, node, per_gpu.together(*map(look, gpus)), sound + _lost(gpus), _evidence(gpus))


def _unread(gpu: Watched) -> Seen:
    """A GPU of which there is no reading is not well by that."""
    why = gpu.unread or "the run ended before the first"
    return Seen(doubts=(f"{gpu.label} was not read under load: {why}",))


def _lost(gpus: Sequence[Watched]) -> str:
    """How many readings are missing beside those that there are; empty where none is."""
    lost = [f"{gpu.unread_times} readings of {gpu.label} ({gpu.unread})" for gpu in gpus if gpu.unread_times]
    return f"; not read: {', '.join(lost)}" if lost else ""


def _evidence(gpus: Sequence[Watched]) -> dict[str, str]:
    return {gpu.label: _shown(gpu) for gpu in gpus}


def _shown(gpu: Watched) -> str:
    """What a vendor wants to see of one GPU."""
    slowed = {reason: sum(_told(gpu, reason)) for reason in (*throttling.REASONS, throttling.UNNAMED)}
    told = [f"{len(gpu.readings)} readings", *(f"{reason} in {times}" for reason, times in slowed.items() if times)]
    told += [
        f"PCIe {name} {gpu.highest(of):g} of {gpu.highest(most) or 0:g}"
        for name, of, most in (("generation", "generation", "most_generation"), ("width", "lanes", "most_lanes"))
        if gpu.highest(of) is not None
    ]
    return ", ".join(filter(None, (gpu.uuid, *told, *gpu.state, gpu.unread)))
