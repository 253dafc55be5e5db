"""What a broken node or another language makes of a text: cut, NaN, reordered, decimal comma, ANSI, repeated."""

import re
from collections.abc import Callable

from hypothesis import strategies as st

NUMBER = re.compile(r"(?<![^\s,:\[(=])-?\d+(?:\.\d+)?(?![^\s,\])}%])")  # one that stands by itself
DECIMAL = re.compile(r"(?<![^\s,:\[(=])-?\d+\.\d+(?![^\s,\])}%])")
IN_JSON = re.compile(r"(?<=[:\[,] )-?\d+(?:\.\d+)?(?=[,\]}])")
WORD = re.compile(r"[\w.:/-]+")


def cut(text: str) -> st.SearchStrategy[str]:
    """Its beginning, which lacks more than white space."""
    return st.integers(0, len(text.rstrip()) - 1).map(lambda end: text[:end])


def not_a_number(text: str) -> st.SearchStrategy[str]:
    """One of its numbers is NaN."""
    return _at_a_match(IN_JSON if text.startswith("{") else NUMBER, text, lambda _: "NaN")


def with_decimal_comma(text: str) -> st.SearchStrategy[str]:
    """One of its numbers as much of Europe writes it."""
    return _at_a_match(DECIMAL, text, lambda number: number.replace(".", ","))


def coloured(text: str) -> st.SearchStrategy[str]:
    """One of its words as a program prints it to a terminal."""
    return _at_a_match(WORD, text, lambda word: f"\x1b[31m{word}\x1b[0m")


def reordered(text: str) -> st.SearchStrategy[str]:
    """Two of its lines have changed places; what is one line is then the last no more."""
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    lines = lines if len(lines) > 1 else [*lines, "a warning of another program\n"]
    if len(lines) == 2:
        return st.just("".join(reversed(lines)) if len(text.splitlines()) > 1 else "\n".join(lines))

    def swapped(one: int, other: int) -> str:
        changed = [line if line.endswith("\n") else f"{line}\n" for line in lines]
        changed[one], changed[other] = changed[other], changed[one]
        return "".join(changed)

    place = st.integers(0, len(lines) - 1)
    return st.builds(swapped, place, place)


def repeated(text: str) -> st.SearchStrategy[str]:
    """One of its lines comes again, there or at the end, for another or beside all."""
    lines = text.splitlines(keepends=True)

    def again(line: int, place: int, instead: int) -> str:
        whole = lines[line] if lines[line].endswith("\n") else f"{lines[line]}\n"
        return "".join([*lines[:place], whole, *lines[place + instead :]])

    number = st.integers(0, len(lines) - 1)
    return st.builds(again, number, number, st.integers(0, 1))


MUTATIONS: tuple[Callable[[str], st.SearchStrategy[str]], ...] = (
    cut,
    not_a_number,
    with_decimal_comma,
    coloured,
    reordered,
    repeated,
)


def garbled(text: str) -> st.SearchStrategy[str]:
    """Any one of them."""
    return st.one_of(*(mutation(text) for mutation in MUTATIONS))


def _at_a_match(pattern: re.Pattern[str], text: str, change: Callable[[str], str]) -> st.SearchStrategy[str]:
    """The text with one match of a pattern changed; as it is where it has none."""
    matches = list(pattern.finditer(text))
    if not matches:
        return st.just(text)
    return st.sampled_from(matches).map(lambda found: text[: found.start()] + change(found[0]) + text[found.end() :])
