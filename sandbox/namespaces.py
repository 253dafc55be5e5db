"""Each node in a network namespace of its own (Linux, as root): veth pairs to one bridge, and no way out of it."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from sandbox.errors import NamespaceError
from sandbox.folder import SandboxFolder

INSIDE = "eth0"  # a node's only interface, by the name that it has on most images
INSTEAD = "or set sandbox.isolation to loopback"
TAG_DIGITS = 8  # with a letter and six digits of an address they make 15, the longest name of an interface (IFNAMSIZ)


def command_prefix(folder: SandboxFolder, host: str) -> list[str]:
    """The command words that bring a process into the namespace of this host."""
    return ["ip", "netns", "exec", _namespace(folder, host)]


def gateway(network: IPv4Network) -> IPv4Address:
    """The operator's own address on the bridge: the one that AWS keeps for a VPC's router."""
    return network[1]


def create(folder: SandboxFolder, network: IPv4Network, hosts: Mapping[str, str]) -> None:
    """Make what is missing of the sandbox's network, and remove what is no longer wanted or only half there.

    Namespaces that are whole are left alone, and so are the processes in them.

    Args:
        folder: the sandbox; the names of all that is made derive from its path.
        network: one layer 2 for all hosts, such as the VPC's.
        hosts: IPv4 address in the network by name; the moto server is one of them.

    Raises:
        NamespaceError: not root, no `ip`, not allowed here, or the machine has a route to the network already.
    """
    _require_root()
    _refuse_overlap(folder, network)
    _make_bridge(folder, network)
    whole = {name for name, address in hosts.items() if _is_whole(folder, name, address, network)}
    kept_namespaces = {_namespace(folder, name) for name in whole}
    kept_interfaces = {_interface(folder, hosts[name]) for name in whole} | {_bridge(folder)}
    _remove(_namespaces(folder) - kept_namespaces, _interfaces(folder) - kept_interfaces)
    for name in hosts.keys() - whole:
        _make_host(folder, name, hosts[name], network)


def destroy(folder: SandboxFolder) -> None:
    """Remove every namespace and interface of the sandbox; end its processes before.

    Raises:
        NamespaceError: there is something to remove, and this user may not, or it failed.
    """
    if shutil.which("ip") is None:
        return  # without it nothing was ever made
    namespaces, interfaces = _namespaces(folder), _interfaces(folder)
    if namespaces or interfaces:
        _require_root()
        _remove(namespaces, interfaces)


def _tag(folder: SandboxFolder) -> str:
    return hashlib.sha256(str(folder.path).encode()).hexdigest()[:TAG_DIGITS]


def _namespace(folder: SandboxFolder, host: str) -> str:
    return f"aidc-{_tag(folder)}-{host}"


def _bridge(folder: SandboxFolder) -> str:
    return f"b{_tag(folder)}"


def _interface(folder: SandboxFolder, address: str) -> str:
    """The end of the pair that is on the bridge; the last three bytes of an address tell hosts of one VPC apart."""
    return f"v{_tag(folder)}{IPv4Address(address).packed[1:].hex()}"


def _require_root() -> None:
    if os.geteuid() != 0:
        raise NamespaceError(f"network namespaces need root: run as root, {INSTEAD}")
    if shutil.which("ip") is None:
        raise NamespaceError(f"network namespaces need the command `ip`: install the package iproute2, {INSTEAD}")


def _refuse_overlap(folder: SandboxFolder, network: IPv4Network) -> None:
    for route in _ip_json("-4", "route"):
        taken, over = route["dst"], route.get("dev", route.get("type"))
        if taken != "default" and over != _bridge(folder) and IPv4Network(taken).overlaps(network):
            raise NamespaceError(
                f"this machine reaches {taken} over {over}, and {network} would cut into it: "
                f"choose another network.cidr, {INSTEAD}"
            )


def _make_bridge(folder: SandboxFolder, network: IPv4Network) -> None:
    bridge, address = _bridge(folder), (str(gateway(network)), network.prefixlen)
    if bridge not in _interfaces(folder):
        _ip("link", "add", bridge, "type", "bridge")
    if _addresses("dev", bridge) != {address}:
        _ip("address", "flush", "dev", bridge)
        _ip("address", "add", f"{address[0]}/{address[1]}", "dev", bridge)
    _ip("link", "set", bridge, "up", "alias", f"sandbox {folder.path}"[:255])
    # Also where the machine forwards for others (containers do that), nothing of the sandbox gets any farther.
    Path(f"/proc/sys/net/ipv4/conf/{bridge}/forwarding").write_text("0")


def _make_host(folder: SandboxFolder, name: str, address: str, network: IPv4Network) -> None:
    inside, interface = _namespace(folder, name), _interface(folder, address)
    _ip("netns", "add", inside)
    _ip("link", "add", interface, "type", "veth", "peer", "name", INSIDE, "netns", inside)
    _ip("link", "set", interface, "master", _bridge(folder), "up", "alias", f"sandbox node {name}")
    _ip("-n", inside, "address", "add", f"{address}/{network.prefixlen}", "dev", INSIDE)
    _ip("-n", inside, "link", "set", "lo", "up")
    _ip("-n", inside, "link", "set", INSIDE, "up")


def _is_whole(folder: SandboxFolder, name: str, address: str, network: IPv4Network) -> bool:
    """Whether this host's network stands as it should, to its last step."""
    inside, interface = _namespace(folder, name), _interface(folder, address)
    if inside not in _namespaces(folder) or interface not in _interfaces(folder):
        return False
    on_bridge = _ip_json("link", "show", interface)[0].get("master") == _bridge(folder)
    return on_bridge and (address, network.prefixlen) in _addresses("up", namespace=inside)


def _addresses(*chosen: str, namespace: str | None = None) -> set[tuple[str, int]]:
    """The IPv4 addresses, with the lengths of their prefixes, on the chosen interfaces of a namespace or of here."""
    where = () if namespace is None else ("-n", namespace)
    links = _ip_json(*where, "-4", "address", "show", *chosen)
    return {(at["local"], at["prefixlen"]) for link in links for at in link.get("addr_info", [])}


def _namespaces(folder: SandboxFolder) -> set[str]:
    return {each["name"] for each in _ip_json("netns") if each["name"].startswith(_namespace(folder, ""))}


def _interfaces(folder: SandboxFolder) -> set[str]:
    names = {each["ifname"] for each in _ip_json("link")}
    return {name for name in names if name == _bridge(folder) or name.startswith(f"v{_tag(folder)}")}


def _remove(namespaces: set[str], interfaces: set[str]) -> None:
    for interface in interfaces:
        _ip("link", "delete", interface)  # and with one end of a pair the other
    for namespace in namespaces:
        _ip("netns", "delete", namespace)


def _ip_json(*words: str) -> list[dict[str, Any]]:
    """What `ip` shows; it shows nothing at all, instead of an empty list, where there is no namespace."""
    shown = _ip("-json", *words)
    return json.loads(shown) if shown.strip() else []


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607 - our own words; found on PATH wherever it is
    if done.returncode != 0:
        raise NamespaceError(
            f"`ip {' '.join(words)}` failed: {done.stderr.strip()}; "
            f"a container needs CAP_NET_ADMIN and CAP_SYS_ADMIN for network namespaces, {INSTEAD}"
        )
    return done.stdout
