"""What is asked of a node: a shell command, how long it may take, and whether it may be started only once."""

from typing import NamedTuple


class Deadlines(NamedTuple):
    """How long each part of a command may take, in seconds.

    Attributes:
        connect: from the first attempt until the host has accepted the user, retries included.
        command: from the request until the exit status.
        idle: the longest silence on both streams together; None where silence is fine.
    """

    connect: float = 20.0
    command: float = 600.0
    idle: float | None = None


class Command(NamedTuple):
    """A command for one node.

    Attributes:
        line: what the node's shell runs.
        deadlines: how long it may take.
        job: a name unique to this run of this command. With one, the command leaves a marker and its output on the
            node, so that after a lost connection it is asked for, and never blindly run again. None for commands
            that are over in a moment and change nothing.
    """

    line: str
    deadlines: Deadlines = Deadlines()
    job: str | None = None
