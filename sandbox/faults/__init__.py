"""Faults that nodes of the sandbox have on request: what kinds there are, and what befalls such a node."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What can be wrong with a node, by the name that a person writes."""

    SLOW = "slow"
    SLOW_NETWORK = "slow-network"
    CORRUPT = "corrupt"
    SKEWED_CLOCK = "skewed-clock"
    FULL_DISK = "full-disk"
    HANG = "hang"
    WRONG_HOST_KEY = "wrong-host-key"
    KILLED = "killed"
    TRUNCATED = "truncated"


WHAT_HAPPENS: Mapping[Kind, str] = {
    Kind.SLOW: "its programs run a fifteenth of the time",
    Kind.SLOW_NETWORK: "it sends 200 Mbit/s at most; needs network namespaces, and root",
    Kind.CORRUPT: "torch flips a bit of every matrix product and every sum over the ranks",
    Kind.SKEWED_CLOCK: "its clock is 5 s ahead",
    Kind.FULL_DISK: "its home folder takes not a block more",
    Kind.HANG: "the first program that joins other nodes stops there and never ends",
    Kind.WRONG_HOST_KEY: "it shows another host key than its console has shown",
    Kind.KILLED: "it goes down when a program of it joins other nodes",
    Kind.TRUNCATED: "of what its commands print, the second half is lost",
}
