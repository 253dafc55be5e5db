"""One node and many over OpenSSH's own sshd."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.outcome import (
    AuthenticationRefusedError,
    Completed,
    HostKeyRefusedError,
    InterruptedRunError,
    Outcome,
    UnreachableError,
)
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import NODE, Host, key_pair, nodes


def completed(outcome: Outcome) -> Completed:
    """The outcome of a command that must have run to its end."""
    assert isinstance(outcome, Completed), outcome
    return outcome


def test_a_command_comes_back_with_its_status_and_both_streams(ssh: SshTransport) -> None:
    """What the node's shell ran is told whole."""
    before = time.time()

    ended = completed(ssh.run(NODE, Command("echo out; echo err >&2; exit 7")))

    assert (ended.exit_status, ended.stdout.text, ended.stderr.text) == (7, "out\n", "err\n")
    assert before < ended.ended_at < time.time()
    assert 0 < ended.seconds < ended.ended_at - before


def test_a_command_that_a_signal_ended_has_a_shells_exit_status(ssh: SshTransport) -> None:
    """OpenSSH tells the signal and no status; KILL is 9."""
    assert completed(ssh.run(NODE, Command("kill -KILL $$"))).exit_status == 137


def test_bytes_that_are_not_utf_8_are_shown(ssh: SshTransport) -> None:
    """Row 40: a damaged output is legible."""
    assert completed(ssh.run(NODE, Command(r"printf 'a\377b'"))).stdout.text == r"a\xffb"


def test_both_streams_are_drained_at_once_and_what_is_kept_is_bounded(ssh: SshTransport) -> None:
    """Row 38: 3 MiB on each, written by turns that would block where one is not read."""
    program = "head -c 3145728 /dev/zero | tr '\\0' {}"

    ended = completed(ssh.run(NODE, Command(f"{program.format('e')} >&2; {program.format('o')}")))

    assert (ended.stdout.total_bytes, ended.stdout.dropped_bytes) == (3 << 20, 1 << 20)
    assert (ended.stderr.total_bytes, ended.stderr.dropped_bytes) == (3 << 20, 1 << 20)


def test_what_a_command_leaves_in_the_background_does_not_hold_its_outcome_up(ssh: SshTransport) -> None:
    """A daemon that kept the streams open would otherwise be waited for."""
    ended = completed(ssh.run(NODE, Command("sleep 30 & echo $!", Deadlines(command=10))))
    ssh.run(NODE, Command(f"kill {ended.stdout.text}"))

    assert ended.exit_status == 0
    assert ended.seconds < 5


def test_standard_input_has_an_end(ssh: SshTransport) -> None:
    """A command that reads does not wait for what never comes."""
    assert completed(ssh.run(NODE, Command("cat; echo read", Deadlines(command=5)))).stdout.text == "read\n"


def test_a_server_that_opens_no_session_is_told_so(start_sshd: Callable[..., Host]) -> None:
    """The login worked, and nothing broke or runs."""
    host = start_sshd("MaxSessions 0")
    with SshTransport(host.access(), host.keys(NODE), host.folder) as ssh:
        outcome = ssh.run(NODE, Command("true"))

    assert "runs no command" in str(outcome)
    assert "MaxSessions" in str(outcome)
    assert ssh.not_ended == ()


def test_one_node_of_many_that_fails_keeps_the_others_results(host: Host) -> None:
    """Rows 33 and 42: an unknown key, a wrong key, an address where nothing is, and ten that answer."""
    fleet = nodes(13)
    kept = host.keys(*fleet[:11])
    kept.keep({fleet[11].instance_id: [key_pair(host.folder / "other")]})
    fleet[10] = dataclasses.replace(fleet[10], address="127.99.0.1")
    told: list[str] = []

    with SshTransport(host.access(), kept, host.folder) as ssh:
        outcomes = ssh.run_all(
            {node: Command(f"echo {node.name}", Deadlines(connect=1)) for node in fleet},
            on_end=lambda node, _: told.append(node.name),
        )

    assert [node.name for node in fleet] == list(outcomes)
    assert sorted(outcomes) == sorted(told)
    assert [f"{node.name}\n" for node in fleet[:10]] == [
        completed(outcomes[node.name]).stdout.text for node in fleet[:10]
    ]
    assert [UnreachableError, HostKeyRefusedError, HostKeyRefusedError] == [
        type(outcomes[node.name]) for node in fleet[10:]
    ]


def test_a_wrong_host_key_is_refused_with_both_fingerprints_and_before_the_login(host: Host) -> None:
    """Row 33: nothing about the user is sent to who it may be."""
    wrong = HostKeys(host.folder / "wrong")
    wrong.keep({NODE.instance_id: [key_pair(host.folder / "other")]})
    (right,) = host.keys(NODE).of(NODE.instance_id)

    with SshTransport(host.access(), wrong, host.folder) as ssh:
        refused = str(ssh.run(NODE, Command("true")))

    assert right.fingerprint in refused
    assert wrong.of(NODE.instance_id)[0].fingerprint in refused
    assert str(wrong.path) in refused
    assert "user" not in (host.folder / "log").read_text()


