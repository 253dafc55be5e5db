"""The one folder that the sandbox of a project writes to: its paths, its state and the lock that guards them."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playbooks.whole_files import replace_files
from sandbox.errors import InUseError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700  # it holds private keys


@dataclass(frozen=True, slots=True)
class NodeFolder:
    """What one node keeps: its host key, its console, its log and its users' home."""

    path: Path

    @property
    def host_key(self) -> Path:
        """The private host key, made at the first start and kept over restarts."""
        return self.path / "host_key"

    @property
    def console(self) -> Path:
        """What the instance has printed on its serial console."""
        return self.path / "console.log"

    @property
    def address(self) -> Path:
        """The node's IPv4 address, by which the cloud finds an instance's console."""
        return self.path / "address"

    @property
    def log(self) -> Path:
        """What the node's own process has said since its last start."""
        return self.path / "ssh_host.log"

    @property
    def fault(self) -> Path:
        """What is wrong with the node, by the wish of whoever injected it; not there while it is well."""
        return self.path / "fault"

    @property
    def home(self) -> Path:
        """Where logins and commands begin."""
        return self.path / "home"


@dataclass(frozen=True, slots=True)
class SandboxFolder:
    """The folder `.sandbox/` of one project; its absolute path is the sandbox's identity."""

    path: Path

    @classmethod
    def of(cls, project: Path) -> "SandboxFolder":
        """The sandbox of the project in this folder; nothing is created."""
        return cls(project.resolve() / ".sandbox")

    @property
    def state(self) -> Path:
        """What was declared and created, as JSON."""
        return self.path / "state.json"

    @property
    def moto_log(self) -> Path:
        """One line a request to the moto server."""
        return self.path / "moto.log"

    @property
    def moto_endpoint(self) -> Path:
        """The URL of the moto server that was started last."""
        return self.path / "moto.endpoint"

    @property
    def faults(self) -> Path:
        """Which nodes are to be broken; it counts only while somebody holds it."""
        return self.path / "faults.json"

    @property
    def nodes(self) -> Path:
        """Holds a folder for each node."""
        return self.path / "nodes"

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    def node(self, name: str) -> NodeFolder:
        """Where the node of this name keeps what it keeps."""
        return NodeFolder(self.nodes / name)

    def create(self) -> None:
        """Make the folder, for this user only; one that exists is fine."""
        self.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Hold the sandbox for one command. The kernel lets go of it when the holder ends, however it ends.

        Args:
            command: what to tell others who want the lock, such as `aidc up sandbox`.

        Raises:
            InUseError: somebody else holds it; the message says who, and since when.
        """
        descriptor = self._take_lock(command)
        try:
            yield
        finally:
            os.close(descriptor)

    def _take_lock(self, command: str) -> int:
        while True:
            self.create()
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 4096, 0)
                os.close(descriptor)
                raise InUseError(
                    f"{self.path}: in use by {_described(holder)}; wait until it ends, or end it"
                ) from None
            if self._is_lock_file(descriptor):
                break
            os.close(descriptor)  # whoever held it has removed the sandbox, and this file with it
        holder = json.dumps({"pid": os.getpid(), "command": command, "since": _now()}).encode()
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder, 0)
        return descriptor

    def _is_lock_file(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._lock.stat())
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        """Remove everything, the lock last. Call it with the lock held and every process of the sandbox ended."""
        for entry in self.path.iterdir():
            if entry == self._lock:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self._lock.unlink()
        self.path.rmdir()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file for this user only, so that everybody sees the old content or the new one."""
    replace_files(path.parent, {path.name: content}, PRIVATE_FILE)


def _described(holder: bytes) -> str:
    try:
        told = json.loads(holder)
        return f"`{told['command']}` (process {told['pid']}, since {told['since']})"
    except (ValueError, KeyError, TypeError):
        return "a command that has only just begun"  # it holds the lock and has not written its name yet


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")
