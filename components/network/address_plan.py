"""Where the subnets of a network lie: pure arithmetic on its address block."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import NamedTuple

ZONES_AT_MOST = 6  # us-east-1 has the most, and a block for each keeps the others where they are when one is added
SHORTEST_PREFIX, LONGEST_PREFIX = (
    16,
    22,
)  # VPCs are /16 at the largest, subnets /28 at the smallest (AWS VPC user guide)
RESERVED_ADDRESSES = 5  # AWS keeps the first four addresses of a subnet and the last one (AWS VPC user guide)


class ZoneSubnets(NamedTuple):
    """The two subnets of one zone: the nodes' own, and the one that faces the internet."""

    private: IPv4Network
    public: IPv4Network


def zone_subnets(cidr: IPv4Network, zones: Sequence[str]) -> dict[str, ZoneSubnets]:
    """For each zone an eighth of the network for its nodes, and an eighth of the last eighth for its public side.

    The blocks stand in the order of the zones, so that a zone appended later moves none of those before it.

    Raises:
        ValueError: the network is too small or too large to cut up so, or there are more zones than blocks.
    """
    if not SHORTEST_PREFIX <= cidr.prefixlen <= LONGEST_PREFIX:
        raise ValueError(f"{cidr} is a /{cidr.prefixlen}; a network is cut into subnets from /16 to /22")
    if len(zones) > ZONES_AT_MOST:
        raise ValueError(f"{len(zones)} zones; a network has room for {ZONES_AT_MOST}")
    *private, last = cidr.subnets(prefixlen_diff=3)
    return dict(zip(zones, map(ZoneSubnets, private, last.subnets(prefixlen_diff=3)), strict=False))


class Claim(NamedTuple):
    """Addresses that something takes of a zone's private subnet; `claimant` is the setting that asks for them."""

    claimant: str
    zone: str
    addresses: int


def shortage(zone: str, subnet: IPv4Network, claims: Iterable[Claim]) -> str | None:
    """Why a zone's private subnet is too small for what is claimed of it; None where it is not."""
    here = [claim for claim in claims if claim.zone == zone and claim.addresses]
    free, total = free_addresses(subnet), sum(claim.addresses for claim in here)
    if total <= free:
        return None
    asked = ", ".join(f"{claim.claimant} {claim.addresses}" for claim in here)
    return f"the private subnet {subnet} of {zone} has {free} free addresses, and {total} are asked for ({asked})"


def overlapping(cidr: IPv4Network, others: Iterable[IPv4Network]) -> IPv4Network | None:
    """The first of the others that shares an address with the network."""
    return next((other for other in others if cidr.overlaps(other)), None)


def free_addresses(subnet: IPv4Network) -> int:
    """How many addresses of a new subnet can be taken."""
    return subnet.num_addresses - RESERVED_ADDRESSES
