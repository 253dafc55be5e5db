"""The SSH host keys of one environment: an OpenSSH known_hosts file whose host field is the instance id.

So `ssh -o HostKeyAlias=i-... -o UserKnownHostsFile=...` checks the same keys.
"""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from playbooks.errors import AidcError
from playbooks.whole_files import replace_files

# What cloud-init's cc_keys_to_console prints at an instance's first boot. A line may carry what the console, syslog
# or the kernel's log put before it: `ec2: `, `<14>Jan  6 15:27:32 cloud-init: `, `[   12.3] cloud-init[812]: `.
BEGIN = "-----BEGIN SSH HOST KEY KEYS-----"
END = "-----END SSH HOST KEY KEYS-----"
KEY = re.compile(r"(?:^|\s)(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) (AAAA[0-9A-Za-z+/]+={0,2})(?:\s|$)")

BEST_FIRST = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


class HostKeysError(AidcError):
    """Host keys that cannot be read or may not be kept; the message says which, where, and what to do."""


class HostKey(NamedTuple):
    """A public host key: its type, such as `ssh-ed25519`, and its bytes in SSH's own encoding."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` writes it."""
        return "SHA256:" + b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def __str__(self) -> str:
        """As a line of a key file."""
        return f"{self.type} {b64encode(self.blob).decode()}"


def parse_key(line: str) -> HostKey | None:
    """The host key that a line holds, whatever stands around it; None where there is none, or a damaged one."""
    found = KEY.search(line)
    if not found:
        return None
    try:
        blob = b64decode(found[2], validate=True)
    except binascii.Error:
        return None
    fields = _fields(blob)
    return HostKey(found[1], blob) if fields and fields[0] == found[1].encode() else None


def parse_console(output: str) -> tuple[HostKey, ...]:
    """The host keys in an instance's console output, the best type first; none where it has not printed them yet.

    Raises:
        HostKeysError: the output shows two different keys of one type, so that neither can be trusted.
    """
    keys: dict[str, HostKey] = {}
    for block in output.split(BEGIN)[1:]:
        inside, end, _ = block.partition(END)
        for key in filter(None, map(parse_key, inside.splitlines() if end else ())):
            if keys.setdefault(key.type, key) != key:
                raise HostKeysError(
                    f"the console shows two {key.type} keys: {keys[key.type].fingerprint} and {key.fingerprint}"
                )
    return _sorted(keys.values())


class HostKeys:
    """The kept keys, by instance id.

    Args:
        path: the known_hosts file; it need not exist yet.

    Raises:
        HostKeysError: a line of the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys = _read(path)

    def of(self, instance_id: str) -> tuple[HostKey, ...]:
        """The keys kept for an instance, the best type first; none where it is unknown."""
        return self._keys.get(instance_id, ())

    def keep(self, found: Mapping[str, Iterable[HostKey]]) -> None:
        """Keep the keys of these instances, by instance id; the file is replaced as a whole.

        Raises:
            HostKeysError: another key is kept for one of them; nothing has been written then.
        """
        keys = _read(self.path)  # another run may have added to it
        for instance_id, its_keys in found.items():
            new = _sorted(its_keys)
            if keys.get(instance_id, new) != new:
                raise HostKeysError(
                    f"{instance_id}: {_shown(new)} would replace the kept {_shown(keys[instance_id])}. If its"
                    f" keys were changed on purpose, remove its lines from {self.path}"
                )
            keys[instance_id] = new
        _write(self.path, keys)
        self._keys = keys


def _shown(keys: Iterable[HostKey]) -> str:
    return ", ".join(f"{key.type} {key.fingerprint}" for key in keys)


def _sorted(keys: Iterable[HostKey]) -> tuple[HostKey, ...]:
    return tuple(sorted(keys, key=lambda key: BEST_FIRST.index(key.type)))


def _fields(blob: bytes) -> list[bytes]:
    """The strings that a key's encoding consists of; none where their lengths do not add up."""
    fields = []
    while blob:
        length = int.from_bytes(blob[:4])
        field, blob = blob[4 : 4 + length], blob[4 + length :]
        if len(field) < length:
            return []
        fields.append(field)
    return fields


def _read(path: Path) -> dict[str, tuple[HostKey, ...]]:
    keys: dict[str, tuple[HostKey, ...]] = {}
    lines = path.read_text().splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        instance_id, _, rest = line.partition(" ")
        key = parse_key(rest)
        if key is None:
            raise HostKeysError(f"{path}, line {number}: not `<instance id> <key type> <key>`; remove the line")
        keys[instance_id] = _sorted((*keys.get(instance_id, ()), key))
    return keys


def _write(path: Path, keys: Mapping[str, Iterable[HostKey]]) -> None:
    lines = [f"{instance_id} {key}\n" for instance_id, its_keys in keys.items() for key in its_keys]
    replace_files(path.parent, {path.name: "".join(lines).encode()}, mode=0o600)
