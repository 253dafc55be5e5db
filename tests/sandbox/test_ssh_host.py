"""Every test here talks to real node processes, with the clients that a node meets."""

import asyncio
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from sandbox.processes import find
from tests.sandbox.conftest import USER, Fleet, is_gone, make_key, needs_ssh

FIVE_MIB = 5 * 2**20
TWENTY_MIB = 20 * 2**20
SLEEPER = "echo $$; exec sleep 1000"


@asynccontextmanager
async def connected(fleet: Fleet, index: int = 0, **options: object) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """An asyncssh client on a node, with strict host keys."""
    spec = fleet.specs[index]
    usual = {
        "username": USER,
        "client_keys": [str(fleet.private_key)],
        "known_hosts": str(fleet.known_hosts()),
        "config": [],
        "agent_path": None,
    }
    async with asyncssh.connect(spec.address, spec.port, options=None, **{**usual, **options}) as connection:
        yield connection


def on_node(fleet: Fleet, talk: Callable[[asyncssh.SSHClientConnection], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever is asked
    """What an asyncssh client gets to know of the first node."""

    async def conversation() -> object:
        async with connected(fleet) as connection:
            return await talk(connection)

    return asyncio.run(conversation())


@contextmanager
def paramiko_client(fleet: Fleet) -> Iterator[paramiko.SSHClient]:
    """A paramiko client on the first node, with strict host keys."""
    spec = fleet.specs[0]
    kind, blob, *_ = fleet.host_key(0).split()
    with paramiko.SSHClient() as client:
        name = f"[{spec.address}]:{spec.port}"
        client.get_host_keys().add(name, kind, paramiko.Ed25519Key(data=b64decode(blob)))
        client.connect(
            spec.address, spec.port, USER, key_filename=str(fleet.private_key), allow_agent=False, look_for_keys=False
        )
        yield client


def openssh(fleet: Fleet, *words: str, index: int = 0, **options: Any) -> subprocess.CompletedProcess[bytes]:  # noqa: ANN401 - subprocess.run's
    """OpenSSH's client on a node, with strict host keys and nothing of its user's configuration."""
    spec = fleet.specs[index]
    identity = ["-i", str(fleet.private_key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
    hosts = ["-o", f"UserKnownHostsFile={fleet.known_hosts()}", "-o", "StrictHostKeyChecking=yes"]
    where = ["-p", str(spec.port), f"{USER}@{spec.address}"]
    command = ["ssh", "-F", "none", "-o", "BatchMode=yes", *identity, *hosts, *where, *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=30, **options)


def test_stdout_stderr_and_exit_status_are_apart(fleet: Fleet) -> None:
    """As on every host."""
    done = on_node(fleet, lambda node: node.run("echo out; echo err >&2; exit 7"))

    assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 7)


def test_stderr_goes_on_after_stdout_has_ended(fleet: Fleet) -> None:
    """The end of one stream is not the end of the channel."""
    done = on_node(fleet, lambda node: node.run("exec >&-; sleep 0.1; echo late >&2"))

    assert done.stderr == "late\n"


def test_death_by_signal_is_reported_as_such(fleet: Fleet) -> None:
    """RFC 4254, section 6.10."""
    done = on_node(fleet, lambda node: node.run("kill -SEGV $$"))

    assert (done.exit_signal[0], done.returncode) == ("SEGV", -11)


def test_signal_without_a_name_in_the_protocol_is_reported_too(fleet: Fleet) -> None:
    """In OpenSSH's words: 31 is SIGSYS on Linux."""
    done = on_node(fleet, lambda node: node.run("kill -31 $$"))

    assert done.exit_signal[0] == "SIG@openssh.com"


def test_client_can_send_a_signal(fleet: Fleet) -> None:
    """It reaches the whole process group."""

    async def talk(node: asyncssh.SSHClientConnection) -> tuple[str, bool, str, str] | None:
        process = await node.create_process("echo ready; sleep 1000; true")
        await process.stdout.readline()
        process.send_signal("INT")
        await process.wait_closed()
        return process.exit_signal

    assert on_node(fleet, talk)[0] == "INT"


def test_stdin_is_carried_byte_for_byte_to_its_end(fleet: Fleet) -> None:
    """Binary safe, in both directions."""
    content = os.urandom(2**20)

    done = on_node(fleet, lambda node: node.run("cat", input=content, encoding=None))

    assert content == done.stdout


def test_command_that_closes_its_stdin_goes_on(fleet: Fleet) -> None:
    """What is still sent to it is for nobody, and what it says is not lost."""
    done = on_node(fleet, lambda node: node.run("exec <&-; sleep 0.1; echo on", input="x" * 2**20))

    assert (done.stdout, done.exit_status) == ("on\n", 0)


def test_command_finds_the_environment_of_a_host_of_its_own(fleet: Fleet) -> None:
    """The node's variables, the client's, its own home and the toolkit's Python; nothing of who started the node."""
    home = fleet.folder.node("workers-0").home
    wanted = "echo $HOME; pwd; echo $USER $AWS_REGION $SENT $AIDC_SANDBOX_ROLE; command -v python3"

    done = on_node(fleet, lambda node: node.run(wanted, env={"SENT": "yes", "AIDC_SANDBOX_ROLE": "moto"}))

    python = Path(sys.executable).with_name("python3")
    assert [str(home), str(home), "ubuntu eu-west-1 yes command:workers-0", str(python)] == done.stdout.splitlines()


def test_nothing_of_the_starting_environment_comes_through(fleet: Fleet) -> None:
    """Neither pytest's variables nor its user's credentials."""
    done = on_node(fleet, lambda node: node.run("env"))

    assert not any(line.startswith(("PYTEST", "AWS_PROFILE", "VIRTUAL_ENV")) for line in done.stdout.splitlines())
    assert "SSH_CONNECTION=" in done.stdout


def test_sftp_round_trip_with_asyncssh(fleet: Fleet, tmp_path: Path) -> None:
    """A relative path begins at home."""
    content = os.urandom(FIVE_MIB)
    (tmp_path / "up").write_bytes(content)

    async def talk(node: asyncssh.SSHClientConnection) -> None:
        async with node.start_sftp_client() as files:
            await files.put(str(tmp_path / "up"), "asyncssh.bin")
            await files.get("asyncssh.bin", str(tmp_path / "down"))

    on_node(fleet, talk)
    assert content == (tmp_path / "down").read_bytes()
    assert content == (fleet.folder.node("workers-0").home / "asyncssh.bin").read_bytes()


def test_paramiko_runs_a_command_and_carries_files(fleet: Fleet, tmp_path: Path) -> None:
    """The transport's own library."""
    content = os.urandom(FIVE_MIB)
    (tmp_path / "up").write_bytes(content)

    with paramiko_client(fleet) as client:
        _, stdout, stderr = client.exec_command("echo out; echo err >&2; exit 7")
        told = (stdout.read(), stderr.read(), stdout.channel.recv_exit_status())
        with client.open_sftp() as files:
            files.put(str(tmp_path / "up"), "paramiko.bin")
            files.get("paramiko.bin", str(tmp_path / "down"))

    assert told == (b"out\n", b"err\n", 7)
    assert content == (tmp_path / "down").read_bytes()


@needs_ssh
def test_openssh_runs_a_command(fleet: Fleet) -> None:
    """The client that people have."""
    done = openssh(fleet, "cat; echo err >&2; exit 7", input=b"in\n")

    assert (done.stdout, done.stderr, done.returncode) == (b"in\n", b"err\n", 7)


@needs_ssh
def test_openssh_gets_a_shell_without_a_terminal(fleet: Fleet) -> None:
    """A script on stdin is run by it."""
    done = openssh(fleet, "-T", input=b"echo $0 $((6 * 7))\nexit 3\n")

    assert (done.stdout, done.returncode) == (b"/bin/sh 42\n", 3)


@needs_ssh
def test_openssh_gets_a_shell_on_a_terminal(fleet: Fleet) -> None:
    """With a controlling terminal of its own, so that job control works."""
    done = openssh(fleet, "-tt", input=b"tty; exit 4\n")

    assert done.returncode == 4
    assert b"/dev/pts/" in done.stdout
    assert b"no job control" not in done.stdout


def test_ctrl_c_on_a_terminal_interrupts(fleet: Fleet) -> None:
    """What a person types reaches the foreground process, and the terminal takes the client's size."""

    async def talk(node: asyncssh.SSHClientConnection) -> tuple[str, str]:
        process = await node.create_process("stty size; exec cat", term_type="xterm", term_size=(100, 40))
        size = str(await process.stdout.readline())
        process.stdin.write("go\n")
        for _ in ("echoed by the terminal", "said by cat, which now is in the foreground"):
            assert await process.stdout.readline() == "go\r\n"
        process.stdin.write("\x03")
        await process.wait_closed()
        assert process.exit_signal is not None
        return size.strip(), process.exit_signal[0]

    assert on_node(fleet, talk) == ("40 100", "INT")


def test_last_words_on_a_terminal_are_not_lost(fleet: Fleet) -> None:
    """What was said before the end comes before it, though Linux tells of a terminal's end by an error (EIO)."""
    done = on_node(fleet, lambda node: node.run("head -c 100000 /dev/zero | tr '\\0' x; echo end", term_type="xterm"))

    assert done.stdout == f"{'x' * 100000}end\r\n"


def test_terminal_follows_the_size_of_the_clients_window(fleet: Fleet) -> None:
    """As it does when a person drags the corner."""

    async def talk(node: asyncssh.SSHClientConnection) -> str:
        process = await node.create_process("read go; stty size", term_type="xterm", term_size=(80, 24))
        process.change_terminal_size(120, 50)
        process.stdin.write("go\n")
        return str(await process.stdout.read())

    assert "50 120" in on_node(fleet, talk)


def test_closed_channel_ends_its_process_group(fleet: Fleet) -> None:
    """The children too, while another channel of the connection lives on."""

    async def talk(node: asyncssh.SSHClientConnection) -> tuple[list[int], str]:
        process = await node.create_process("sleep 1000 & echo $! $$; wait")
        pids = [int(word) for word in (await process.stdout.readline()).split()]
        process.close()
        await process.wait_closed()
        return pids, str((await node.run("echo alive")).stdout)

    pids, other = on_node(fleet, talk)
    assert other == "alive\n"
    assert all(is_gone(pid) for pid in pids)


def test_command_that_ignores_sigterm_is_killed(fleet: Fleet) -> None:
    """After the time of grace."""

    async def talk(node: asyncssh.SSHClientConnection) -> int:
        process = await node.create_process("trap '' TERM; echo $$; while :; do sleep 0.1; done")
        return int(await process.stdout.readline())

    assert is_gone(on_node(fleet, talk))


def test_broken_connection_ends_its_commands(fleet: Fleet) -> None:
    """The client is killed and cannot say good-bye."""
    spec = fleet.specs[0]
    script = f"""
import asyncio, asyncssh, os, signal
async def main():
    connection = await asyncssh.connect({spec.address!r}, {spec.port}, username={USER!r}, known_hosts=None,
        client_keys=[{str(fleet.private_key)!r}], config=[], agent_path=None)
    process = await connection.create_process({SLEEPER!r})
    print((await process.stdout.readline()).strip(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30)

    assert is_gone(int(done.stdout))


def test_closed_channel_is_noticed_while_input_waits(fleet: Fleet) -> None:
    """The command reads nothing of what is sent to it, so that the close stands behind data that nobody takes."""

    async def talk(node: asyncssh.SSHClientConnection) -> bool:
        process = await node.create_process(SLEEPER)
        pid = int(await process.stdout.readline())
        process.stdin.write("x" * 8 * 2**20)
        await asyncio.sleep(0.3)  # until the node takes no more
        process.channel.abort()  # a close would wait until all is sent
        return await asyncio.to_thread(is_gone, pid)

    assert on_node(fleet, talk)


def test_process_in_a_session_of_its_own_outlives_its_channel(fleet: Fleet) -> None:
    """As on a real host; what ends it is the end of the node."""
    done = on_node(fleet, lambda node: node.run("setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!"))

    assert not is_gone(int(done.stdout), 0.2)


def test_slow_reader_gets_everything_and_costs_no_memory(fleet: Fleet) -> None:
    """20 MiB wait in the command and not in the node."""
    node_process = next(member.process for member in find(fleet.folder) if member.role == "node:workers-0")
    before = node_process.memory_info().rss

    async def talk(node: asyncssh.SSHClientConnection) -> tuple[int, int]:
        process = await node.create_process(f"head -c {TWENTY_MIB} /dev/zero", encoding=None, window=65536)
        await asyncio.sleep(0.5)  # the node would have read all of it by now
        grown = node_process.memory_info().rss - before
        return len(await process.stdout.read()), grown

    received, grown_bytes = on_node(fleet, talk)
    assert received == TWENTY_MIB
    assert grown_bytes < 4 * 2**20


def test_two_nodes_have_two_homes_and_two_keys(fleet: Fleet) -> None:
    """At two addresses, on the same port."""

    async def talk() -> list[str]:
        homes = []
        for index in range(2):
            async with connected(fleet, index) as node:
                homes.append(str((await node.run("pwd")).stdout).strip())
        return homes

    assert [str(fleet.folder.node(spec.name).home) for spec in fleet.specs] == asyncio.run(talk())
    assert fleet.host_key(0) != fleet.host_key(1)


def test_node_is_a_jump_host_for_asyncssh(fleet: Fleet) -> None:
    """A connection to the second node goes through the first."""

    async def talk() -> str:
        async with connected(fleet, 0) as jump, connected(fleet, 1, tunnel=jump) as node:
            return str((await node.run("echo $SSH_CONNECTION")).stdout)

    assert fleet.specs[1].address in asyncio.run(talk()).split()


@needs_ssh
def test_node_is_a_jump_host_for_openssh(fleet: Fleet) -> None:
    """The same with `ssh -W`, which is what ProxyJump does."""
    first, second = fleet.specs
    options = f"-F none -o BatchMode=yes -i {fleet.private_key} -o UserKnownHostsFile={fleet.known_hosts()}"
    proxy = f"ssh {options} -p {first.port} -W {second.address}:{second.port} {USER}@{first.address}"

    done = openssh(fleet, "-o", f"ProxyCommand={proxy}", "echo there", index=1)

    assert (done.stdout, done.returncode) == (b"there\n", 0)


def test_another_key_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    """Only the key that was given at the start opens the node."""
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(_enter(fleet, client_keys=[str(make_key(tmp_path))]))


def test_another_user_is_refused(fleet: Fleet) -> None:
    """As on an image that knows one user."""
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(_enter(fleet, username="root"))


async def _enter(fleet: Fleet, **options: object) -> None:
    async with connected(fleet, 0, **options):
        raise AssertionError("the node let us in")


def test_commands_let_others_compute_first(fleet: Fleet) -> None:
    """Or the command that runs the nodes would not hear a Ctrl-C."""
    done = on_node(fleet, lambda node: node.run("nice"))

    assert int(str(done.stdout)) >= os.nice(0) + 10
