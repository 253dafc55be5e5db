"""One command on a thousand loopback hosts, which `benchmarks/light_hosts.py` serves in a process of its own."""

import dataclasses
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.nodes import Node
from playbooks.transport.command import Command, Deadlines
from playbooks.transport.host_keys import HostKeys, parse_key
from playbooks.transport.outcome import Completed, UnreachableError
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import USER, free_port, key_pair, nodes

pytestmark = pytest.mark.slow
LIGHT_HOSTS = Path(__file__).parents[3] / "benchmarks" / "light_hosts.py"
COUNT, BAD = 1000, 617


@pytest.fixture
def fleet() -> list[Node]:
    """A thousand nodes at addresses of their own, of which one is at an address where nothing listens."""
    addresses = [f"127.78.{index // 250}.{index % 250 + 1}" for index in range(COUNT)]
    addresses[BAD] = "127.99.0.1"
    return [dataclasses.replace(node, address=address) for node, address in zip(nodes(COUNT), addresses, strict=True)]


@pytest.fixture
def port(fleet: list[Node], tmp_path: Path) -> Iterator[int]:
    """Where the others listen, until the test ends."""
    for name in ("host_key", "user_key"):
        key_pair(tmp_path / name)
    served, number = [node.address for node in fleet if node is not fleet[BAD]], free_port()
    plan = {"folder": str(tmp_path), "port": number, "addresses": served, "command": "echo answer"}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    line = ["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", sys.executable, str(LIGHT_HOSTS)]
    with subprocess.Popen([*line, str(tmp_path / "plan.json")]) as hosts:
        try:
            _wait_for(served[-1], number, hosts)
            yield number
        finally:
            hosts.kill()


def _wait_for(address: str, port: int, hosts: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and hosts.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {address}:{port}")


def test_one_bad_host_of_a_thousand_keeps_999_results(fleet: list[Node], port: int, tmp_path: Path) -> None:
    """Row 42: nothing listens at its address, and each of the others has its own answer."""
    kept = HostKeys(tmp_path / "known_hosts")
    key = parse_key((tmp_path / "host_key.pub").read_text())
    kept.keep({node.instance_id: [key] for node in fleet if key})
    access = Access.model_validate({"user": USER, "port": port, "identityFile": str(tmp_path / "user_key")})

    with SshTransport(access, kept, tmp_path) as ssh:
        outcomes = ssh.run_all({node: Command("echo answer", Deadlines(connect=6)) for node in fleet})

    bad = outcomes.pop(fleet[BAD].name)
    assert isinstance(bad, UnreachableError)
    assert [node.name for node in fleet if node is not fleet[BAD]] == list(outcomes)
    assert {"answer\n"} == {end.stdout.text if isinstance(end, Completed) else str(end) for end in outcomes.values()}
