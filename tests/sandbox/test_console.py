from datetime import UTC, datetime

import asyncssh

from sandbox.console import SHOWN_BYTES, first_boot, host_key, shown
from sandbox.folder import SandboxFolder

BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHtOReNwl7HPAz5EUR/6mRdACoNszPBcSS9tCUeot7CE root@workers-0"


def booted(folder: SandboxFolder, name: str, address: str) -> asyncssh.SSHKey:
    """A node that has printed its host key."""
    node = folder.node(name)
    node.path.mkdir(parents=True)
    node.address.write_text(address)
    return host_key(node, name)


def test_first_boot_prints_as_cloud_init_does() -> None:
    """Fingerprints with a syslog mark, keys without, and the line ends of a serial console."""
    printed = first_boot(asyncssh.import_public_key(PUBLIC), "workers-0", datetime(2026, 1, 6, 15, 27, 31, tzinfo=UTC))

    mark = "<14>Jan  6 15:27:31 cloud-init: "
    assert [
        f"{mark}{'#' * 61}",
        f"{mark}-----BEGIN SSH HOST KEY FINGERPRINTS-----",
        f"{mark}256 SHA256:BOyEUuM4iXqSIlaoCcp+wOsLB3w+ZBZLPxxNdEY7WkQ root@workers-0 (ED25519)",
        f"{mark}-----END SSH HOST KEY FINGERPRINTS-----",
        f"{mark}{'#' * 61}",
        BEGIN,
        PUBLIC,
        END,
        "",
    ] == printed.split("\r\n")


def test_lost_console_is_printed_again_for_the_same_key(folder: SandboxFolder) -> None:
    """So that a kept key is always one that can be looked up."""
    key = booted(folder, "workers-0", "10.77.0.10")
    folder.node("workers-0").console.unlink()

    assert key == host_key(folder.node("workers-0"), "workers-0")
    assert key.export_public_key().strip() in shown(folder, "10.77.0.10")


def test_console_is_found_by_address(folder: SandboxFolder) -> None:
    """Each node's own, and nothing for an address without a node."""
    keys = [booted(folder, f"workers-{index}", f"10.77.0.{1 + index * 9}") for index in range(2)]

    assert [key.export_public_key().strip() in shown(folder, "10.77.0.10") for key in keys] == [False, True]
    assert shown(folder, "10.77.0.11") == b""


def test_only_the_end_of_a_long_console_is_shown(folder: SandboxFolder) -> None:
    """64 KB, as in the EC2 API."""
    booted(folder, "workers-0", "10.77.0.10")
    with folder.node("workers-0").console.open("ab") as console:
        console.write(b"x" * SHOWN_BYTES)

    assert shown(folder, "10.77.0.10") == b"x" * SHOWN_BYTES
