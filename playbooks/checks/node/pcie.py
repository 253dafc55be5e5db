"""Whether the GPUs' PCIe links are as wide and as fast as they can be.

Two things keep `current` below `max` on a GPU that is well. Cards lower the generation while nothing runs: an L40S
rests at generation 1 of 4 (`nvidia-smi --help-query-gpu`: "may be reduced when the GPU is not in use"), modules with
NVLink do not. And `max` is the GPU's and the root port's, not the wiring's, so that a type may never reach it: where
the catalogue knows the wiring, that counts. A link is at fault where another GPU of the type in the fleet reaches more;
where all are alike, it cannot be judged.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from components.catalogue.accelerators import NVLINKS
from components.catalogue.instance_types import known
from playbooks.checks.check import Ask
from playbooks.checks.node import gpus, nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Words
from playbooks.checks.node.nvidia_smi import Row
from playbooks.checks.node.per_gpu import Seen
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.thresholds import gpu_health
from playbooks.thresholds.gpu_health import NO_SLOW_LINKS

NAME = "pcie"
GENERATION, WIDTH = "pcie.link.gen", "pcie.link.width"
QUERY = nvidia_smi.query("serial", *(f"{each}.{when}" for each in (GENERATION, WIDTH) for when in ("current", "max")))
TERMS = per_gpu.Terms(
    NAME,
    "slow links",
    NO_SLOW_LINKS,
    "Stop and start the node, or replace it; `nvidia-smi -q -d PERFORMANCE` and `lspci -vv` (LnkSta) show the link.",
    "Hold the bandwidth between host and GPU against what the instance type is said to have.",
)


class Link(NamedTuple):
    """A property of one GPU's link; None where the GPU does not know it."""

    current: int | None
    most: int | None

    def built(self, lanes: int | None) -> "Link":
        """The width, at most of what is wired."""
        return self if self.most is None or lanes is None else self._replace(most=min(self.most, lanes))


def link(row: Row, of: str) -> Link:
    """The generation or the width of a GPU's link.

    Raises:
        UnreadableValueError: it cannot be read.
    """
    return Link(row.number(f"{of}.current"), row.number(f"{of}.max"))


def _widest(examined: Sequence[Examined], of: str) -> dict[str, int]:
    """The most that any GPU of an instance type reaches."""
    found: dict[str, int] = {}
    for each in examined:
        for row in nvidia_smi.read(QUERY, each.outputs["links"].stdout).rows:
            with suppress(nvidia_smi.UnreadableValueError):  # said where that row is judged
                found[each.node.instance_type] = max(found.get(each.node.instance_type, 0), link(row, of).current or 0)
    return found


def rests(instance_type: str) -> bool:
    """Whether the type's GPUs may lower their links' generation while nothing runs."""
    found = known(instance_type)
    return found is None or found.accelerator not in NVLINKS


def seen(name: str, unit: str, found: Link, reached: int) -> Seen:
    """What a GPU's link is, held against the most that any of its type in the fleet reaches."""
    current, most = found
    if current is None or most is None:
        return Seen(doubts=(f"{name} tells nothing of its link's {unit}",))
    said = f"the link of {name} has {unit} {current} of {most}"
    if current >= most:
        return Seen()
    return Seen(faults=(said,)) if current < reached else Seen(doubts=(f"{said}, as all of the type here",))


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"links": QUERY}


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    widths, generations = _widest(examined, WIDTH), _widest(examined, GENERATION)
    return [
        _finding(each, widths.get(each.node.instance_type, 0), generations.get(each.node.instance_type, 0))
        for each in examined
    ]


def _finding(examined: Examined, width: int, generation: int) -> Finding:
    node, output = examined.node, examined.outputs["links"]
    resting: list[str] = []

    def look(row: Row) -> Seen:
        wired, now = link(row, WIDTH).built(gpu_health.built_lanes(node.instance_type)), link(row, GENERATION)
        found = seen(row.name, "width", wired, width)
        if rests(node.instance_type) and now.current is not None and now.most is not None:
            resting.extend([f"{now.current} of {now.most}"] if now.current < now.most else [])
            return found
        return per_gpu.together(found, seen(row.name, "generation", now, generation))

    looked = per_gpu.see(node, QUERY, output, look)
    sound = "every link is as wide as it can be" + ("" if resting else ", and as fast")
    if resting:
        sound += f"; {len(resting)} rest at generation {resting[0]}, which is judged while `gemm` runs"
    return per_gpu.finding(TERMS, node, looked, sound, per_gpu.evidence({"links": QUERY}, examined.outputs))


CHECK = NodeCheck(NAME, "The GPUs' PCIe links are whole", _judge, _commands, gpus.no_gpus)
