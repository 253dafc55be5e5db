"""The private key that logs in: a file that the settings name, or the keys of the agent where they ask for it."""

import threading
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)
from paramiko.pkey import UnknownKeyType

from playbooks.errors import AidcError
from stacks.settings import Access


class IdentityError(AidcError):
    """There is no private key to log in with; the message says what to set."""


def identity_file(access: Access, project: Path) -> Path | None:
    """The private key's file that `access.identityFile` names, or nothing where it names none.

    A `~` stands for the home folder; what is relative is in the project's folder.
    """
    return project / Path(access.identity_file).expanduser() if access.identity_file else None


def identities(access: Access, project: Path) -> tuple[paramiko.PKey, ...]:
    """The keys to offer, in this order.

    Args:
        access: how the nodes are reached.
        project: the folder that a relative `identityFile` is in.

    Raises:
        IdentityError: the file cannot be used, the agent has no key, or the settings name neither.
    """
    if file := identity_file(access, project):
        return (_from_file(file),)
    if not access.agent:
        raise IdentityError("no key to log in with: set access.identityFile, or access.agent to true")
    agent, lock = paramiko.Agent(), threading.Lock()
    keys = tuple(AgentKey(agent, key, lock) for key in agent.get_keys())
    if not keys:
        agent.close()
        raise IdentityError(
            "access.agent is true and the agent holds no key: add one with `ssh-add`, or start an agent"
        )
    return keys


def let_go(keys: Iterable[paramiko.PKey]) -> None:
    """End the connection to the agent, where the keys are its."""
    for key in keys:
        if isinstance(key, AgentKey):
            key.let_go()


class AgentKey(paramiko.AgentKey):
    """A key of the agent that many connections sign with at once; paramiko lets their requests mix."""

    def __init__(self, agent: paramiko.Agent, key: paramiko.AgentKey, lock: threading.Lock) -> None:
        super().__init__(agent, key.blob, key.comment)
        self._lock = lock
        self.let_go = agent.close

    def sign_ssh_data(self, data: bytes, algorithm: str | None = None) -> paramiko.Message:  # type: ignore[override]
        """Have the agent sign, one request after the other."""
        with self._lock:
            return super().sign_ssh_data(data, algorithm)


def _from_file(path: Path) -> paramiko.PKey:
    try:
        return _read(path)
    except FileNotFoundError:
        raise IdentityError(f"access.identityFile: there is no {path}") from None
    except (paramiko.PasswordRequiredException, TypeError):  # cryptography raises TypeError where a password is missing
        raise IdentityError(
            f"access.identityFile: {path} is encrypted; add it to an agent with `ssh-add {path}`, "
            "set access.agent to true, and remove access.identityFile, which comes before the agent"
        ) from None
    except (OSError, ValueError, UnsupportedAlgorithm, paramiko.SSHException, UnknownKeyType) as error:
        raise IdentityError(
            f"access.identityFile: {path} is not a readable OpenSSH or PEM private key (ed25519, ecdsa or rsa): {error}"
        ) from None


def _read(path: Path) -> paramiko.PKey:
    """The key in a file.

    OpenSSH pads a key to a multiple of eight bytes; one that needs no padding and has no comment ends in a zero, of
    which paramiko 5.1 (`pkey._unpad_openssh`) makes a key without content. Such keys are handed to it as PEM.
    """
    try:
        return paramiko.PKey.from_path(path)
    except paramiko.PasswordRequiredException:
        raise
    except paramiko.SSHException:
        loaded = load_ssh_private_key(path.read_bytes(), None)
        if not isinstance(loaded, EllipticCurvePrivateKey | RSAPrivateKey):
            raise
    pem = loaded.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode("ascii")
    kind = paramiko.RSAKey if isinstance(loaded, RSAPrivateKey) else paramiko.ECDSAKey
    key = kind.from_private_key(StringIO(pem))
    if (certificate := path.with_name(f"{path.name}-cert.pub")).exists():
        key.load_certificate(str(certificate))
    return key
