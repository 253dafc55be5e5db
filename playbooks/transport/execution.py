"""Runs one command on one node to an outcome: connects, follows, reconnects to a job, ends what must be ended."""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

import paramiko

from playbooks.transport.command import Command
from playbooks.transport.connection import CommandRefusedError, Connection, nobody
from playbooks.transport.liveness import Liveness, why_lost
from playbooks.transport.outcome import (
    Completed,
    ConnectionLostError,
    DeadlinePassedError,
    Outcome,
    TransportError,
    UnreachableError,
)
from playbooks.transport.remote_group import GONE, ending, marked
from playbooks.transport.remote_job import following, job_name, tidying, without_answer
from playbooks.transport.session import Cut, Limits, follow
from playbooks.transport.streams import Streams
from playbooks.transport.task import Task

BROKEN = (paramiko.SSHException, EOFError, OSError)  # what paramiko raises where a connection is gone

GRACE_SECONDS = 2.0  # between TERM and KILL
HURRIED_GRACE_SECONDS = 0.2
END_SECONDS = 5.0  # until the end of a process group must be confirmed
HURRIED_END_SECONDS = 0.7  # less than `tasks.INTERRUPT_SECONDS`
TIDY_SECONDS = 5.0
START_SECONDS = 30.0  # for the server to take the command; only then can it be asked whether it is there
AGAIN_SECONDS = 0.3  # between connections to a job, where each of them breaks

# At a Ctrl-C every thread wants the interpreter at once, and the main thread would wait for it: 12 s at 1,000 hosts.
# Who finds no place waits, and is named if the command is out before.
ENDING = threading.BoundedSemaphore(64)

Reach = Callable[[Task, float], Connection]
Keep = Callable[[Connection], bool]


class Execution:
    """A command on a node.

    Args:
        task: the node, and how the command is ended from outside.
        command: what to run.
        reach: connects to the task's node within so many seconds; raises a TransportError.
        keep: takes a connection over on which the command has ended well, or says that it does not.
    """

    def __init__(self, task: Task, command: Command, reach: Reach, keep: Keep = nobody) -> None:
        self._task = task
        self._command = command
        self._reach = reach
        self._keep = keep
        self._streams = Streams()
        self._job = job_name(command.job, task.node.instance_id) if command.job else ""
        self._mark = self._job or secrets.token_hex(8)
        self._began = 0.0
        self._lost = ""

    def outcome(self) -> Outcome:
        """Run it, and say how it ended.

        Raises:
            TransportError: how it ended is not known.
        """
        with self._reach(self._task, self._command.deadlines.connect) as connection:
            self._task.starts()
            self._began = time.monotonic()
            cut = self._follow(connection)
            if not (cut is Cut.LOST and self._job):
                return self._settle(connection, cut)
        return self._follow_again()

    def _follow_again(self) -> Outcome:
        """Ask for the job over new connections, for as long as it may take."""
        while True:
            try:
                connection = self._reach(self._task, max(0.0, min(self._left(), self._command.deadlines.connect)))
            except UnreachableError as error:
                return ConnectionLostError(f"during a job {self._lost}; then: {error}. {self._task.look()}")
            with connection:
                cut = self._follow(connection)
                if cut is not Cut.LOST:
                    return self._settle(connection, cut)
            self._task.stop.wait(AGAIN_SECONDS)

    def _follow(self, connection: Connection) -> int | Cut:
        limits = Limits(self._began + self._command.deadlines.command, self._command.deadlines.idle)
        connection.wire.deadline = min(limits.deadline + END_SECONDS, time.monotonic() + START_SECONDS)
        try:
            channel = connection.start(self._line())
            connection.wire.deadline = limits.deadline + END_SECONDS
            liveness = Liveness(connection.client, connection.wire)
            end = follow(channel, liveness, self._streams, limits, self._task)
        except CommandRefusedError as error:
            self._task.started = self._lost != ""  # by an earlier connection
            raise self._refused(error) from None
        except BROKEN:
            end = Cut.LOST
        if end is Cut.LOST:
            self._lost = why_lost(connection.wire)
        return end

    def _line(self) -> str:
        if not self._job:
            return marked(self._command.line, self._mark)
        return following(
            self._command.line,
            self._job,
            self._mark,
            stdout_bytes=self._streams.stdout.total_bytes,
            stderr_bytes=self._streams.stderr.total_bytes,
        )

    def _settle(self, connection: Connection, end: int | Cut) -> Outcome:
        """The outcome of what was followed to this end."""
        match end:
            case Cut.LOST:
                return ConnectionLostError(f"{self._task.who}: {self._lost}. {self._task.look()}")
            case Cut.STOPPED:
                return self._task.interrupted(confirmed_ended=self._end(connection))
            case Cut.DEADLINE:
                return self._past(connection, f"it ran longer than {self._command.deadlines.command:g} s")
            case Cut.IDLE:
                return self._past(connection, f"it printed nothing for {self._command.deadlines.idle:g} s")
        return self._completed(connection, end)

    def _completed(self, connection: Connection, status: int) -> Outcome:
        seconds, ended_at = time.monotonic() - self._began, time.time()
        stdout, stderr = self._streams.stdout.captured(), self._streams.stderr.captured()
        if self._job:
            if unknown := without_answer(status, stderr.text, self._job, self._mark):
                self._task.started = isinstance(unknown, ConnectionLostError)
                return unknown
            self._run_aside(connection, tidying(self._job), TIDY_SECONDS)
        connection.spare = self._keep
        return Completed(status, stdout, stderr, seconds, ended_at)

    def _past(self, connection: Connection, what: str) -> TransportError:
        confirmed = self._end(connection)
        left = "its processes were ended" if confirmed else self._task.look()
        return DeadlinePassedError(f"{self._task.who}: {what}; {left}", confirmed_ended=confirmed)

    def _end(self, connection: Connection) -> bool:
        """End the command's processes, and say whether none was left."""
        hurry = self._task.hurry
        seconds = HURRIED_END_SECONDS if hurry else END_SECONDS
        grace = HURRIED_GRACE_SECONDS if hurry else GRACE_SECONDS
        line = ending(self._mark, grace_seconds=grace, limit_seconds=seconds)
        with ENDING if hurry else nullcontext():
            status = self._run_aside(connection, line, seconds)
        if status is None and not hurry:
            status = self._run_anew(line, seconds)
        if status == GONE and self._job:
            self._run_aside(connection, tidying(self._job), seconds)
        return status == GONE

    def _run_anew(self, line: str, seconds: float) -> int | None:
        try:
            with self._reach(Task(self._task.node), seconds) as connection:
                return self._run_aside(connection, line, seconds)
        except TransportError:
            return None  # the caller says that the end is not confirmed

    def _run_aside(self, connection: Connection, line: str, seconds: float) -> int | None:
        """The exit status of another line on a connection; None where it gave none in time."""
        deadline = time.monotonic() + seconds
        connection.wire.deadline = deadline
        try:
            channel = connection.start(line)
            if not channel.status_event.wait(max(0.0, deadline - time.monotonic())) or channel.exit_status < 0:
                return None
        except (*BROKEN, CommandRefusedError):
            return None
        return channel.exit_status

    def _refused(self, error: CommandRefusedError) -> TransportError:
        return TransportError(
            f"{self._task.who}: it lets the user in and runs no command ({error}): look for ForceCommand and"
            " MaxSessions in its sshd_config, and for restrictions in the user's authorized_keys"
        )

    def _left(self) -> float:
        return self._began + self._command.deadlines.command - time.monotonic()
