"""What runs on a node over SSH: each command in a process group of its own, which ends with the command's channel."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncssh

from sandbox.faults.node import NodeFault
from sandbox.ssh_terminal import Running, resize, spawn_on_terminal

CHUNK_BYTES = 65536
GRACE_SECONDS = 2.0  # between SIGTERM and SIGKILL
POLL_SECONDS = 0.02
STUCK_SECONDS = 1.0  # how often a command that takes no input is looked at
CANNOT_EXECUTE = 126  # POSIX, "Exit Status for Commands"

# /bin/sh, where sshd would take the user's login shell: the same language on every developer's machine, and the part
# of it that the shell of every image understands.
COMMAND_SHELL = "/bin/sh"
# All nodes compute on this machine's processors, and what a person types there goes first. That alone does not make a
# Ctrl-C quick while sixty nodes compute on two processors.
AFTER_OTHERS = ("nice", "-n", "10")
# RFC 4254, section 6.10. For others OpenSSH says `SIG@openssh.com`.
NAMED_SIGNALS = ["ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "TERM", "USR1", "USR2"]
SIGNAL_NAMES = {getattr(signal, f"SIG{name}"): name for name in NAMED_SIGNALS}

Channel = asyncssh.SSHServerProcess[bytes]


class Commands:
    """The commands of one node.

    Args:
        home: where each of them starts.
        environment: what each of them finds; what the client sends comes on top.
        identity: what no client may change.
        fault: what is wrong with the node.
    """

    def __init__(
        self, home: Path, environment: Mapping[str, str], identity: Mapping[str, str], fault: NodeFault
    ) -> None:
        self._home = home
        self._environment = environment
        self._identity = identity
        self._fault = fault
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, channel: Channel) -> None:
        """Run what a client asks for on a new channel."""
        task = asyncio.get_running_loop().create_task(self._run(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ended(self) -> None:
        """Wait until none runs any more; break the connections first."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, channel: Channel) -> None:
        try:
            running = await self._spawn(channel)
        except (OSError, ValueError) as error:  # no process to be had; a NUL in a variable
            channel.stderr.write(f"{COMMAND_SHELL}: {error}\n".encode())
            channel.exit(CANNOT_EXECUTE)
            return
        closed = asyncio.create_task(channel.channel.wait_closed())
        conversation = asyncio.create_task(_converse(channel, running, self._fault.cuts_output))
        whole = False
        try:
            await asyncio.wait({closed, conversation}, return_when=asyncio.FIRST_COMPLETED)
            whole = conversation.done() and conversation.result()
        finally:
            if whole:
                _report(channel, await running.child.wait())
            else:
                conversation.cancel()
                await end_group(running.child.pid)
                channel.channel.abort()
            running.stdin.close()
            await closed

    async def _spawn(self, channel: Channel) -> Running:
        if channel.term_type is not None:
            return await spawn_on_terminal(channel, self._home, self._variables(channel))
        child = await asyncio.create_subprocess_exec(
            *AFTER_OTHERS,
            *self._fault.words(),
            *([COMMAND_SHELL] if channel.command is None else [COMMAND_SHELL, "-c", channel.command]),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self._home,
            env=self._variables(channel),
            start_new_session=True,
        )
        if child.stdin is None or child.stdout is None:
            raise AssertionError("asked for pipes")
        return Running(child, child.stdin, child.stdout, child.stderr)

    def _variables(self, channel: Channel) -> dict[str, str]:
        client, server = channel.get_extra_info("peername"), channel.get_extra_info("sockname")
        connection = {"SSH_CONNECTION": f"{client[0]} {client[1]} {server[0]} {server[1]}"}
        return {**self._environment, **channel.env, **connection, **self._fault.variables(), **self._identity}


async def _converse(channel: Channel, running: Running, cuts_output: bool) -> bool:
    """Carry the three streams until the command has ended; False where the client went away before."""
    carry = _copy_half if cuts_output else _copy
    feeding = asyncio.create_task(_feed(channel, running))
    try:
        await asyncio.gather(
            carry(running.stdout, channel.stdout),
            *([] if running.stderr is None else [_copy(running.stderr, channel.stderr)]),
        )
        await running.child.wait()
    except (OSError, asyncssh.Error):
        return False
    else:
        return True
    finally:
        feeding.cancel()


async def _copy(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    """Carry one stream of output, no faster than the client reads it."""
    while content := await source.read(CHUNK_BYTES):
        target.write(content)
        await target.drain()


async def _copy_half(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    """Carry the first half of one stream of output, and let the rest be lost."""
    content = await source.read()
    target.write(content[: len(content) // 2])
    await target.drain()


async def _feed(channel: Channel, running: Running) -> None:
    """Carry stdin, and what the client sends beside it, until the client ends it."""
    takes_more = True
    while True:
        try:
            content = await channel.stdin.read(CHUNK_BYTES)
        except asyncssh.SignalReceived as received:
            signal_group(running.child.pid, getattr(signal, f"SIG{received.signal}", signal.SIGTERM))
            continue
        except asyncssh.TerminalSizeChanged as size:
            resize(running, size.term_size)
            continue
        except asyncssh.BreakReceived:
            continue
        except (OSError, asyncssh.Error):
            return
        if not content:
            break
        takes_more = takes_more and await _write(channel, running.stdin, content)
    if not running.on_terminal:
        running.stdin.close()


async def _write(channel: Channel, stdin: asyncio.StreamWriter, content: bytes) -> bool:
    """Hand a command some of its input; False where it has closed its stdin, and the rest is for nobody."""
    stdin.write(content)
    while True:
        try:
            async with asyncio.timeout(STUCK_SECONDS):
                await stdin.drain()
        except TimeoutError:
            # While input waits for the command, asyncssh keeps the client's close to itself.
            if channel.is_closing():
                channel.channel.abort()
                return False
        except OSError:
            return False
        else:
            return True


def _report(channel: Channel, returncode: int) -> None:
    if returncode < 0:
        channel.exit_with_signal(SIGNAL_NAMES.get(-returncode, "SIG@openssh.com"))
    else:
        channel.exit(returncode)


def signal_group(group: int, number: int) -> bool:
    """Send a signal, 0 to only look, to a process group; False where none of it is left."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


async def end_group(group: int) -> None:
    """Ask a process group to end, and kill what is left of it after the time of grace."""
    signal_group(group, signal.SIGTERM)
    deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
    while signal_group(group, 0):
        if asyncio.get_running_loop().time() > deadline:
            signal_group(group, signal.SIGKILL)
            return
        await asyncio.sleep(POLL_SECONDS)
