"""The catalogue of EC2 instance types: what DescribeInstanceTypes says of each, as data and look-ups.

The data file beside this one says when and whence; `python -m components.catalogue.refresh_instance_types` writes it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from components.catalogue.accelerators import Peak, peak

DATA = Path(__file__).with_name("instance_types.json")
UNSUPPORTED = {  # families that exist and are left out, each with the reason
    # EC2 user guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards";
    # aws-parallelcluster#6930 had to lay this family out by itself too
    "p6e-gb200": "p6e-gb200 is not supported: its network cards take `efa` and `efa-only` interfaces by turns,"
    " a layout of its own that Fleet does not make",
}


class UnknownInstanceTypeError(LookupError):
    """The catalogue has no such type.

    Attributes:
        nearest: known types with similar names, the most similar first.
        unsupported: why the type's family is left out; empty where there is no such type at all.
    """

    def __init__(self, name: str, nearest: tuple[str, ...] = (), unsupported: str = "") -> None:
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        super().__init__(unsupported or f"no instance type is called {name!r}{hint}")
        self.nearest, self.unsupported = nearest, unsupported


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """One network card of an instance type.

    Attributes:
        index: its number, from 0.
        interfaces: how many network interfaces it can carry.
        supports_efa: whether it gets an EFA interface: it can carry one, and the type may have so many.
    """

    index: int
    interfaces: int
    supports_efa: bool


class InstanceType(NamedTuple):
    """What one instance type is made of.

    Attributes:
        name: such as `p5.48xlarge`.
        vcpus: virtual CPUs, as quotas count them.
        memory_mib: main memory.
        architecture: `x86_64` or `arm64` (the first that the API names).
        accelerator: name of its GPUs or Neuron devices as the API has it (`H100`, `Trainium2`), empty where there are
            none. FPGAs, media and other inference accelerators don't count.
        accelerators: how many of them its operating system sees.
        accelerator_share: how much of a physical accelerator each of them is: 1, and less on the likes of g6f.large.
        accelerator_manufacturer: `NVIDIA` or `AWS`, empty where there are none.
        accelerator_memory_mib: memory of one of them.
        network_cards: every card, in the order of their indices.
        nic_gbit_per_second: rate of all cards together as the type's network performance states it, None where the
            API says it in words (`Moderate`); where it says 'up to', a rate that is not held. The cards' own rates do
            not add up to it on every type.
        disks: local disks, of `disk_gb` (1e9 bytes) each.
        disk_kind: `ssd` or `hdd`, empty where there are none.
        disk_nvme: whether the local disks are NVMe devices.
        placement_strategies: of `cluster`, `partition` and `spread`, the placement groups that it can stand in.
        usage: of `on-demand`, `spot` and `capacity-block`, what it is sold as.
    """

    name: str
    vcpus: int
    memory_mib: int
    architecture: str
    accelerator: str
    accelerators: int
    accelerator_share: float
    accelerator_manufacturer: str
    accelerator_memory_mib: int
    network_cards: tuple[NetworkCard, ...]
    nic_gbit_per_second: float | None
    disks: int
    disk_gb: int
    disk_kind: str
    disk_nvme: bool
    placement_strategies: tuple[str, ...]
    usage: tuple[str, ...]

    @property
    def cluster_placement(self) -> bool:
        """Whether it can stand in a cluster placement group."""
        return "cluster" in self.placement_strategies

    @property
    def accelerator_peak(self) -> Peak:
        """What one of its accelerators can do at best, as far as that is known."""
        return peak(self.accelerator, self.accelerator_memory_mib)

    @property
    def nic_gbit_per_second_per_accelerator(self) -> float | None:
        """Each accelerator's part of the network; None where there are none, or where the API gives no number."""
        if not self.accelerators or self.nic_gbit_per_second is None:
            return None
        return self.nic_gbit_per_second / self.accelerators

    @property
    def efa_interfaces(self) -> int:
        """How many EFA interfaces it carries: one a card that supports EFA."""
        return sum(card.supports_efa for card in self.network_cards)


@cache
def _file() -> Mapping[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content


def names() -> tuple[str, ...]:
    """Every instance type of the catalogue, sorted."""
    return tuple(_file()["types"])


def source() -> str:
    """Whence the catalogue is, and of which day."""
    return str(_file()["source"])


@cache
def instance_type(name: str) -> InstanceType:
    """What the catalogue knows of one type.

    Raises:
        UnknownInstanceTypeError: the catalogue has no such type.
    """
    if unsupported := UNSUPPORTED.get(name.partition(".")[0]):
        raise UnknownInstanceTypeError(name, unsupported=unsupported)
    known = _file()["types"]
    if name not in known:
        raise UnknownInstanceTypeError(name, tuple(get_close_matches(name, known, n=3)))
    row = dict(zip(_file()["fields"], known[name], strict=True))
    cards = [NetworkCard(index, interfaces, bool(efa)) for index, (interfaces, efa) in enumerate(row["network_cards"])]
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return InstanceType(name=name, **row | lists | {"network_cards": tuple(cards)})


def known(name: str) -> InstanceType | None:
    """What the catalogue knows of one type; None where it has no such type."""
    try:
        return instance_type(name)
    except UnknownInstanceTypeError:
        return None
