import gzip
from base64 import b64encode
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from textwrap import fill, indent

from policies.user_data import LARGEST_BYTES, readable

CANARY = "export TOKEN_OF_A_CANARY=1; echo and enough words to be worth wrapping in base64"


def base64(data: str | bytes) -> str:
    """As a launch template has it."""
    return b64encode(data.encode() if isinstance(data, str) else data).decode()


def found(text: str) -> bool:
    """Whether the canary is read."""
    return any(CANARY in each for each in readable(text))


def test_base64_and_gzip_are_unpacked_in_any_order() -> None:
    """Launch templates want base64; cloud-init unpacks gzip by itself."""
    packed = gzip.compress(CANARY.encode())

    assert found(CANARY)
    assert found(base64(CANARY))
    assert found(base64(packed))
    assert found(base64(gzip.compress(base64(packed).encode())))


def test_every_part_of_an_archive_is_read() -> None:
    """Plain parts, parts in base64, and gzip in a part."""
    plain, packed = MIMEText(CANARY, "x-shellscript", "us-ascii"), MIMEApplication(gzip.compress(CANARY.encode()))
    for part in (plain, MIMEText(CANARY, "cloud-config", "utf-8"), packed):
        archive = MIMEMultipart(_subparts=[MIMEText("#!/bin/true", "x-shellscript"), part])

        assert found(archive.as_string())
        assert found(base64(gzip.compress(archive.as_bytes())))


def test_files_inside_a_cloud_config_are_read() -> None:
    """`write_files` takes base64, on one line or folded over several, of text or of gzip."""
    for content in (base64(CANARY), base64(gzip.compress(CANARY.encode()))):
        folded = indent(fill(content, 40), " " * 6)
        files = f"#cloud-config\nwrite_files:\n  - path: /a\n    encoding: gz+b64\n    content: {content}\n"
        block = f"#cloud-config\nwrite_files:\n  - path: /a\n    content: |\n{folded}\n  - path: /b\n"

        assert found(files)
        assert found(block)
        assert found(base64(block))


def test_what_is_no_text_and_no_archive_is_passed_over() -> None:
    """Bytes, a cut archive, letters that only look like base64; none of them is an error."""
    assert list(readable(base64(bytes(range(256))))) == [base64(bytes(range(256)))]
    assert not found(base64(gzip.compress(CANARY.encode())[:12]))
    assert list(readable("abcdefghijklmnopqrstuvwxy")) == ["abcdefghijklmnopqrstuvwxy"]


def test_an_archive_that_swells_is_read_in_part() -> None:
    """A thousandth of the memory that it asks for is enough to say what is in it."""
    swollen = base64(gzip.compress(CANARY.encode() + b" " * (LARGEST_BYTES * 4)))

    assert found(swollen)
    assert max(map(len, readable(swollen))) == LARGEST_BYTES
