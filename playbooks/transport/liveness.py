"""Whether the other end of an open connection still answers: a node that dies silently sends no end of anything."""

import time

import paramiko
from paramiko.common import cMSG_GLOBAL_REQUEST

from playbooks.transport.wire import Wire

PROBE_SECONDS = 10.0  # of silence until a question, and for an answer until the next
QUESTIONS = 2  # without an answer, and the node has stopped answering: after 30 s of silence


class Liveness:
    """Asks the other end whether it is there, only while nothing comes from it.

    A server must answer a global request even where it does not know it (RFC 4254, section 4); this is the one that
    OpenSSH's ServerAliveInterval asks. It goes the whole way, behind jump hosts and proxies as well.
    """

    def __init__(self, client: paramiko.Transport, wire: Wire) -> None:
        self._client = client
        self._wire = wire
        self._asked_at = 0.0
        self._unanswered = 0

    def lost(self) -> bool:
        """Ask where it is time to; whether the questions asked have been without an answer for too long.

        Questions are counted, not only seconds, so that a pause of this process is not taken for one of the node.

        Raises:
            SSHException, EOFError, OSError: the connection is gone.
        """
        heard_at, now = self._wire.heard_at, time.monotonic()
        if now - max(heard_at, self._asked_at) < PROBE_SECONDS:
            return False
        if heard_at >= self._asked_at:
            self._unanswered = 0
        if self._unanswered >= QUESTIONS:
            return True
        self._asked_at, self._unanswered = now, self._unanswered + 1
        self._ask()
        return False

    def _ask(self) -> None:
        question = paramiko.Message()
        question.add_byte(cMSG_GLOBAL_REQUEST)
        question.add_string("keepalive@openssh.com")
        question.add_boolean(True)
        # not `global_request`, which waits for the answer
        self._client._send_user_message(question)  # type: ignore[attr-defined]  # noqa: SLF001 - see above


def why_lost(wire: Wire) -> str:
    """How a connection that is gone went, for a message."""
    silent_seconds = time.monotonic() - wire.heard_at
    if silent_seconds >= QUESTIONS * PROBE_SECONDS:
        return f"the node has stopped answering: nothing came from it for {silent_seconds:.0f} s"
    return "the connection broke while it ran"
