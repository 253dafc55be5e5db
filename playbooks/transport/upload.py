"""Brings files to a node over SFTP; each is there whole or not at all."""

import posixpath
import secrets
from collections.abc import Mapping

import paramiko

from playbooks.transport.connection import Connection


def upload(connection: Connection, files: Mapping[str, bytes], folder: str) -> None:
    """Write the files, by name, into a folder, which is made where it is missing.

    Args:
        connection: to the node.
        files: what each file holds, by its name in the folder.
        folder: absolute, or relative to the user's home folder, which `~` names.

    Raises:
        OSError: the node says why it cannot be written.
        SSHException, EOFError: the connection is gone, or the node has no SFTP.
    """
    folder = folder.removeprefix("~").removeprefix("/") or "." if folder.startswith("~") else folder
    with connection.client.open_sftp_client() as sftp:
        _make(sftp, folder)
        for name, content in files.items():
            _write(sftp, posixpath.join(folder, name), content)


def _write(sftp: paramiko.SFTPClient, path: str, content: bytes) -> None:
    part = f"{path}.{secrets.token_hex(4)}.part"
    try:
        with sftp.open(part, "wb") as file:
            file.set_pipelined()
            file.write(content)
        sftp.posix_rename(part, path)
    except OSError as error:
        raise OSError(f"{path}: {error}") from None


def _make(sftp: paramiko.SFTPClient, folder: str) -> None:
    if folder in ("", ".", "/"):
        return
    if _exists(sftp, folder):
        return
    _make(sftp, posixpath.dirname(folder))
    try:
        sftp.mkdir(folder)
    except OSError:  # nodes may share a home folder: another one's upload has made it meanwhile
        if not _exists(sftp, folder):
            raise


def _exists(sftp: paramiko.SFTPClient, folder: str) -> bool:
    try:
        sftp.stat(folder)
    except FileNotFoundError:
        return False
    return True
