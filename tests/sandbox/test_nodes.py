import os
import socket
import subprocess
from pathlib import Path

import pytest

from sandbox import nodes
from sandbox.errors import StartError
from sandbox.folder import SandboxFolder
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import find
from tests.sandbox.conftest import PORT, USER, is_gone, loopback_address, make_key, needs_ssh

BACKGROUND = "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!"


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """A key for nodes that are started in the test."""
    return Launch(make_key(tmp_path).with_suffix(".pub"), {})


def spec(index: int) -> NodeSpec:
    """Nodes beside those of other test modules."""
    return NodeSpec(f"workers-{index}", loopback_address(50 + index), PORT, USER)


def run_on(spec: NodeSpec, launch: Launch, line: str) -> str:
    """What a command on a node prints; the host key is another test's matter."""
    strict = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    where = ["-i", str(launch.authorized_key.with_suffix("")), "-p", str(spec.port), f"{USER}@{spec.address}"]
    return subprocess.run(["ssh", *strict, *where, line], capture_output=True, text=True, check=True, timeout=30).stdout


def banner(spec: NodeSpec) -> bytes:
    """What a node says first."""
    with socket.create_connection((spec.address, spec.port), timeout=5) as connection:
        return connection.recv(4)


def test_started_nodes_answer_and_stopped_ones_do_not(folder: SandboxFolder, launch: Launch) -> None:
    """Each by itself."""
    nodes.start(folder, [spec(0), spec(1)], launch)
    assert {"workers-0", "workers-1"} == nodes.running(folder)
    assert [banner(spec(0)), banner(spec(1))] == [b"SSH-", b"SSH-"]

    assert nodes.stop(folder, ["workers-0"]) == []

    assert {"workers-1"} == nodes.running(folder)
    with pytest.raises(ConnectionRefusedError):
        banner(spec(0))


def test_host_key_is_kept_and_printed_once(folder: SandboxFolder, launch: Launch) -> None:
    """A restart is not a first boot; a node that was forgotten is a new machine."""
    node = folder.node("workers-0")

    def boot() -> tuple[bytes, bytes]:
        nodes.start(folder, [spec(0)], launch)
        assert nodes.stop(folder, ["workers-0"]) == []
        return node.host_key.read_bytes(), node.console.read_bytes()

    first, second = boot(), boot()
    nodes.forget(folder, ["workers-0"])
    third = boot()

    assert first == second
    assert first[0] != third[0]
    assert node.host_key.stat().st_mode & 0o777 == 0o600


@needs_ssh
def test_stop_ends_what_runs_on_the_node(folder: SandboxFolder, launch: Launch) -> None:
    """Also what has left its process group, as when a machine is switched off."""
    nodes.start(folder, [spec(0)], launch)
    background = int(run_on(spec(0), launch, BACKGROUND))

    assert nodes.stop(folder, ["workers-0"]) == []

    assert is_gone(background)
    assert find(folder) == []


@needs_ssh
def test_sigterm_ends_the_commands_and_then_the_node(folder: SandboxFolder, launch: Launch) -> None:
    """The clients lose their connection, as with a machine that goes down."""
    nodes.start(folder, [spec(0)], launch)
    strict = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    where = ["-i", str(launch.authorized_key.with_suffix("")), "-p", str(PORT), f"{USER}@{spec(0).address}"]
    command = ["ssh", *strict, *where, "echo $$; exec sleep 1000"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        assert client.stdout is not None
        sleeper = int(client.stdout.readline())

        (host,) = (member.process for member in find(folder) if member.role == "node:workers-0")
        host.terminate()

        assert client.wait(10) == 255
    assert is_gone(host.pid)
    assert is_gone(sleeper)


@needs_ssh
def test_commands_of_a_killed_node_end_before_it_starts_again(folder: SandboxFolder, launch: Launch) -> None:
    """They are found in the process table, though the node could not end them."""
    nodes.start(folder, [spec(0)], launch)
    orphan = int(run_on(spec(0), launch, BACKGROUND))
    (host,) = (member.process for member in find(folder) if member.role == "node:workers-0")
    host.kill()
    assert is_gone(host.pid)
    assert set() == nodes.running(folder)
    assert [member.role for member in find(folder)] == ["command:workers-0"]

    nodes.start(folder, [spec(0)], launch)

    assert is_gone(orphan)
    assert {"workers-0"} == nodes.running(folder)


def test_taken_port_is_said_with_who_has_it(folder: SandboxFolder, launch: Launch) -> None:
    """The other node runs."""
    with socket.create_server((spec(0).address, PORT)), pytest.raises(StartError) as failed:
        nodes.start(folder, [spec(0), spec(1)], launch)

    message = str(failed.value)
    assert (
        f"workers-0: cannot listen: error while attempting to bind on address ('{spec(0).address}', {PORT})" in message
    )
    assert f"address already in use: process {os.getpid()}, `" in message
    assert {"workers-1"} == nodes.running(folder)


def test_unreadable_key_is_said(folder: SandboxFolder, launch: Launch) -> None:
    """Nobody could ever log in."""
    launch.authorized_key.write_text("not a key\n")

    with pytest.raises(StartError, match=r"workers-0: .*id_ed25519\.pub: not a public key: "):
        nodes.start(folder, [spec(0)], launch)
