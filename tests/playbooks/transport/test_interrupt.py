"""Ctrl-C: the command is out within two seconds, and what could not be seen to end is named."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import InterruptedRunError
from playbooks.transport.ssh import SshTransport
from tests.playbooks.transport.conftest import NODE, Host, alive, nodes, pid_in

PROGRAM = """
import sys, time
from pathlib import Path
from playbooks.transport.command import Command
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import nodes

access, known, count, line = Access.model_validate_json(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
try:
    with SshTransport(access, HostKeys(known), known.parent) as ssh:
        ssh.run_all({node: Command(line) for node in nodes(count)})
finally:
    print(time.monotonic(), "not ended:", *ssh.not_ended, flush=True)
"""


def interrupted(host: Host, count: int, line: str, ready: Path | None, port: int | None = None) -> tuple[float, str]:
    """Run a line on so many nodes in another process and press Ctrl-C; how long the transport took, and what it left.

    The time ends before the interpreter's own exit, by the clock that all processes share.
    """
    host.keys(*nodes(count))
    access = host.access(**({"port": port} if port else {}))
    command = [sys.executable, "-c", PROGRAM, access.model_dump_json(by_alias=True, exclude_none=True)]
    with subprocess.Popen(
        [*command, str(host.folder / "known_hosts"), str(count), line],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        if ready:
            pid_in(ready)
        else:
            _wait_for_connections(process.pid)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in err
    ended, _, left = out.partition(" ")
    return float(ended) - began, left


def _wait_for_connections(pid: int) -> None:
    deadline = time.monotonic() + 20
    while not psutil.Process(pid).net_connections("tcp") and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "], ids=["plain", "deaf"])
def test_a_command_is_ended_on_its_node(host: Host, trap: str) -> None:
    """Even where it ignores TERM, which has a shorter grace now."""
    file = host.home / "pid"

    seconds, out = interrupted(host, 1, f"{trap}echo $$ >{file}; while :; do sleep 1; done", file)

    assert seconds < 2
    assert out == "not ended:\n"
    assert not alive(pid_in(file))


def test_a_node_that_hangs_is_named_in_time(host: Host) -> None:
    """Its sshd stands still, so that nothing can be confirmed."""
    file = host.home / "pid"
    server = psutil.Process(host.pid)
    line = f"(sleep 0.2; kill -STOP {host.pid} $PPID; echo $$ >{file}) & sleep 1000"

    seconds, out = interrupted(host, 1, line, file)
    for process in [*server.children(recursive=True), server]:
        process.resume()

    assert seconds < 2
    assert out == "not ended: train-0\n"


def test_nodes_that_never_answered_do_not_hold_it_up_and_are_not_named(host: Host, silent_port: int) -> None:
    """Nothing was started on them."""
    seconds, out = interrupted(host, 200, "true", None, silent_port)

    assert seconds < 2
    assert out == "not ended:\n"


def test_another_thread_is_given_outcomes(host: Host, ssh: SshTransport) -> None:
    """Ctrl-C reaches the main thread only, which ends what the others run."""
    file = host.home / "pid"
    outcomes = []
    asking = threading.Thread(
        target=lambda: outcomes.append(ssh.run(NODE, Command(f"echo $$ >{file}; sleep 1000", Deadlines(command=60))))
    )
    asking.start()
    pid_in(file)

    ssh.end_all()
    asking.join(timeout=2)

    assert [InterruptedRunError] == [type(each) for each in outcomes]
    assert not alive(pid_in(file))
    assert ssh.not_ended == ()
