"""The sandbox's AWS as others use it: a moto server that is started, found, emptied and ended."""

import http.client
from collections.abc import Sequence
from urllib.parse import urlsplit

from sandbox import daemons
from sandbox.daemons import Daemon
from sandbox.errors import SandboxError
from sandbox.folder import SandboxFolder, write_atomically
from sandbox.processes import MOTO, Member, end, find

READY_SECONDS = 30.0  # it is up in 1.5 s on an idle core
RESET_SECONDS = 30.0
ANSWER_SECONDS = 10.0  # it answers in milliseconds, on a loaded machine in a second


def start(folder: SandboxFolder, address: str, prefix: Sequence[str] = ()) -> str:
    """The URL of the sandbox's moto server, which is started where none runs.

    Args:
        folder: the sandbox, locked by the caller.
        address: the IPv4 address that it listens on, at a port that the kernel chooses.
        prefix: the command words that bring it into its own network.

    Raises:
        StartError: it did not come up.
    """
    if url := endpoint(folder):
        return url
    stop(folder)
    folder.create()
    arguments = [f"--address={address}", f"--folder={folder.path}"]
    daemon = Daemon(MOTO, "sandbox.moto_host", arguments, folder.moto_log, prefix)
    url = f"http://{address}:{daemons.start(folder, [daemon], READY_SECONDS)[MOTO]}"
    write_atomically(folder.moto_endpoint, url.encode())
    return url


def endpoint(folder: SandboxFolder) -> str | None:
    """Where the sandbox's moto server answers; None where none of this sandbox is alive."""
    if folder.moto_endpoint.exists() and any(member.role == MOTO for member in find(folder)):
        return folder.moto_endpoint.read_text()
    return None


def stop(folder: SandboxFolder) -> list[Member]:
    """End it, and with it everything that was created there; returns the processes that would not end."""
    folder.moto_endpoint.unlink(missing_ok=True)
    return end(folder, lambda member: member.role == MOTO)


def answers(url: str) -> bool:
    """Whether the server there answers a request; one whose process merely exists may hang."""
    try:
        return _status(url, "GET", "/moto-api/", ANSWER_SECONDS) == http.client.OK
    except OSError:
        return False


def reset(url: str) -> None:
    """Empty it: no account holds anything any more.

    Raises:
        SandboxError: it does not answer, or not as moto does.
    """
    try:
        status = _status(url, "POST", "/moto-api/reset", RESET_SECONDS)
    except OSError as error:
        raise SandboxError(f"{url}: the moto server does not answer ({error}); run `aidc up` again") from error
    if status != http.client.OK:
        raise SandboxError(f"{url}: the moto server answered {status} to a reset; is it another server?")


def _status(url: str, method: str, path: str, timeout_seconds: float) -> int:
    """The status of an answer; by http.client, for no proxy stands between this machine and itself."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=timeout_seconds)
    try:
        connection.request(method, path, headers={"Content-Length": "0"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
