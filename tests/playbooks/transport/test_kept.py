"""A run of many commands logs in to each node once."""

import time
from collections.abc import Iterator

import psutil
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import Completed, DeadlinePassedError, Outcome, UnreachableError
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import NODE, Host, nodes


@pytest.fixture
def keeping(host: Host) -> Iterator[SshTransport]:
    """A transport that keeps the connection of `NODE`."""
    with SshTransport(host.access(), host.keys(NODE), host.folder, kept=2) as ssh:
        yield ssh


def said(outcome: Outcome) -> str:
    """What a command printed that ended well."""
    assert isinstance(outcome, Completed), outcome
    return outcome.stdout.text


def client_port(ssh: SshTransport, job: str | None = None) -> str:
    """Over which connection a command runs."""
    return said(ssh.run(NODE, Command("echo $SSH_CONNECTION", job=job))).split()[1]


def test_commands_jobs_and_uploads_share_one_connection(keeping: SshTransport) -> None:
    """In whatever order they come."""
    assert keeping.upload(NODE, {"program": b"#!/bin/sh\n"}, "folder") is None
    ports = [client_port(keeping), client_port(keeping, job="first"), client_port(keeping, job="second")]
    assert keeping.upload(NODE, {"other": b""}, "folder") is None

    assert set(ports) == {ports[0]}
    assert client_port(keeping) == ports[0]


def test_without_keeping_each_has_its_own(ssh: SshTransport) -> None:
    """Who asks a node once leaves nothing open."""
    assert client_port(ssh) != client_port(ssh)


def test_a_connection_that_broke_while_it_was_idle_is_made_anew(host: Host, keeping: SshTransport) -> None:
    """Nothing was running on it, so that nothing is lost."""
    first = client_port(keeping)
    for connection in host.connections():
        connection.kill()

    assert client_port(keeping) not in ("", first)


def test_a_node_that_went_away_meanwhile_is_not_reached(host: Host, keeping: SshTransport) -> None:
    """As if nobody had ever been connected."""
    client_port(keeping)
    host.stop()

    outcome = keeping.run(NODE, Command("true", Deadlines(connect=0.5)))
    assert isinstance(outcome, UnreachableError)


def test_a_connection_on_which_a_command_was_cut_off_is_not_kept(keeping: SshTransport) -> None:
    """Something of the command may still be coming."""
    first = client_port(keeping)
    cut = keeping.run(NODE, Command("echo $SSH_CONNECTION; sleep 60", Deadlines(command=0.5)))

    assert isinstance(cut, DeadlinePassedError)
    assert client_port(keeping) != first


def test_what_one_command_leaves_in_the_background_does_not_hold_the_next_one_up(keeping: SshTransport) -> None:
    """Nor does its late output come to it."""
    line = "echo first; (sleep 1.5; echo late) &"
    first = keeping.run(NODE, Command(line))
    began = time.monotonic()
    second = keeping.run(NODE, Command("echo second"))

    assert (said(first), said(second)) == ("first\n", "second\n")
    assert time.monotonic() - began < 5
    assert said(keeping.run(NODE, Command("sleep 1.5; echo third"))) == "third\n"


def test_no_more_are_kept_than_may_be_and_none_afterwards(host: Host) -> None:
    """Each costs a descriptor here and a process on the node."""
    fleet = nodes(3)
    with SshTransport(host.access(), host.keys(*fleet), host.folder, kept=2) as ssh:
        outcomes = ssh.run_all({node: Command("true") for node in fleet})
        assert {said(outcome) for outcome in outcomes.values()} == {""}
        assert _settled(host) == 2

    assert _settled(host, 0) == 0


def test_what_comes_after_the_end_is_not_kept(host: Host) -> None:
    """A worker that a Ctrl-C has overtaken would leave it open for good."""
    with SshTransport(host.access(), host.keys(NODE), host.folder, kept=2) as ssh:
        assert said(ssh.run(NODE, Command("true"))) == ""
    assert said(ssh.run(NODE, Command("true"))) == ""

    assert _settled(host, 0) == 0


def _settled(host: Host, wanted: int = 2) -> int:
    """How many connections the host serves, once their number is as wanted or some time has passed."""
    deadline = time.monotonic() + 10
    while (count := len([each for each in host.connections() if _lives(each)])) != wanted:
        if time.monotonic() > deadline:
            return count
        time.sleep(0.05)
    return count


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
