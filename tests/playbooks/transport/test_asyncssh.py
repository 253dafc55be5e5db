"""Against asyncssh's server, which tells less than OpenSSH's and closes what it ends."""

import asyncio
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.host_keys import HostKeys, parse_key
from playbooks.transport.outcome import Completed, ConnectionLostError, DeadlinePassedError
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import NODE, key_pair


class Refusing(asyncssh.SSHServer):
    """Opens sessions, which refuse every request where nobody says otherwise."""

    def session_requested(self) -> asyncssh.SSHServerSession[str]:
        """Open one."""
        return asyncssh.SSHServerSession()


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshTransport]:
    """A transport to a server that answers to a few words, and to nothing that is run beside them."""
    with served(tmp_path, process_factory=_answer) as transport:
        yield transport


@contextmanager
def served(tmp_path: Path, **options: object) -> Iterator[SshTransport]:
    """A transport to a server with these options."""
    key_pair(tmp_path / "host")
    key_pair(tmp_path / "user")
    started, end = threading.Event(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[tmp_path / "host"],
            authorized_client_keys=str(tmp_path / "user.pub"), **options,
        )  # fmt: skip
        ports.append(server.get_port())
        started.set()
        await asyncio.to_thread(end.wait)
        server.close()
        await server.wait_closed()

    serving = threading.Thread(target=asyncio.run, args=[serve()])
    serving.start()
    started.wait()
    kept = HostKeys(tmp_path / "known_hosts")
    key = parse_key((tmp_path / "host.pub").read_text())
    kept.keep({NODE.instance_id: [key] if key else []})
    access = Access.model_validate({"user": "x", "port": ports[0], "identityFile": str(tmp_path / "user")})
    with SshTransport(access, kept, tmp_path) as transport:
        yield transport
    end.set()
    serving.join()


async def _answer(process: asyncssh.SSHServerProcess[str]) -> None:
    match _script(str(process.command)):
        case "signal":
            process.exit_with_signal("KILL", core_dumped=False)
        case "signal of its own":
            process.exit_with_signal("RTMIN@example", core_dumped=False)
        case "nothing":
            process.close()
        case "read":
            process.stdout.write(await process.stdin.read())
            process.exit(0)
        case "hang":
            await process.wait_closed()
        case other:
            process.stdout.write(other)
            process.exit(0)


def _script(line: str) -> str:
    """What `exec sh -c` is given, without the mark before it."""
    words = shlex.split(line)
    return words[3].partition("; ")[2] if words[0] == "exec" else line


def test_a_command_comes_back(ssh: SshTransport) -> None:
    """The mark stands before it."""
    ended = ssh.run(NODE, Command("some words"))

    assert isinstance(ended, Completed), ended
    assert ended.stdout.text == "some words"


@pytest.mark.parametrize(("line", "status"), [("signal", 137), ("signal of its own", 128)])
def test_a_signal_comes_as_a_status(ssh: SshTransport, line: str, status: int) -> None:
    """Also one without a number."""
    ended = ssh.run(NODE, Command(line))

    assert isinstance(ended, Completed), ended
    assert ended.exit_status == status


def test_standard_input_has_an_end(ssh: SshTransport) -> None:
    """A command that reads does not wait for what never comes."""
    ended = ssh.run(NODE, Command("read", Deadlines(command=5)))

    assert isinstance(ended, Completed), ended
    assert ended.exit_status == 0


def test_a_server_that_runs_no_command_is_told_so_and_has_nothing_to_end(tmp_path: Path) -> None:
    """The login worked, and nothing broke."""
    with served(tmp_path, server_factory=Refusing) as ssh:
        outcome = ssh.run(NODE, Command("true"))

    assert "runs no command" in str(outcome)
    assert ssh.not_ended == ()


def test_a_channel_that_closes_without_a_status_is_no_success(ssh: SshTransport) -> None:
    """Nobody knows how the command ended."""
    assert isinstance(ssh.run(NODE, Command("nothing")), ConnectionLostError)


def test_a_node_that_does_not_end_a_command_is_named(ssh: SshTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """This server does not run what ends a process group: its status 0 would confirm, so that it answers nothing."""
    monkeypatch.setattr("playbooks.transport.execution.ending", lambda *_args, **_kwargs: "hang")
    monkeypatch.setattr("playbooks.transport.execution.END_SECONDS", 0.3)

    outcome = ssh.run(NODE, Command("hang", Deadlines(command=0.3)))

    assert isinstance(outcome, DeadlinePassedError)
    assert not outcome.confirmed_ended
    assert ssh.not_ended == ("train-0",)
