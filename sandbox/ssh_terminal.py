"""A person's shell on a node: a command with a pseudo-terminal instead of pipes."""

import asyncio
import errno
import fcntl
import os
import shutil
import struct
import termios
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import asyncssh

# The first terminal that the leader of a session opens becomes its own (Linux), which makes Ctrl-C and job control.
ON_TERMINAL = 'exec <>"$0" >&0 2>&0; exec "$@"'


class Running(NamedTuple):
    """A command that runs and the ends of its streams; on a terminal, stderr is one with stdout."""

    child: Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader | None

    @property
    def on_terminal(self) -> bool:
        """Whether a pseudo-terminal stands between it and the client."""
        return self.stderr is None


async def spawn_on_terminal(
    channel: asyncssh.SSHServerProcess[bytes], home: Path, variables: Mapping[str, str]
) -> Running:
    """Start the command of this channel, or a shell, on a terminal of its own."""
    ours, its = os.openpty()
    name = os.ttyname(its)
    _set_size(ours, channel.term_size)
    words = [shutil.which("bash") or "/bin/sh"] if channel.command is None else ["/bin/sh", "-c", channel.command]
    try:
        child = await asyncio.create_subprocess_exec(
            *["/bin/sh", "-c", ON_TERMINAL, name, *words],
            stdin=its,
            stdout=its,
            stderr=its,
            cwd=home,
            env={**variables, "TERM": channel.term_type or "dumb", "SSH_TTY": name},
            start_new_session=True,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(its)
    return Running(child, await _writer(os.dup(ours)), await _reader(ours), stderr=None)


class _UntilClosed(asyncio.StreamReaderProtocol):
    """Takes the error (EIO) by which Linux tells that a terminal's last process is gone for what it means: the end."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(None if isinstance(exc, OSError) and exc.errno == errno.EIO else exc)


async def _reader(terminal: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(terminal, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: _UntilClosed(reader), pipe)
    return reader


async def _writer(terminal: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(terminal, "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), pipe
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)


def resize(running: Running, size: tuple[int, int, int, int]) -> None:
    """Tell a terminal its new size: columns, rows, and both in pixels, 0 where unknown."""
    if running.on_terminal:
        _set_size(running.stdin.get_extra_info("pipe").fileno(), size)


def _set_size(terminal: int, size: tuple[int, int, int, int]) -> None:
    columns, rows, width, height = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
