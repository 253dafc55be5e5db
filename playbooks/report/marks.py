"""How a verdict looks where there is only text: a mark that needs no colour, and a colour that needs no mark."""

from collections.abc import Mapping
from typing import NamedTuple

from playbooks.findings import Verdict


class Mark(NamedTuple):
    """A verdict's sign, the same in ASCII, and its style in a terminal."""

    sign: str
    ascii: str
    style: str


MARKS: Mapping[Verdict, Mark] = {
    Verdict.PASS: Mark("✓", "+", "green"),
    Verdict.FAIL: Mark("✗", "x", "bold red"),
    Verdict.ERROR: Mark("!", "!", "bold magenta"),
    Verdict.INCONCLUSIVE: Mark("?", "?", "bold yellow"),
    Verdict.SKIPPED: Mark("–", "-", "dim"),  # noqa: RUF001 - an en dash: nothing was done
}

IN_ASCII = str.maketrans(
    {"≥": ">=", "≤": "<=", "µ": "u", "·": "-", "…": "...", "─": "-"}
    | dict(zip("▁▂▃▄▅▆▇█", "_.-~=+*#", strict=True))
    | {mark.sign: mark.ascii for mark in MARKS.values()}
)


def encodable(text: str, encoding: str) -> str:
    """The text in characters that a stream of this encoding can hold."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(IN_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text
