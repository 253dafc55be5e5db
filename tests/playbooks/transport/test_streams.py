"""What is kept of a stream."""

from hypothesis import given
from hypothesis import strategies as st

from playbooks.transport.outcome import Captured
from playbooks.transport.streams import Capture


def kept(*pieces: bytes, each: int = 4) -> Captured:
    """What is kept of these pieces."""
    capture = Capture(each)
    for piece in pieces:
        capture.add(piece)
    return capture.captured()


def test_a_stream_that_fits_is_kept_whole() -> None:
    """A character that lies across the two parts is no damage."""
    assert Captured("abcéfg", 7, 0) == kept(b"abc\xc3", b"\xa9fg")


def test_of_a_longer_one_the_first_and_the_last_bytes_are_kept() -> None:
    """A line between them says how many are missing."""
    assert Captured("abcd\n[5 bytes are not kept]\nwxyz", 13, 5) == kept(b"abcde", b"-----"[:4], b"wxyz")


@given(st.lists(st.binary(max_size=20)))
def test_every_byte_is_kept_or_counted(pieces: list[bytes]) -> None:
    """However the stream is cut into pieces."""
    whole = b"".join(pieces)
    shown = "".join(chr(byte) for byte in whole)
    capture = Capture(4)
    for piece in pieces:
        capture.add(piece.translate(bytes(byte % 64 + 32 for byte in range(256))))
    found = capture.captured()

    assert len(whole) == found.total_bytes == len(shown)
    assert max(0, len(whole) - 8) == found.dropped_bytes


def test_memory_is_bounded() -> None:
    """However long the stream."""
    capture = Capture(1000)
    for _ in range(10_000):
        capture.add(b"x" * 777)

    assert len(capture._first) + len(capture._last) <= 3000
