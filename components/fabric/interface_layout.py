"""Where each network interface of an instance goes: pure, so that addresses are counted without Pulumi."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from components.catalogue.instance_types import NetworkCard


class Layout(StrEnum):
    """How the fabric's interfaces are laid over the network cards."""

    EFA_ONLY = "efa-only"
    """Today's: interfaces that carry the fabric alone and take no address. EKS needs VPC CNI 1.18.5 for it."""

    EFA = "efa"
    """The older one: each carries the fabric and IP, and takes an address of the subnet."""


class Interface(NamedTuple):
    """One network interface of a launch template."""

    network_card_index: int
    device_index: int
    interface_type: str

    @property
    def takes_address(self) -> bool:
        """An `efa-only` interface carries the fabric and has no IP address."""
        return self.interface_type != "efa-only"


def interfaces(cards: Sequence[NetworkCard], layout: Layout = Layout.EFA_ONLY) -> list[Interface]:
    """Every interface that the fabric needs, the primary one first.

    Source: AWS EC2 user guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards".
    """
    return LAYOUTS[layout](cards)


def addresses(cards: Sequence[NetworkCard], layout: Layout = Layout.EFA_ONLY) -> int:
    """How many addresses of its subnet one node takes."""
    return sum(each.takes_address for each in interfaces(cards, layout))


def _efa_only(cards: Sequence[NetworkCard]) -> list[Interface]:
    """The primary interface needs an address and can't be `efa-only`, so card 0 gives the fabric its second slot.

    Where card 0 has no second one (hpc6id.32xlarge), the primary interface is `efa`, which carries both.
    """
    shared = cards[0].supports_efa and cards[0].interfaces == 1
    primary = Interface(network_card_index=0, device_index=0, interface_type="efa" if shared else "interface")
    fabric = [
        Interface(card.index, device_index=1 if card.index == 0 else 0, interface_type="efa-only")
        for card in cards[1 if shared else 0 :]
        if card.supports_efa
    ]
    return [primary, *fabric]


def _efa(cards: Sequence[NetworkCard]) -> list[Interface]:
    """The primary interface is `efa` too where card 0 can carry it; other cards use their second slot, if any."""
    primary = Interface(0, device_index=0, interface_type="efa" if cards[0].supports_efa else "interface")
    fabric = [
        Interface(card.index, device_index=min(1, card.interfaces - 1), interface_type="efa")
        for card in cards[1:]
        if card.supports_efa
    ]
    return [primary, *fabric]


LAYOUTS = {Layout.EFA_ONLY: _efa_only, Layout.EFA: _efa}
