"""A mistake in the settings, told to the person who must act: where it is, what is wrong, what to write instead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]

SHOWN_CHARACTERS = 60


class Place(NamedTuple):
    """Where something stands in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that must change before the settings can be used.

    Attributes:
        path: the keys and indices that lead to it, from the top of the settings; empty for the file as a whole.
        problem: what is wrong, with the value.
        remedy: what to write instead; a sentence.
        place: where it stands; None where the engine handed the values over.
    """

    path: Path
    problem: str
    remedy: str
    place: Place | None = None

    def __str__(self) -> str:
        """The mistake on two lines; the first begins with `file:line`, which editors and terminals follow."""
        where = [f"{self.place.file}:{self.place.line}"] if self.place else []
        names = [dotted(self.path)] if self.path else []
        return f"{': '.join([*where, *names, self.problem])}\n    {self.remedy}"


class SettingsError(Exception):
    """Settings that cannot be used. The message tells every mistake; `mistakes` has them one by one."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda each: each.place or Place("", 0, 0)))
        head = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{head} in the settings:", *map(str, self.mistakes)]))


def dotted(path: Path) -> str:
    """A path as a person writes it: `network.zones[1]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{legible(step)}" for step in path).removeprefix(".")


def legible(text: str) -> str:
    """The text with everything that a terminal would act on, or not show, written as an escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def flow(value: object) -> str:
    """A value as it looks in YAML's flow form."""
    return legible(json.dumps(value, ensure_ascii=False, default=str))


def shown(value: object) -> str:
    """A value for a sentence: in flow form, cut where it is long."""
    text = flow(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word most like this one; None where none is much alike."""
    alike = get_close_matches(word.lower(), [each.lower() for each in known], n=1)
    return next((each for each in known if each.lower() == alike[0]), None) if alike else None


def instead(word: str, known: Sequence[str]) -> str:
    """What to write for an unknown word."""
    likely = nearest(word, known)
    return f"Did you mean {likely}? Known: {', '.join(known)}." if likely else f"Write one of {', '.join(known)}."
