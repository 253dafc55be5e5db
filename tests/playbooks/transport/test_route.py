"""The ways to a node: through a jump host, and through a proxy command."""

import shlex
import sys
from collections.abc import Callable

import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import Completed, HostKeyRefusedError, Outcome, UnreachableError
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import NODE, USER, Host, key_pair, nodes

RELAY = """
import os, socket, sys, threading
way = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def back():
    while piece := way.recv(65536): os.write(1, piece)
    os._exit(0)
threading.Thread(target=back, daemon=True).start()
while piece := os.read(0, 65536): way.sendall(piece)
"""


def jumping(host: Host, jump: Host, **settings: object) -> Access:
    """Settings that reach a host through another one."""
    (jump.folder / "user_key.pub").write_text((host.folder / "user_key.pub").read_text())
    given = {
        "address": "127.0.0.1",
        "port": jump.port,
        "user": USER,
        "hostKey": (jump.folder / "host_key.pub").read_text().strip(),
    }
    return host.access(jump=given | settings)


def test_all_nodes_share_one_connection_to_the_jump_host(start_sshd: Callable[..., Host]) -> None:
    """Each is a channel in it; the nodes see the jump host's address."""
    host, jump = start_sshd(), start_sshd()
    fleet = nodes(20)

    with SshTransport(jumping(host, jump), host.keys(*fleet), host.folder) as ssh:
        outcomes = ssh.run_all({node: Command("echo $SSH_CONNECTION") for node in fleet})

    assert {0} == {outcome.exit_status if isinstance(outcome, Completed) else outcome for outcome in outcomes.values()}
    assert (jump.folder / "log").read_text().count("Accepted publickey") == 1


def test_a_command_through_the_jump_host_is_ended_at_its_deadline(start_sshd: Callable[..., Host]) -> None:
    """The way is open when the deadline passes."""
    host, jump = start_sshd(), start_sshd()

    with SshTransport(jumping(host, jump), host.keys(NODE), host.folder) as ssh:
        ssh.run(NODE, Command("sleep 1000", Deadlines(command=0.5)))

    assert ssh.not_ended == ()


def test_a_jump_host_with_another_key_is_refused(start_sshd: Callable[..., Host]) -> None:
    """Its key is the one in the settings."""
    host, jump = start_sshd(), start_sshd()
    access = jumping(host, jump, hostKey=str(key_pair(host.folder / "other")))

    with SshTransport(access, host.keys(NODE), host.folder) as ssh:
        outcome = ssh.run(NODE, Command("true"))

    assert isinstance(outcome, HostKeyRefusedError)
    assert "jump host" in str(outcome)
    assert "access.jump.hostKey" in str(outcome)


def test_a_jump_host_that_opens_no_way_is_told(start_sshd: Callable[..., Host]) -> None:
    """Forwarding is switched off there."""
    host, jump = start_sshd(), start_sshd("AllowTcpForwarding no")

    with SshTransport(jumping(host, jump), host.keys(NODE), host.folder) as ssh:
        outcome = ssh.run(NODE, Command("true", Deadlines(connect=1)))

    assert isinstance(outcome, UnreachableError)
    assert "jump host 127.0.0.1 opens no way" in str(outcome)


def through(host: Host, command: str, connect_seconds: float = 2) -> Outcome:
    """Run a command through a proxy command."""
    with SshTransport(host.access(proxyCommand=command), host.keys(NODE), host.folder) as ssh:
        return ssh.run(NODE, Command("echo there", Deadlines(connect=connect_seconds)))


def test_a_proxy_command_is_the_way(host: Host) -> None:
    """Its standard input and output are the connection."""
    relay = host.folder / "relay.py"
    relay.write_text(RELAY)

    outcome = through(host, f"{shlex.join([sys.executable, str(relay)])} %h %p")

    assert isinstance(outcome, Completed), outcome
    assert outcome.stdout.text == "there\n"


def test_what_a_proxy_command_says_on_stderr_is_told(host: Host) -> None:
    """With its exit status, and with the names replaced."""
    outcome = through(host, "echo no way to %i as %r, 100%% >&2; exit 4")

    assert isinstance(outcome, UnreachableError)
    assert f"ended with status 4: no way to {NODE.instance_id} as {USER}, 100%" in str(outcome)


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_a_proxy_command_that_hangs_is_ended(host: Host, trap: str) -> None:
    """At the connect deadline, without leaving a process behind."""
    file = host.folder / "proxy"

    outcome = through(host, f"{trap}echo $$ >{file}; sleep 30 & wait; exit 0", 1)

    assert isinstance(outcome, UnreachableError)
