"""Real SSH servers for the transport: OpenSSH's sshd on a loopback port, with keys made for the test."""

import dataclasses
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncssh
import psutil
import pytest

from playbooks.nodes import Node
from playbooks.transport.host_keys import HostKey, HostKeys, parse_key
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
ALGORITHMS = {"ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256", "rsa": "ssh-rsa"}
USER = pwd.getpwuid(os.getuid()).pw_name
NODE = Node("train-0", "train", 0, "i-0aaaaaaaaaaaaaaaa", "p5.48xlarge", "127.0.0.1", "python3")

CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxSessions 100
SetEnv HOME={home}
Subsystem sftp internal-sftp -d {home}
"""


@dataclass(frozen=True)
class Host:
    """A running sshd and how to reach it."""

    folder: Path
    home: Path
    port: int
    pid: int

    def keys(self, *nodes: Node) -> HostKeys:
        """A store that knows this host's key under these nodes' instance ids."""
        kept = HostKeys(self.folder / "known_hosts")
        key = parse_key((self.folder / "host_key.pub").read_text())
        kept.keep({node.instance_id: [key] for node in nodes if key})
        return kept

    def access(self, **settings: object) -> Access:
        """The settings that reach this host, and others on top, by their names in the file."""
        given = {"user": USER, "port": self.port, "identityFile": str(self.folder / "user_key")} | settings
        return Access.model_validate(given)

    def stop(self) -> None:
        """End the server and every connection to it."""
        server = psutil.Process(self.pid)
        for process in (server, *server.children(recursive=True)):
            if process.name() == "sshd":
                process.kill()

    def connections(self) -> list[psutil.Process]:
        """The processes of sshd that serve a connection each."""
        return psutil.Process(self.pid).children()


needs_openssh = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="OpenSSH's client, openssh-client, is not installed"
)


@pytest.fixture
def start_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """Starts sshd with further lines of configuration; skips where it is not installed."""
    if SSHD is None:
        pytest.skip("needs OpenSSH's sshd (Debian: openssh-server)")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where root's sshd separates its privileges; its package makes it too

    def start(*lines: str, kind: str = "ed25519", seconds_late: float = 0.0) -> Host:
        folder = tmp_path_factory.mktemp("sshd")
        home = folder / "home"
        home.mkdir()
        for name in ("host_key", "user_key"):
            key_pair(folder / name, kind)
        port = free_port()
        config = folder / "sshd_config"
        config.write_text("\n".join([*lines, CONFIG.format(port=port, folder=folder, home=home)]))
        with (folder / "log").open("wb") as log:
            line = ["sh", "-c", f'sleep {seconds_late}; exec "$@"', "sh", SSHD, "-D", "-e", "-f", str(config)]
            process = subprocess.Popen(line, stderr=log)
        ends.callback(_end, process, home)
        if not seconds_late:
            _wait_until_it_listens(port, process, folder / "log")
        return Host(folder, home, port, process.pid)

    with ExitStack() as ends:
        yield start


@pytest.fixture
def host(start_sshd: Callable[..., Host]) -> Host:
    """One sshd."""
    return start_sshd()


@pytest.fixture
def ssh(host: Host) -> Iterator[SshTransport]:
    """A transport that knows `NODE` as that sshd."""
    with SshTransport(host.access(), host.keys(NODE), host.folder) as transport:
        yield transport


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def key_pair(path: Path, kind: str = "ed25519", passphrase: str | None = None) -> HostKey:
    """Make a key pair, and say its public half."""
    pair = asyncssh.generate_private_key(ALGORITHMS[kind])
    path.touch(mode=0o600)
    pair.write_private_key(path, passphrase=passphrase)
    pair.write_public_key(path.with_suffix(".pub"))
    key = parse_key(path.with_suffix(".pub").read_text())
    assert key is not None
    return key


def pid_in(file: Path) -> int:
    """The process id that a command writes into a file, waited for."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if file.exists() and file.read_text().strip():
            return int(file.read_text())
        time.sleep(0.02)
    raise AssertionError(f"nothing was written into {file}")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def nodes(count: int) -> list[Node]:
    """So many nodes at the same address."""
    return [
        dataclasses.replace(NODE, name=f"train-{index}", index=index, instance_id=f"i-{index:017x}")
        for index in range(count)
    ]


def _end(process: subprocess.Popen[bytes], home: Path) -> None:
    """End the server, and what it ran that a test could not end: nothing else has this home folder."""
    server = psutil.Process(process.pid)
    for each in (*server.children(recursive=True), server, *filter(partial(_lives_in, home), psutil.process_iter())):
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


def _lives_in(home: Path, process: psutil.Process) -> bool:
    try:
        return process.environ().get("HOME") == str(home)
    except psutil.Error:  # gone, or another user's
        return False


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(log.read_text())
