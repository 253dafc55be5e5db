"""Follows one command on an open channel: both streams drained, until it ends or a deadline or a person ends it."""

import time
from enum import Enum
from typing import NamedTuple

import paramiko

from playbooks.transport.liveness import Liveness
from playbooks.transport.streams import Streams
from playbooks.transport.task import Task

PIECE_BYTES = 1 << 18
LOOK_SECONDS = 1.0  # how often to look for an exit status that came without the end of the streams
STATUS_SECONDS = 0.1  # the same after the end of the streams, where the status mostly comes at once


class Cut(Enum):
    """Why a command was not followed to its end."""

    DEADLINE = "deadline"
    IDLE = "idle"
    STOPPED = "stopped"
    LOST = "lost"


class Limits(NamedTuple):
    """Until when to follow, in `time.monotonic()`'s seconds, and the longest silence in seconds."""

    deadline: float
    idle_seconds: float | None


def follow(channel: paramiko.Channel, liveness: Liveness, streams: Streams, limits: Limits, task: Task) -> int | Cut:
    """The command's exit status, or why it is not known.

    Args:
        channel: on which the command was started.
        liveness: says when its connection is lost.
        streams: take what it prints.
        limits: how long to follow.
        task: says when the command is to be ended; its `wake` is also set by paramiko when bytes come.

    Raises:
        SSHException, EOFError, OSError: the connection is gone.
    """
    channel.in_buffer.set_event(task.wake)
    channel.in_stderr_buffer.set_event(task.wake)
    heard = time.monotonic()
    while True:
        # paramiko clears `wake` when a stream is read empty, so a wait is safe only after a turn that read nothing
        read = _drain(channel, streams)
        now = time.monotonic()
        heard = now if read else heard
        cut = _cut(limits, heard, now, task)
        if cut:
            return cut
        if read:
            continue
        if channel.eof_received or channel.closed:
            if channel.status_event.wait(STATUS_SECONDS):
                while _drain(channel, streams):
                    pass  # what came between the turn above and the end
                return channel.exit_status if channel.exit_status >= 0 else Cut.LOST
        elif channel.exit_status >= 0 and now - heard >= LOOK_SECONDS:
            return channel.exit_status  # what it left in the background holds the streams open
        else:
            if liveness.lost():
                return Cut.LOST
            task.wake.wait(_pause(limits, heard, now))


def _drain(channel: paramiko.Channel, streams: Streams) -> int:
    """Take what has come, and say how many bytes that was."""
    before = streams.total_bytes
    if channel.recv_ready():
        streams.stdout.add(channel.recv(PIECE_BYTES))
    if channel.recv_stderr_ready():
        streams.stderr.add(channel.recv_stderr(PIECE_BYTES))
    return streams.total_bytes - before


def _cut(limits: Limits, heard: float, now: float, task: Task) -> Cut | None:
    if task.stop.is_set():
        return Cut.STOPPED
    if now >= limits.deadline:
        return Cut.DEADLINE
    if limits.idle_seconds is not None and now - heard >= limits.idle_seconds:
        return Cut.IDLE
    return None


def _pause(limits: Limits, heard: float, now: float) -> float:
    ends = [limits.deadline, now + LOOK_SECONDS]
    if limits.idle_seconds is not None:
        ends.append(heard + limits.idle_seconds)
    return max(0.0, min(ends) - now)
