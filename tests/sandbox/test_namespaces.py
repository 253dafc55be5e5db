import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from sandbox import moto_server, namespaces, nodes
from sandbox.errors import NamespaceError
from sandbox.folder import SandboxFolder
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import end
from tests.sandbox.conftest import PORT, USER, make_key


def may_make_namespaces() -> bool:
    """Whether this user can on this machine: a container's root often cannot."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    probe = ["ip", "netns", "add", f"aidc-probe-{os.getpid()}"]
    made = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "delete", probe[-1]], check=True)
    return made


needs_namespaces = pytest.mark.skipif(
    not may_make_namespaces(), reason="network namespaces need root, iproute2, CAP_NET_ADMIN and CAP_SYS_ADMIN"
)

NETWORK = IPv4Network(f"10.{100 + os.getpid() % 100}.0.0/16")  # runs side by side do not meet
HOSTS = {"moto": str(NETWORK[2]), "workers-0": str(NETWORK[10]), "workers-1": str(NETWORK[11])}


def listing() -> list[str]:
    """All interfaces and namespaces of this machine, and its routes."""
    shown = [["link"], ["netns"], ["route"]]
    return [subprocess.run(["ip", "-o", *what], capture_output=True, text=True, check=True).stdout for what in shown]


@pytest.fixture
def network(folder: SandboxFolder) -> Iterator[SandboxFolder]:
    """A sandbox with the network of two nodes and a moto server."""
    namespaces.create(folder, NETWORK, HOSTS)
    yield folder
    assert end(folder) == []
    namespaces.destroy(folder)


def inside(folder: SandboxFolder, host: str, script: str) -> str:
    """What a Python script prints in a host's namespace."""
    command = [*namespaces.command_prefix(folder, host), sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def connects(folder: SandboxFolder, host: str, address: str, port: int) -> bool:
    """Whether something in a host's namespace reaches an address."""
    script = f"""
import socket
try:
    socket.create_connection(({address!r}, {port}), timeout=3).close()
    print("yes")
except OSError as error:
    print(error)
"""
    return inside(folder, host, script) == "yes\n"


@needs_namespaces
def test_nodes_reach_each_other_and_moto_and_nothing_else(network: SandboxFolder, tmp_path: Path) -> None:
    """The operator reaches all of them; afterwards the machine is as it was."""
    key = make_key(tmp_path)
    specs = [NodeSpec(name, address, PORT, USER) for name, address in HOSTS.items() if name != "moto"]
    launch = Launch(key.with_suffix(".pub"), {}, lambda name: namespaces.command_prefix(network, name))

    url = moto_server.start(network, HOSTS["moto"], namespaces.command_prefix(network, "moto"))
    nodes.start(network, specs, launch)
    moto_server.reset(url)

    moto_port = int(url.rpartition(":")[2])
    for spec in specs:
        with socket.create_connection((spec.address, PORT), timeout=5) as connection:
            assert connection.recv(4) == b"SSH-"
        assert all(connects(network, spec.name, other.address, PORT) for other in specs)
        assert connects(network, spec.name, HOSTS["moto"], moto_port)
        assert not connects(network, spec.name, "192.0.2.1", 80)


@needs_namespaces
def test_everything_is_gone_afterwards(folder: SandboxFolder) -> None:
    """Interfaces, namespaces and routes."""
    before = listing()

    namespaces.create(folder, NETWORK, HOSTS)
    assert before != listing()
    namespaces.destroy(folder)
    namespaces.destroy(folder)

    assert before == listing()


@needs_namespaces
def test_create_twice_changes_nothing(network: SandboxFolder) -> None:
    """What is whole is left alone, with the processes in it."""
    before = listing()

    namespaces.create(network, NETWORK, HOSTS)

    assert before == listing()


@needs_namespaces
def test_only_what_came_or_went_is_made_or_removed(network: SandboxFolder) -> None:
    """A process in another node's namespace notices nothing."""
    hold = [*namespaces.command_prefix(network, "workers-0"), "sleep", "1000"]
    with subprocess.Popen(hold) as process:
        try:
            hosts = {name: address for name, address in HOSTS.items() if name != "workers-1"}
            namespaces.create(network, NETWORK, {**hosts, "workers-2": str(NETWORK[12])})

            names = {line.split()[0] for line in listing()[1].splitlines()}
            ours = {namespaces.command_prefix(network, name)[-1] for name in ("moto", "workers-0", "workers-2")}
            gone = namespaces.command_prefix(network, "workers-1")[-1]
            assert ours <= names
            assert gone not in names
            pids = subprocess.run(["ip", "netns", "pids", hold[3]], capture_output=True, text=True, check=True).stdout
            assert str(process.pid) in pids.split()
        finally:
            process.kill()


@needs_namespaces
def test_half_made_host_is_made_anew(network: SandboxFolder) -> None:
    """As a kill between two steps leaves it."""
    name = namespaces.command_prefix(network, "workers-1")[-1]
    subprocess.run(["ip", "-n", name, "link", "delete", namespaces.INSIDE], check=True)

    namespaces.create(network, NETWORK, HOSTS)

    assert (
        str(NETWORK[11])
        in subprocess.run(["ip", "-n", name, "address"], capture_output=True, text=True, check=True).stdout
    )


@needs_namespaces
@pytest.mark.usefixtures("network")
def test_another_sandbox_is_left_alone(tmp_path: Path) -> None:
    """Its names are other names."""
    before = listing()
    other = SandboxFolder.of(tmp_path / "other")

    namespaces.create(other, IPv4Network("10.99.0.0/24"), {"workers-0": "10.99.0.10"})
    namespaces.destroy(other)

    assert before == listing()


@needs_namespaces
@pytest.mark.usefixtures("network")
def test_network_that_the_machine_already_reaches_is_refused(tmp_path: Path) -> None:
    """Else the sandbox would cut the machine off from a part of it."""
    other = SandboxFolder.of(tmp_path / "other")

    with pytest.raises(NamespaceError, match=rf"this machine reaches {NETWORK} over b.*choose another network\.cidr"):
        namespaces.create(other, IPv4Network(f"{NETWORK[256]}/24"), {})


def test_without_root_the_way_out_is_said(folder: SandboxFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either root, or loopback."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(NamespaceError, match="need root: run as root, or set sandbox.isolation to loopback"):
        namespaces.create(folder, NETWORK, HOSTS)