def test_a_host_without_a_key_of_the_kept_kind_is_refused(host: Host) -> None:
    """It is asked for the kept kinds only."""
    kept = HostKeys(host.folder / "ecdsa")
    kept.keep({NODE.instance_id: [key_pair(host.folder / "other", "ecdsa")]})

    with SshTransport(host.access(), kept, host.folder) as ssh:
        assert isinstance(ssh.run(NODE, Command("true")), HostKeyRefusedError)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_kind_of_key_serves_as_host_key_and_as_identity(start_sshd: Callable[..., Host], kind: str) -> None:
    """RSA signs with SHA-2, under names that are not its key type's."""
    host = start_sshd(kind=kind)

    with SshTransport(host.access(), host.keys(NODE), host.folder) as ssh:
        assert completed(ssh.run(NODE, Command("true"))).exit_status == 0


def test_a_user_who_is_not_accepted_is_told_at_once(host: Host) -> None:
    """Another attempt would not help, so that none is made."""
    key_pair(host.folder / "stranger")
    access = host.access(identityFile=str(host.folder / "stranger"))

    with SshTransport(access, host.keys(NODE), host.folder) as ssh:
        began = time.monotonic()
        refused = ssh.run(NODE, Command("true"))

    assert isinstance(refused, AuthenticationRefusedError)
    assert time.monotonic() - began < 5


def test_a_host_that_never_answers_is_given_up_at_the_deadline(host: Host, silent_port: int) -> None:
    """It takes the connection and says nothing."""
    with SshTransport(host.access(port=silent_port), host.keys(NODE), host.folder) as ssh:
        began = time.monotonic()
        outcome = ssh.run(NODE, Command("true", Deadlines(connect=1)))

    assert isinstance(outcome, UnreachableError)
    assert "no answer" in str(outcome)
    assert time.monotonic() - began < 3


def test_a_host_that_starts_late_is_reached(start_sshd: Callable[..., Host]) -> None:
    """Row 34: refused connections are tried again within the deadline."""
    late = start_sshd(seconds_late=1.0)

    with SshTransport(late.access(), late.keys(NODE), late.folder) as ssh:
        assert completed(ssh.run(NODE, Command("true"))).exit_status == 0


def test_connections_that_sshd_drops_are_tried_again(start_sshd: Callable[..., Host]) -> None:
    """Row 35: more than two that have not logged in are dropped, and all thirty arrive."""
    host = start_sshd("MaxStartups 2:100:2")
    fleet = nodes(30)

    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        outcomes = ssh.run_all({node: Command("true", Deadlines(connect=60)) for node in fleet})

    assert [completed(outcome).exit_status for outcome in outcomes.values()] == [0] * 30
    assert "MaxStartups" in (host.folder / "log").read_text()


def test_files_are_brought_whole_into_a_new_folder(host: Host, ssh: SshTransport) -> None:
    """A folder that is missing is made, a file that is there is replaced, nothing else is left."""
    files = {"small.py": b"print()", "large.bin": bytes(range(256)) * 4096}
    ssh.upload(NODE, {"small.py": b"old"}, "~/a/b")

    assert ssh.upload(NODE, files, "a/b") is None

    assert files == {path.name: path.read_bytes() for path in (host.home / "a" / "b").iterdir()}


def test_nodes_that_share_a_home_folder_make_it_at_once(host: Host, tmp_path: Path) -> None:
    """Whoever comes second finds it made, and no file is half another node's."""
    fleet = nodes(8)
    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        failed = [ssh.upload_all(fleet, {"x": b"whole"}, str(tmp_path / str(turn) / "a" / "b")) for turn in range(6)]

    assert failed == [{}] * 6
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"whole"}


def test_an_upload_that_fails_is_told_per_node(host: Host, tmp_path: Path) -> None:
    """Only the nodes where it failed are in the answer."""
    fleet = nodes(3)
    ended: list[str] = []

    with SshTransport(host.access(), host.keys(*fleet[:2]), host.folder) as ssh:
        failed = ssh.upload_all(fleet, {"x": b""}, str(tmp_path / "there"), on_end=lambda node: ended.append(node.name))
        error = ssh.upload(fleet[0], {"x": b""}, "/proc/nowhere")

    assert list(failed) == ["train-2"]
    assert sorted(ended) == ["train-0", "train-1", "train-2"]
    assert "/proc/nowhere" in str(error)


def test_nothing_is_started_after_the_end_of_everything(host: Host, ssh: SshTransport) -> None:
    """A person who pressed Ctrl-C wants no next command."""
    ssh.end_all()

    outcome = ssh.run(NODE, Command(f"touch {host.home}/ran"))

    assert isinstance(outcome, InterruptedRunError)
    assert outcome.confirmed_ended
    assert not (host.home / "ran").exists()
