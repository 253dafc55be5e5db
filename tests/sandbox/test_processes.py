import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sandbox.folder import SandboxFolder
from sandbox.processes import MOTO, Member, command_role, end, find, identity, listener, node_role
from tests.sandbox.conftest import is_gone, loopback_address


@contextmanager
def running(line: str, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A shell that says when it has begun, and is gone after the test."""
    environment = {**os.environ, **variables}
    with subprocess.Popen(["/bin/sh", "-c", line], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


SLEEP = "echo; exec sleep 1000"


def test_processes_are_found_by_what_they_inherit(folder: SandboxFolder) -> None:
    """The children of a node too, with the role that they carry."""
    with (
        running(SLEEP, identity(folder, MOTO)) as moto,
        running(SLEEP, identity(folder, node_role("workers-0"))) as node,
        running("sleep 1000 & echo; wait", identity(folder, command_role("workers-0"))) as command,
    ):
        child = psutil.Process(command.pid).children()[0]

        found = {(member.process.pid, member.role, member.node) for member in find(folder)}
        assert end(folder) == []

    assert {
        (moto.pid, "moto", ""),
        (node.pid, "node:workers-0", "workers-0"),
        (command.pid, "command:workers-0", "workers-0"),
        (child.pid, "command:workers-0", "workers-0"),
    } == found
    assert is_gone(child.pid)


def test_processes_of_another_folder_are_left_alone(folder: SandboxFolder) -> None:
    """Even where one path is the beginning of the other, and those without any folder."""
    other = SandboxFolder(Path(f"{folder.path}-2"))

    with running(SLEEP, identity(other, MOTO)) as theirs, running(SLEEP, {}) as nobodys:
        assert (find(folder), end(folder)) == ([], [])
        assert (theirs.poll(), nobodys.poll()) == (None, None)


def test_only_the_chosen_are_ended(folder: SandboxFolder) -> None:
    """The other roles live on."""
    with running(SLEEP, identity(folder, MOTO)) as moto, running(SLEEP, identity(folder, node_role("a"))) as node:
        assert end(folder, lambda member: member.node == "a") == []

        assert is_gone(node.pid)
        assert moto.poll() is None
        assert [(MOTO, moto.pid)] == [(member.role, member.process.pid) for member in find(folder)]


def test_process_that_ignores_sigterm_is_killed(folder: SandboxFolder) -> None:
    """After the time of grace."""
    with running("trap '' TERM; echo; while :; do sleep 0.1; done", identity(folder, MOTO)) as stubborn:
        assert end(folder, grace_seconds=0.3) == []

        assert is_gone(stubborn.pid)


def test_process_that_begins_another_while_it_is_ended_ends_with_it(folder: SandboxFolder) -> None:
    """The process table is read again until nothing is left in it."""
    line = "trap 'setsid sleep 1000 & exit' TERM; echo; while :; do sleep 0.05; done"
    with running(line, identity(folder, MOTO)):
        assert end(folder, grace_seconds=0.5) == []

    assert find(folder) == []


def test_what_would_not_end_is_returned(folder: SandboxFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name says where to look for it."""
    with running(SLEEP, identity(folder, node_role("workers-0"))) as process, monkeypatch.context() as patched:
        patched.setattr(psutil.Process, "terminate", lambda _: None)
        patched.setattr(psutil.Process, "kill", lambda _: None)

        assert [f"node:workers-0 (process {process.pid})"] == [str(left) for left in end(folder, grace_seconds=0.05)]


def test_caller_and_its_ancestors_are_spared(folder: SandboxFolder) -> None:
    """A command of the toolkit may itself run inside a node of the sandbox."""
    script = f"""
from pathlib import Path
from sandbox.folder import SandboxFolder
from sandbox.processes import end, find
folder = SandboxFolder(Path({str(folder.path)!r}))
print(find(folder), end(folder))
"""
    environment = {**os.environ, **identity(folder, command_role("workers-0"))}
    line = ["/bin/sh", "-c", '"$@"; echo "still here"', "sh", sys.executable, "-c", script]

    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)

    assert done.stdout == "[] []\nstill here\n"


def test_pid_in_new_hands_is_not_signalled(folder: SandboxFolder) -> None:
    """A member is known by its start time as well."""
    with running(SLEEP, identity(folder, MOTO)) as first:
        member: Member = find(folder)[0]
        first.kill()
        first.wait()

        with pytest.raises(psutil.NoSuchProcess):
            member.process.terminate()


def test_listener_is_named() -> None:
    """By process and command line."""
    with socket.create_server((loopback_address(9), 0)) as server:
        port = server.getsockname()[1]

        named = listener(loopback_address(9), port)

    assert named.startswith(f"process {os.getpid()}, `")


def test_listener_that_is_not_there_is_not_made_up() -> None:
    """Nor is one at another address."""
    with socket.create_server((loopback_address(8), 0)) as server:
        port = server.getsockname()[1]

        assert listener(loopback_address(9), port) == "a process of another user"
