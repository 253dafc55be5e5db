"""paramiko's packets, mended in three places: a thread too many, a signal untold, data after the end of a channel."""

import signal
import socket
import threading

import paramiko
from paramiko.common import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_OPEN_SUCCESS,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_WINDOW_ADJUST,
)
from paramiko.packet import Packetizer

OF_A_CHANNEL = {MSG_CHANNEL_DATA, MSG_CHANNEL_EOF, MSG_CHANNEL_CLOSE, MSG_CHANNEL_REQUEST, MSG_CHANNEL_WINDOW_ADJUST}


class Packets(Packetizer):
    """The packets of any connection."""

    def start_handshake(self, timeout: float) -> None:
        """Start no timer thread: the wire's deadline holds."""

    def read_message(self) -> tuple[int, paramiko.Message]:
        """The next message; an `exit-signal`, which paramiko leaves aside, comes as the exit status of a shell."""
        kind, message = super().read_message()
        if kind != MSG_CHANNEL_REQUEST:
            return kind, message
        channel, request = message.get_int(), message.get_text()
        message.get_boolean()
        if request != "exit-signal":
            message.rewind()
            return kind, message
        status = paramiko.Message()
        status.add_int(channel)
        status.add_string("exit-status")
        status.add_boolean(False)
        status.add_int(128 + _signal_number(message.get_text()))
        status.seqno = message.seqno
        status.rewind()
        return kind, status


class SharedPackets(Packets):
    """The packets of a connection that several nodes share.

    One thread of paramiko may send a channel's data while another closes it. OpenSSH ends the whole connection at data
    for a channel that is closed ("data packet referred to nonexistent channel"), and with it every other node's.
    """

    def __init__(self, wire: socket.socket) -> None:
        super().__init__(wire)
        self._sending = threading.RLock()
        self._closed: set[int] = set()

    def send_message(self, data: paramiko.Message) -> None:
        """Send, unless it is for a channel whose end has been sent."""
        content = data.asbytes()
        kind, channel = content[0], int.from_bytes(content[1:5])
        with self._sending:
            if kind in OF_A_CHANNEL and channel in self._closed:
                return
            if kind == MSG_CHANNEL_CLOSE:
                self._closed.add(channel)
            super().send_message(data)

    def read_message(self) -> tuple[int, paramiko.Message]:
        """The next message; a channel that opens may have the number of one that was closed."""
        kind, message = super().read_message()
        if kind == MSG_CHANNEL_OPEN_SUCCESS:
            message.get_int()
            with self._sending:
                self._closed.discard(message.get_int())
            message.rewind()
        return kind, message


def _signal_number(name: str) -> int:
    """The number of a signal that RFC 4254 names without `SIG`; 0 for names of the server's own."""
    try:
        return signal.Signals[f"SIG{name}"].value
    except KeyError:
        return 0
