"""What a node said, made harmless to look at: no control character reaches a terminal, a page or an XML file."""

import re

UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # terminals obey these; XML 1.0 forbids most of them
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # invisible, or turns the direction of what is read
    "\ud800-\udfff\ufff9-\ufffb\ufffe\uffff"  # no characters of their own
    "]"
)


def legible(text: str) -> str:
    r"""The text with every character that does something instead of showing something written as `\x1b` or `\u202e`."""
    return UNSAFE.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - as Python writes them


def clipped(text: str, characters: int) -> str:
    """The first and the last half of a text that is longer than this, and a line that says what is missing."""
    if len(text) <= characters:
        return text
    half = characters // 2
    missing = len(text) - 2 * half
    return f"{text[:half]}\n[{missing:,} characters left out here; report.json has them]\n{text[-half:]}"
