"""Nodes that die silently: a daemon that stands still sends no end of anything, and is noticed all the same."""

import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import Completed, ConnectionLostError
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import NODE, Host, pid_in
from tests.playbooks.transport.test_route import RELAY, jumping


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions a few times a second."""
    monkeypatch.setattr("playbooks.transport.liveness.PROBE_SECONDS", 0.3)
    monkeypatch.setattr("playbooks.transport.session.LOOK_SECONDS", 0.1)


@contextmanager
def stopped_once_it_runs(host: Host, *, whole: bool) -> Iterator[None]:
    """Have the processes that serve connections stand still once a command runs, and the listener too if `whole`."""
    stopped: list[psutil.Process] = []

    def stop() -> None:
        pid_in(host.home / "pid")
        server = psutil.Process(host.pid)
        serving = [each for each in server.children(recursive=True) if each.name() == "sshd"]
        for process in [server, *serving] if whole else serving:
            process.suspend()
            stopped.append(process)

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        yield
    finally:
        stopping.join()
        for process in stopped:
            process.resume()


def direct(host: Host, _start: Callable[..., Host]) -> Access:
    """Straight to the node."""
    return host.access()


def jump(host: Host, start: Callable[..., Host]) -> Access:
    """Through a jump host that goes on."""
    return jumping(host, start())


def proxy(host: Host, _start: Callable[..., Host]) -> Access:
    """Through a program that goes on."""
    relay = host.folder / "relay.py"
    relay.write_text(RELAY)
    return host.access(proxyCommand=f"{shlex.join([sys.executable, str(relay)])} %h %p")


@pytest.mark.parametrize("way", [direct, jump, proxy])
def test_a_node_that_stops_answering_is_told_long_before_the_deadline(
    start_sshd: Callable[..., Host], way: Callable[[Host, Callable[..., Host]], Access]
) -> None:
    """Whatever is on the way and still answers."""
    host = start_sshd()
    line = f"echo $$ >{host.home}/pid; sleep 1000"
    ssh = SshTransport(way(host, start_sshd), host.keys(NODE), host.folder)
    with ssh, stopped_once_it_runs(host, whole=True):
        began = time.monotonic()
        outcome = ssh.run(NODE, Command(line, Deadlines(command=600)))

    assert isinstance(outcome, ConnectionLostError)
    assert "has stopped answering" in str(outcome)
    assert time.monotonic() - began < 10
    assert ssh.not_ended == ("train-0",)


def test_a_job_whose_connection_stands_still_is_followed_over_another(ssh: SshTransport, host: Host) -> None:
    """The node itself is well."""
    line = f"echo ran >>{host.home}/count; echo $$ >{host.home}/pid; sleep 2; exit 5"
    with stopped_once_it_runs(host, whole=False):
        outcome = ssh.run(NODE, Command(line, job="job"))

    assert isinstance(outcome, Completed), outcome
    assert outcome.exit_status == 5
    assert (host.home / "count").read_text() == "ran\n"


def test_a_job_on_a_node_that_stops_answering_is_told(ssh: SshTransport, host: Host) -> None:
    """First its connection stands still, then no other can be made."""
    line = f"echo $$ >{host.home}/pid; sleep 1000"
    with stopped_once_it_runs(host, whole=True):
        outcome = ssh.run(NODE, Command(line, Deadlines(connect=1), job="job"))

    assert isinstance(outcome, ConnectionLostError)
    assert "has stopped answering" in str(outcome)


def test_a_silent_command_on_a_node_that_answers_goes_on(ssh: SshTransport) -> None:
    """Its daemon answers every question."""
    outcome = ssh.run(NODE, Command("sleep 2; echo there"))

    assert isinstance(outcome, Completed), outcome
    assert outcome.stdout.text == "there\n"
