"""Nodes that need each other: who failed, who only lost a peer, and who did not end at all."""

import time

import pytest

from playbooks.transport.command import Command
from playbooks.transport.outcome import Captured, Completed, InterruptedRunError, UnreachableError
from playbooks.transport.peers import PEER_GRACE_SECONDS, SUFFERED_GRACE_SECONDS, Peers
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import Host, nodes

NOTHING = Captured("", 0, 0)
LOST_A_PEER = 16


def ended(status: int) -> Completed:
    """A rank that ended with a status."""
    return Completed(status, NOTHING, NOTHING, 1.0, 0.0)


def test_the_others_of_a_node_that_failed_by_itself_have_a_short_grace() -> None:
    """They are told its name, once."""
    peers = Peers(nodes(2), {LOST_A_PEER})
    peers.ended("train-1", ended(0), 99.0)
    peers.ended("train-0", UnreachableError("gone"), 100.0)

    assert peers.verdict(100.0 + PEER_GRACE_SECONDS) == ""
    assert peers.verdict(100.1 + PEER_GRACE_SECONDS) == "train-0, which it works together with, had failed"
    assert peers.verdict(200.0) == ""


def test_a_node_that_only_lost_a_peer_is_not_said_to_have_failed() -> None:
    """Who is silent while the others lose it is the suspect, and has longer."""
    peers = Peers(nodes(2), {LOST_A_PEER})
    peers.ended("train-0", ended(LOST_A_PEER), 100.0)
    peers.ended("train-1", ended(LOST_A_PEER), 105.0)

    assert peers.verdict(100.0 + SUFFERED_GRACE_SECONDS) == ""
    assert "did not end by itself while its peers had lost a peer" in peers.verdict(100.1 + SUFFERED_GRACE_SECONDS)


def test_a_failure_of_its_own_after_one_that_lost_a_peer_is_the_cause() -> None:
    """The grace is the short one from then on, and never longer than it was."""
    soon, late = Peers(nodes(2), {LOST_A_PEER}), Peers(nodes(2), {LOST_A_PEER})
    for peers, second in ((soon, 101.0), (late, 114.0)):
        peers.ended("train-0", ended(LOST_A_PEER), 100.0)
        peers.ended("train-1", ended(1), second)

    assert "train-1" in soon.verdict(101.1 + PEER_GRACE_SECONDS)
    assert "train-1" in late.verdict(100.1 + SUFFERED_GRACE_SECONDS)


def test_the_silent_node_of_a_collective_is_told_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ranks lose the third, which hangs."""
    monkeypatch.setattr("playbooks.transport.peers.SUFFERED_GRACE_SECONDS", 0.5)
    fleet = nodes(3)
    lines = [f"exit {LOST_A_PEER}", f"exit {LOST_A_PEER}", "sleep 1000"]
    began = time.monotonic()
    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        outcomes = ssh.run_all(
            dict(zip(fleet, map(Command, lines), strict=True)), groups=[fleet], suffered={LOST_A_PEER}
        )

    assert isinstance(outcomes["train-2"], InterruptedRunError)
    assert "did not end by itself while its peers had lost a peer" in str(outcomes["train-2"])
    assert "failed" not in str(outcomes["train-2"])
    assert time.monotonic() - began < 8
    assert ssh.not_ended == ()
