"""What can be read in an instance's user data: through base64, gzip and the parts of cloud-init's archives."""

import re
import zlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from email import message_from_bytes

LAYERS = 6  # base64 of gzip of a multi-part archive with a base64 part of a cloud-config with base64 files
LARGEST_BYTES = 4 << 20  # EC2 takes 16 KiB of user data, which no archive of use makes larger than this
GZIP = b"\x1f\x8b"
WITH_GZIP_HEADER = zlib.MAX_WBITS | 16
MULTIPART = re.compile(rb"^content-type:\s*multipart/", re.IGNORECASE | re.MULTILINE)
# On one line, or folded over several: YAML indents the following ones. Each is tried from its first letter only, and
# never shortened: on the 16 KiB that EC2 takes, anything else is a second's work.
BASE64 = (
    re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}+={0,2}"),
    re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}+(?:\r?\n[ \t]*+[A-Za-z0-9+/]++)++={0,2}"),
)


def readable(text: str) -> Iterator[str]:
    """A text, and every text that is wrapped in it."""
    return _readable(text.encode(), LAYERS)


def _readable(data: bytes, layers: int) -> Iterator[str]:
    if not data or layers == 0:
        return
    if data.startswith(GZIP):
        yield from _readable(_inflated(data), layers - 1)
        return
    text = data.decode(errors="replace")
    yield text
    if MULTIPART.search(data):
        for part in message_from_bytes(data).walk():
            payload = part.get_payload(decode=True)
            yield from _readable(payload, layers - 1) if isinstance(payload, bytes) else ()
    for pattern in BASE64:
        for blob in pattern.findall(text):
            yield from _readable(_decoded(blob), layers - 1)


def _inflated(data: bytes) -> bytes:
    """What gzip has packed, as far as it can be unpacked."""
    try:
        return zlib.decompressobj(WITH_GZIP_HEADER).decompress(data, LARGEST_BYTES)
    except zlib.error:
        return b""


def _decoded(blob: str) -> bytes:
    """What base64 wraps, where that is an archive or text; else nothing."""
    letters = "".join(blob.split()).rstrip("=")
    try:
        data = b64decode(letters + "=" * (-len(letters) % 4))
    except NotBase64:
        return b""
    return data if data.startswith(GZIP) or _is_text(data) else b""


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
