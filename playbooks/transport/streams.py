"""What a command prints, kept with bounded memory: the first and the last part of each stream."""

from playbooks.transport.outcome import Captured

KEPT_BYTES = 1 << 20  # of each end of a stream


class Capture:
    """Takes a stream's bytes as they come and keeps the first and the last `kept_bytes` of them."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._first = bytearray()
        self._last = bytearray()
        self.total_bytes = 0

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the stream."""
        self.total_bytes += len(piece)
        room = self._kept_bytes - len(self._first)
        if room > 0:
            self._first += piece[:room]
            piece = piece[room:]
        self._last += piece
        if len(self._last) > 2 * self._kept_bytes:  # trimmed seldom, so that each byte is moved once on average
            del self._last[: -self._kept_bytes]

    def captured(self) -> Captured:
        """What has been kept so far, as text."""
        last = self._last[-self._kept_bytes :]
        dropped_bytes = self.total_bytes - len(self._first) - len(last)
        if not dropped_bytes:  # decoded as one, so that no character is cut where the two parts meet
            return Captured(_text(self._first + last), self.total_bytes, 0)
        notice = f"\n[{dropped_bytes} bytes are not kept]\n"
        return Captured(_text(self._first) + notice + _text(last), self.total_bytes, dropped_bytes)


class Streams:
    """Both streams of one command."""

    def __init__(self) -> None:
        self.stdout = Capture()
        self.stderr = Capture()

    @property
    def total_bytes(self) -> int:
        """How many bytes both brought."""
        return self.stdout.total_bytes + self.stderr.total_bytes


def _text(kept: bytearray) -> str:
    return kept.decode(errors="backslashreplace")
