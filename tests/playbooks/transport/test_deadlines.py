"""Commands that do not end by themselves: their whole process group is ended on the node, or named."""

import time
from pathlib import Path

import psutil
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import Completed, DeadlinePassedError, InterruptedRunError
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import NODE, Host, alive, nodes, pid_in

HANGING = {
    "plain": "echo $$ >{file}; sleep 1000",
    "builtin": "echo $$ >{file}; while :; do :; done",
    "child": "sh -c 'echo $$ >{file}; sleep 1000'; true",
    "stopped": "sh -c 'echo $$ >{file}; kill -STOP $$'; true",
    "deaf": """trap '' TERM; sh -c 'echo $$ >{file}; while :; do sleep 1; done'""",
    "daemon": "(setsid sh -c 'echo $$ >{file}; sleep 1000' &) ; sleep 1000",
}


@pytest.mark.parametrize("line", HANGING.values(), ids=HANGING)
def test_a_command_past_its_deadline_is_ended_with_all_that_it_started(
    ssh: SshTransport, host: Host, line: str
) -> None:
    """Row 37: whether it hangs, spins, is stopped, ignores TERM or left its session."""
    file = host.home / "pid"

    outcome = ssh.run(NODE, Command(line.format(file=file), Deadlines(command=0.7)))

    assert isinstance(outcome, DeadlinePassedError)
    assert outcome.confirmed_ended
    assert not alive(pid_in(file))
    assert ssh.not_ended == ()


def test_a_job_past_its_deadline_is_ended_and_leaves_no_folder(ssh: SshTransport, host: Host) -> None:
    """It runs in a session of its own, and is found all the same."""
    file = host.home / "pid"

    outcome = ssh.run(NODE, Command(f"echo $$ >{file}; sleep 1000", Deadlines(command=1.0), job="job"))

    assert isinstance(outcome, DeadlinePassedError)
    assert outcome.confirmed_ended
    assert not alive(pid_in(file))
    assert list((host.home / ".aidc" / "jobs").iterdir()) == []


def test_silence_ends_a_command_and_output_on_either_stream_is_none(ssh: SshTransport) -> None:
    """The idle deadline counts from the last byte."""
    deadlines = Deadlines(command=30, idle=0.8)

    talking = ssh.run(NODE, Command("for i in 1 2 3; do sleep 0.4; echo x >&2; done", deadlines))
    silent = ssh.run(NODE, Command("echo x; sleep 1000", deadlines))

    assert isinstance(talking, Completed)
    assert isinstance(silent, DeadlinePassedError)
    assert "printed nothing for 0.8 s" in str(silent)


def test_a_flood_of_output_does_not_hold_the_deadline_up(ssh: SshTransport) -> None:
    """There is always something to read."""
    outcome = ssh.run(NODE, Command("yes", Deadlines(command=1.0)))

    assert isinstance(outcome, DeadlinePassedError)
    assert outcome.confirmed_ended


def test_a_node_that_hangs_is_named(ssh: SshTransport, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 37: where sshd itself stands still, nothing can be confirmed, and the outcome comes all the same."""
    monkeypatch.setattr("playbooks.transport.execution.END_SECONDS", 1.0)
    server = psutil.Process(host.pid)
    line = f"echo $$ >{host.home}/pid; sleep 1000"

    outcome = ssh.run(NODE, Command(f"(sleep 0.3; kill -STOP {server.pid} $PPID) & {line}", Deadlines(command=1.0)))
    for process in [*server.children(recursive=True), server]:
        process.resume()

    assert isinstance(outcome, DeadlinePassedError)
    assert not outcome.confirmed_ended
    assert ssh.not_ended == ("train-0",)


def test_other_commands_of_the_same_user_are_left_alone(host: Host) -> None:
    """Only what carries the command's mark is ended."""
    one, other = nodes(2)
    kept = host.keys(one, other)
    with SshTransport(host.access(), kept, host.folder) as both:
        outcomes = both.run_all(
            {
                one: Command("sleep 1000", Deadlines(command=0.5)),
                other: Command("sleep 2; echo whole", Deadlines(command=30)),
            }
        )

    assert isinstance(outcomes["train-0"], DeadlinePassedError)
    assert isinstance(whole := outcomes["train-1"], Completed)
    assert whole.stdout.text == "whole\n"


def test_when_one_of_a_collective_fails_the_others_are_ended(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks that wait for a dead one would wait until their deadline; one that ends in the grace keeps its outcome."""
    monkeypatch.setattr("playbooks.transport.peers.PEER_GRACE_SECONDS", 1.0)
    fleet = nodes(4)
    lines = ["exit 3", "sleep 1000", "sleep 1000", "sleep 0.2; echo whole"]
    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        began = time.monotonic()
        outcomes = ssh.run_all(dict(zip(fleet, map(Command, lines), strict=True)), groups=[fleet])

    assert [Completed, InterruptedRunError, InterruptedRunError, Completed] == [
        type(each) for each in outcomes.values()
    ]
    assert "train-0" in str(outcomes["train-1"])
    assert time.monotonic() - began < 8
    assert ssh.not_ended == ()


def test_what_fails_in_one_group_ends_nothing_in_another(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs that are measured side by side have nothing to do with each other."""
    monkeypatch.setattr("playbooks.transport.peers.PEER_GRACE_SECONDS", 0.5)
    fleet = nodes(4)
    lines = ["exit 3", "sleep 1000", "sleep 3; echo whole", "sleep 3; echo whole"]
    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        commands = dict(zip(fleet, map(Command, lines), strict=True))
        outcomes = ssh.run_all(commands, groups=[fleet[:2], fleet[2:]])

    assert [Completed, InterruptedRunError, Completed, Completed] == [type(each) for each in outcomes.values()]
    assert "train-0" in str(outcomes["train-1"])


def test_more_nodes_than_connections_at_once_start_together(host: Host, tmp_path: Path) -> None:
    """Every rank waits for all others, as a collective does: with a bound on them none would come to an end."""
    fleet = nodes(80)
    line = f"touch {tmp_path}/$$; while [ $(ls {tmp_path} | wc -l) -lt 80 ]; do sleep 0.2; done"
    with SshTransport(host.access(), host.keys(*fleet), host.folder) as ssh:
        outcomes = ssh.run_all({node: Command(line, Deadlines(60, 60)) for node in fleet}, groups=[fleet])

    assert {0} == {outcome.exit_status if isinstance(outcome, Completed) else outcome for outcome in outcomes.values()}
