"""How one command on one node can end: it completed, or the transport says why it is not known to have."""

from typing import NamedTuple


class Captured(NamedTuple):
    r"""What a stream brought, with bounded memory: the first and the last bytes of it.

    Attributes:
        text: the kept bytes as UTF-8, invalid ones shown as `\xNN`; where bytes are missing, a line says how many.
        total_bytes: how many bytes the stream brought.
        dropped_bytes: how many of them were not kept.
    """

    text: str
    total_bytes: int
    dropped_bytes: int


class Completed(NamedTuple):
    """A command that ran to its end.

    Attributes:
        exit_status: 0 to 255; 128 + n where signal n ended it.
        stdout: what it printed.
        stderr: what it printed beside it.
        seconds: wall time from the request to the exit status.
        ended_at: when the exit status came by this machine's clock, UNIX seconds; a node's clock is held against it.
    """

    exit_status: int
    stdout: Captured
    stderr: Captured
    seconds: float
    ended_at: float


class TransportError(Exception):
    """A command whose end is not known. The message says what happened, on which node, and what to do."""


class UnreachableError(TransportError):
    """No connection within the connect deadline: refused, no route, no answer, or a broken proxy."""


class HostKeyRefusedError(TransportError):
    """The host's key is unknown or is not the one kept for it; nothing was sent to it."""


class AuthenticationRefusedError(TransportError):
    """The host did not accept the user and key of the settings."""


class ConnectionLostError(TransportError):
    """The connection broke while the command ran, and the job's marker does not say how it ended."""


class DeadlinePassedError(TransportError):
    """The command ran past its deadline, or was silent for longer than it may be.

    `confirmed_ended` is False where its process group on the node could not be seen to end.
    """

    def __init__(self, message: str, *, confirmed_ended: bool) -> None:
        super().__init__(message)
        self.confirmed_ended = confirmed_ended


class InterruptedRunError(TransportError):
    """The person at the terminal, or the failure of a peer, ended the command; `confirmed_ended` as above."""

    def __init__(self, message: str, *, confirmed_ended: bool) -> None:
        super().__init__(message)
        self.confirmed_ended = confirmed_ended


# It does not answer any more, or does not end what it runs; a refused key or password says nothing against a machine.
OF_MACHINE = (UnreachableError, ConnectionLostError, DeadlinePassedError, InterruptedRunError)
Outcome = Completed | TransportError
