"""Nodes to test against: real processes on loopback addresses that no other test run uses."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import asyncssh
import psutil
import pytest

from sandbox import nodes
from sandbox.folder import SandboxFolder
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import end

PORT = 2222
USER = "ubuntu"

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client, openssh-client, is not installed")


def loopback_address(index: int) -> str:
    """An address of this test process alone; all of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3)."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 8) % 128}.{pid % 256}.{10 + index}"


def make_key(folder: Path) -> Path:
    """A key pair in this folder; returns the private one's path."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = folder / "id_ed25519"
    path.touch(mode=0o600)
    key.write_private_key(path)
    key.write_public_key(path.with_suffix(".pub"))
    return path


def is_gone(pid: int, patience_seconds: float = 5.0) -> bool:
    """Whether this process is at its end before the patience is."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


class Fleet(NamedTuple):
    """Nodes, the key that opens them, and where an OpenSSH client finds their host keys."""

    folder: SandboxFolder
    specs: list[NodeSpec]
    private_key: Path
    launch: Launch

    def host_key(self, index: int) -> str:
        """A node's public host key, `<type> <base64> <comment>`."""
        key = asyncssh.read_private_key(self.folder.node(self.specs[index].name).host_key)
        return key.export_public_key().decode().strip()

    def known_hosts(self) -> Path:
        """A known_hosts file with all nodes."""
        lines = [f"[{spec.address}]:{spec.port} {self.host_key(index)}" for index, spec in enumerate(self.specs)]
        path = self.private_key.with_name("known_hosts")
        path.write_text("".join(f"{line}\n" for line in lines))
        return path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SandboxFolder]:
    """The folder of an empty sandbox, none of whose processes outlives the test."""
    sandbox = SandboxFolder.of(tmp_path)
    sandbox.create()
    yield sandbox
    assert end(sandbox) == []


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two running nodes at two addresses, on the same port."""
    project = tmp_path_factory.mktemp("project")
    sandbox = SandboxFolder.of(project)
    key = make_key(project)
    specs = [NodeSpec(f"workers-{index}", loopback_address(index), PORT, USER) for index in range(2)]
    launch = Launch(key.with_suffix(".pub"), {"AWS_REGION": "eu-west-1"})
    nodes.start(sandbox, specs, launch)
    yield Fleet(sandbox, specs, key, launch)
    assert end(sandbox) == []
