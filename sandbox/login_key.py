"""The key that people log in to the sandbox's nodes with: made once, inside the sandbox's folder."""

from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.folder import SandboxFolder, write_atomically


def public_key(identity: Path, folder: SandboxFolder) -> Path:
    """The public half of the settings' identity file, which is made where it is missing and belongs to the sandbox.

    Raises:
        SandboxError: the file is not the sandbox's own and has no public half beside it.
    """
    public = identity.with_name(f"{identity.name}.pub")
    if public.exists():
        return public
    if folder.path not in identity.resolve().parents:
        raise SandboxError(f"{public}: not found; nodes need it to let {identity} in. `ssh-keygen -y` writes it")
    import asyncssh  # noqa: PLC0415 - needed once in the life of a sandbox, and slow to import

    key = asyncssh.generate_private_key("ssh-ed25519", comment="the sandbox's operator")
    write_atomically(identity, key.export_private_key())
    write_atomically(public, key.export_public_key())
    return public
