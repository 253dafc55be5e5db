"""Jobs on OpenSSH's sshd whose connection breaks: followed over another one, and never run twice."""

import threading
import time

import psutil
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import (
    AuthenticationRefusedError,
    Completed,
    ConnectionLostError,
    Outcome,
    TransportError,
)
from playbooks.transport.remote_job import job_name
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import NODE, Host, pid_in


def run_and_cut(ssh: SshTransport, host: Host, command: Command, *, cuts: int = 1) -> Outcome:
    """Run a command and end sshd's side of its connection once it runs, so many times."""

    def cut() -> None:
        pid_in(host.home / "pid")
        for _ in range(cuts):
            for process in _served(host):
                process.kill()
            time.sleep(0.3)

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        return ssh.run(NODE, command)
    finally:
        cutting.join()


def _served(host: Host) -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while not (found := host.connections()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_job_gives_what_a_plain_command_gives_and_leaves_nothing(ssh: SshTransport, host: Host) -> None:
    """Status and both streams, through the files on the node."""
    ended = ssh.run(NODE, Command('echo out; echo "it\'s" >&2; exit 97', job="a.b_c-1"))

    assert isinstance(ended, Completed)
    assert (ended.exit_status, ended.stdout.text, ended.stderr.text) == (97, "out\n", "it's\n")
    assert list((host.home / ".aidc" / "jobs").iterdir()) == []


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_job_whose_connection_breaks_is_followed_to_its_end(ssh: SshTransport, host: Host, cuts: int) -> None:
    """Row 36: it ran once, and nothing that it printed before, between and after is lost or doubled."""
    line = (
        f"echo ran >>{host.home}/count; echo $$ >{host.home}/pid; for i in 1 2 3 4; do echo $i; sleep 0.5; done; exit 5"
    )

    ended = run_and_cut(ssh, host, Command(line, job="job"), cuts=cuts)

    assert isinstance(ended, Completed), ended
    assert (ended.exit_status, ended.stdout.text) == (5, "1\n2\n3\n4\n")
    assert (host.home / "count").read_text() == "ran\n"


def test_a_job_that_is_gone_without_a_status_is_told(ssh: SshTransport, host: Host) -> None:
    """Its processes were killed from outside: nobody knows what it did, and it is not run again."""
    line = f"echo ran >>{host.home}/count; kill -KILL $PPID $$"

    outcome = ssh.run(NODE, Command(line, job="job"))

    assert isinstance(outcome, ConnectionLostError)
    assert "without an exit status" in str(outcome)
    assert (host.home / "count").read_text() == "ran\n"
    assert ssh.not_ended == ("train-0",)


def test_a_plain_command_whose_connection_breaks_is_told_and_not_run_again(ssh: SshTransport, host: Host) -> None:
    """Without a job nobody can say what it did."""
    line = f"echo ran >>{host.home}/count; echo $$ >{host.home}/pid; sleep 3"

    outcome = run_and_cut(ssh, host, Command(line))

    assert isinstance(outcome, ConnectionLostError)
    assert (host.home / "count").read_text() == "ran\n"


def test_a_job_on_a_node_that_does_not_come_back_is_given_up(ssh: SshTransport, host: Host) -> None:
    """The node is named, because the job may still run there."""
    line = f"echo $$ >{host.home}/pid; sleep 4"

    def cut() -> None:
        pid_in(host.home / "pid")
        host.stop()

    cutting = threading.Thread(target=cut)
    cutting.start()
    outcome = ssh.run(NODE, Command(line, Deadlines(connect=1.5), job="job"))
    cutting.join()

    assert isinstance(outcome, ConnectionLostError)
    assert ssh.not_ended == ("train-0",)


def test_a_node_that_lets_nobody_in_after_a_job_was_started_is_named(ssh: SshTransport, host: Host) -> None:
    """The job may still run there."""
    command = Command(f"rm {host.home}/../user_key.pub; echo $$ >{host.home}/pid; sleep 2", job="job")

    outcome = run_and_cut(ssh, host, command)

    assert isinstance(outcome, AuthenticationRefusedError), outcome
    assert ssh.not_ended == ("train-0",)


def test_a_name_that_a_shell_could_mistake_is_refused() -> None:
    """It becomes part of a path that is removed."""
    with pytest.raises(ValueError, match="letters, digits"):
        job_name("../x", "i-0")


def test_a_job_that_cannot_be_started_is_told_and_leaves_nothing_to_end(ssh: SshTransport, host: Host) -> None:
    """The home folder cannot be written, as on a full disk."""
    (host.home / ".aidc").write_text("not a folder")

    outcome = ssh.run(NODE, Command(f"touch {host.home}/ran", job="job"))

    assert isinstance(outcome, TransportError)
    assert "cannot be made" in str(outcome)
    assert not (host.home / "ran").exists()
    assert ssh.not_ended == ()
