"""The serial console of a node: where cloud-init prints host keys at first boot, and what the EC2 API shows of it."""

from datetime import datetime

import asyncssh

from sandbox.folder import NodeFolder, SandboxFolder, write_atomically

HOST_KEY_TYPE = "ssh-ed25519"
SHOWN_BYTES = 65536  # EC2 API reference, GetConsoleOutput: the most recent 64 KB


def host_key(node: NodeFolder, name: str) -> asyncssh.SSHKey:
    """The node's host key, made where there is none yet, and printed on the console once."""
    if not node.host_key.exists():
        made = asyncssh.generate_private_key(HOST_KEY_TYPE, comment=f"root@{name}")
        write_atomically(node.host_key, made.export_private_key())
    key = asyncssh.read_private_key(node.host_key)
    printed = node.console.read_bytes() if node.console.exists() else b""
    if key.export_public_key().strip() not in printed:
        write_atomically(node.console, printed + first_boot(key, name, datetime.now().astimezone()).encode())
    return key


def first_boot(key: asyncssh.SSHKey, name: str, now: datetime) -> str:
    """What cloud-init's `write-ssh-key-fingerprints` prints of a new host key on an EC2 instance."""
    mark = f"<14>{now:%b} {now.day:2d} {now:%H:%M:%S} cloud-init: "
    lines = [
        f"{mark}{'#' * 61}",
        f"{mark}-----BEGIN SSH HOST KEY FINGERPRINTS-----",
        f"{mark}256 {key.get_fingerprint()} root@{name} (ED25519)",
        f"{mark}-----END SSH HOST KEY FINGERPRINTS-----",
        f"{mark}{'#' * 61}",
        "-----BEGIN SSH HOST KEY KEYS-----",
        key.export_public_key().decode().strip(),
        "-----END SSH HOST KEY KEYS-----",
    ]
    return "".join(f"{line}\r\n" for line in lines)  # a serial console ends its lines so


def shown(folder: SandboxFolder, address: str) -> bytes:
    """The end of the console of the node at this address; empty where no node has booted there yet."""
    for entry in folder.nodes.glob("*/address"):
        node = NodeFolder(entry.parent)
        if node.console.exists() and node.address.read_text() == address:
            return node.console.read_bytes()[-SHOWN_BYTES:]
    return b""
