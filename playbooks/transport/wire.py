"""The byte stream below an SSH connection: read ahead in large pieces, ended by a deadline or from another thread."""

import socket
import struct
import time
from contextlib import suppress

import paramiko

READ_AHEAD_BYTES = 1 << 16
TICK_SECONDS = 1  # how late a passed deadline may be noticed


class Wire:
    """What paramiko takes for its socket.

    paramiko reads every packet in two or more calls, each with a timeout, so each costs system calls that let other
    threads take the interpreter. Reading ahead and leaving the timeout to the kernel halves its CPU time per host
    (measured by benchmarks/hosts.py). The deadline covers everything on the connection, even the waits of paramiko
    that take no timeout.

    Args:
        endpoint: a connected socket, or a channel of the jump host's connection.
        deadline: in `time.monotonic()`'s seconds; may be moved later.
    """

    def __init__(self, endpoint: socket.socket | paramiko.Channel, deadline: float) -> None:
        self._endpoint = endpoint
        self._ahead = b""
        self._closed = False  # paramiko looks at this name
        self.heard_at = time.monotonic()  # when the last bytes came
        self.deadline = deadline
        if isinstance(endpoint, socket.socket):
            endpoint.settimeout(None)
            tick = struct.pack("ll", TICK_SECONDS, 0)  # a C `struct timeval`
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, tick)
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, tick)
        else:
            endpoint.settimeout(TICK_SECONDS)

    def settimeout(self, _seconds: float) -> None:
        """Leave paramiko's polling interval aside: the deadline rules."""

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; none where the other side or the deadline ended the stream."""
        if not self._ahead:
            if time.monotonic() > self.deadline:
                return b""
            try:
                self._ahead = self._endpoint.recv(READ_AHEAD_BYTES)
            except BlockingIOError:
                raise TimeoutError from None  # paramiko asks again
            self.heard_at = time.monotonic()
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        return piece

    def send(self, data: bytes) -> int:
        """Send some of the bytes and say how many."""
        if time.monotonic() > self.deadline:
            raise EOFError
        return self._endpoint.send(data)

    def shut(self) -> None:
        """End the stream from another thread, without waiting for anything."""
        self.deadline = 0.0
        if isinstance(self._endpoint, socket.socket):
            with suppress(OSError):  # not connected any more
                self._endpoint.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the stream and give its descriptor back."""
        if self._closed:  # paramiko closes it three times
            return
        self._closed = True
        self.shut()
        with suppress(EOFError, OSError, paramiko.SSHException):  # a channel whose connection is gone cannot say so
            self._endpoint.close()

    def last_words(self) -> str:
        """What whoever carries the stream said about its end."""
        return ""
