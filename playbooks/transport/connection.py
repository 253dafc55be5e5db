"""One SSH connection: negotiated, its host key held against the kept one, logged in."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, Self, cast

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from playbooks.transport.host_keys import HostKey
from playbooks.transport.outcome import AuthenticationRefusedError, HostKeyRefusedError, UnreachableError
from playbooks.transport.packets import Packets
from playbooks.transport.threads import shortage
from playbooks.transport.wire import Wire

# The cheapest first, measured by benchmarks/hosts.py: AES-GCM needs no separate MAC, group14 costs 26 ms a host.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
KEY_EXCHANGES = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")  # no SHA-1
SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # by host key type; the others have one of their own name

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # or Python prints its errors on stderr


class DroppedError(Exception):
    """This attempt to connect failed; another may succeed."""


class CommandRefusedError(Exception):
    """The server is logged in to and does not run a command."""


class Peer(NamedTuple):
    """Who must be at the other end.

    Attributes:
        name: as messages name it.
        user: as whom to log in.
        keys: the host keys that it may show; at least one.
        kept_in: where those keys come from.
    """

    name: str
    user: str
    keys: tuple[HostKey, ...]
    kept_in: str


class Connection:
    """A connection that is logged in.

    Attributes:
        client: paramiko's half of it.
        wire: what carries it.
        session: a session that is open already, for the next line.
        spare: takes the connection over at its end, or says that it does not; set where what was run has ended well.
    """

    def __init__(self, client: paramiko.Transport, wire: Wire) -> None:
        self.client = client
        self.wire = wire
        self.session: paramiko.Channel | None = None
        self.spare: Callable[[Connection], bool] = nobody
        self._used: list[paramiko.Channel] = []

    def start(self, line: str) -> paramiko.Channel:
        """Have the user's shell run a line, with nothing on its standard input.

        Raises:
            CommandRefusedError: the server does not.
            SSHException, EOFError, OSError: the connection is gone.
        """
        try:
            channel, self.session = self.session or self.client.open_session(), None
        except paramiko.ChannelException as error:
            raise CommandRefusedError(f"no session: {error}") from None
        self._used.append(channel)
        try:
            channel.exec_command(line)
        except paramiko.SSHException:
            if channel.eof_sent:  # paramiko's answer to a refusal, and not to the end of the connection
                raise CommandRefusedError("no command in a session") from None
            raise
        channel.shutdown_write()  # or a command that reads would wait until its deadline
        return channel

    def rest(self) -> None:
        """Close the sessions that were used; what was left running in the background loses its streams."""
        used, self._used = self._used, []
        for channel in used:
            channel.close()

    def close(self) -> None:
        """End the connection."""
        self.client.close()
        self.wire.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, or leave it to who keeps it."""
        spare, self.spare = self.spare, nobody
        if not spare(self):
            self.close()


def nobody(_: Connection) -> bool:
    """Keeps no connection."""
    return False


def connect(wire: Wire, peer: Peer, identity: Sequence[paramiko.PKey], packets: type[Packets] = Packets) -> Connection:
    """Log in at the other end of the wire, before the wire's deadline.

    Raises:
        DroppedError: the other end went away, or did not answer in time.
        HostKeyRefusedError: it is not who it must be; it has learned nothing about the user.
        AuthenticationRefusedError: it accepts none of the keys.
        UnreachableError: this process cannot have another thread.
    """
    client = paramiko.Transport(cast("paramiko.Channel", wire), packetizer_class=packets)
    connection = Connection(client, wire)
    try:
        _negotiate(client, wire, peer)
        _log_in(client, wire, peer, identity)
    except BaseException:
        connection.close()
        raise
    return connection


def _negotiate(client: paramiko.Transport, wire: Wire, peer: Peer) -> None:
    options = client.get_security_options()
    options.kex, options.ciphers, options.digests = KEY_EXCHANGES, CIPHERS, MACS
    options.key_types = [name for key in peer.keys for name in SIGNATURES.get(key.type, (key.type,))]
    negotiated = threading.Event()
    try:
        client.start_client(negotiated)
    except RuntimeError:  # "can't start new thread"
        raise UnreachableError(f"{peer.name}: {shortage()}") from None
    _wait(negotiated, wire)
    if not client.is_active():
        _explain(client, wire, peer)
    shown = client.get_remote_server_key()
    key = HostKey(shown.get_name(), shown.asbytes())
    if key not in peer.keys:
        kept = ", ".join(kept.fingerprint for kept in peer.keys if kept.type == key.type)
        _refuse(peer, f"it shows the {key.type} key {key.fingerprint}, but {kept} is kept")


def _log_in(client: paramiko.Transport, wire: Wire, peer: Peer, identity: Sequence[paramiko.PKey]) -> None:
    for key in identity:
        answered = threading.Event()
        try:
            client.auth_publickey(peer.user, key, answered)
        except (paramiko.SSHException, EOFError, OSError):
            _explain(client, wire, peer)
        _wait(answered, wire)
        if client.is_authenticated():
            return
        if not client.is_active():
            _explain(client, wire, peer)
    names = ", ".join(sorted({key.get_name() for key in identity}))
    raise AuthenticationRefusedError(
        f"{peer.name} does not accept the user {peer.user} with the key offered ({names}): check access.user, and that"
        " the public key is in the instance's key pair or in authorized_keys"
    )


def _wait(event: threading.Event, wire: Wire) -> None:
    if not event.wait(max(0.0, wire.deadline - time.monotonic())):
        raise DroppedError(wire.last_words() or "no answer")


def _explain(client: paramiko.Transport, wire: Wire, peer: Peer) -> NoReturn:
    error = client.get_exception()
    if isinstance(error, IncompatiblePeer) and "host key" in str(error):
        kept = ", ".join(f"{key.type} {key.fingerprint}" for key in peer.keys)
        _refuse(peer, f"it has no host key of the kept kind ({kept})")
    reasons = [wire.last_words(), str(error or ""), "the connection was closed"]
    raise DroppedError(next(filter(None, reasons)))


def _refuse(peer: Peer, why: str) -> NoReturn:
    raise HostKeyRefusedError(
        f"{peer.name} is not who it was: {why} in {peer.kept_in}. Either something answers in its place, or its keys"
        " were changed: compare with its console output, and only then remove the kept line"
    )
