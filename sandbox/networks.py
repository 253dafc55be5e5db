"""Where the sandbox's hosts stand: on loopback addresses of this machine, or each in a network namespace of its own."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Protocol

from sandbox import namespaces
from sandbox.folder import SandboxFolder
from sandbox.processes import MOTO
from stacks.settings import Isolation, Settings


class Network(Protocol):
    """What starting a host needs to know of the network."""

    cloud_address: str
    """Where the moto server listens."""

    def prefix(self, host: str) -> Sequence[str]:
        """The command words that bring a process to the host's place in the network."""

    def join(self, hosts: Mapping[str, str]) -> None:
        """Give these nodes, by name, their IPv4 addresses; nodes that are not named lose theirs."""


class Loopback:
    """Every address of 127.0.0.0/8 is this machine's already."""

    cloud_address = "127.0.0.1"

    def prefix(self, _host: str) -> Sequence[str]:
        """No words: all share one network."""
        return ()

    def join(self, _hosts: Mapping[str, str]) -> None:
        """Nothing is to be done."""


class Namespaces:
    """A namespace a host, and one layer 2 as wide as the VPC."""

    def __init__(self, folder: SandboxFolder, cidr: IPv4Network) -> None:
        self._folder, self._cidr = folder, cidr
        self.cloud_address = str(cidr[2])  # AWS keeps it for the VPC's DNS server, so no node has it

    def prefix(self, host: str) -> Sequence[str]:
        """The words that enter the host's namespace."""
        return namespaces.command_prefix(self._folder, host)

    def join(self, hosts: Mapping[str, str]) -> None:
        """Make the namespaces of these nodes and of the moto server, and remove all others of this sandbox.

        Raises:
            NamespaceError: this user or this machine can't.
        """
        namespaces.create(self._folder, self._cidr, {MOTO: self.cloud_address, **hosts})


def network(folder: SandboxFolder, settings: Settings) -> Network:
    """The network that the settings ask for."""
    isolation = settings.sandbox.isolation if settings.sandbox else Isolation.LOOPBACK
    return Namespaces(folder, settings.network.cidr) if isolation is Isolation.NAMESPACES else Loopback()
