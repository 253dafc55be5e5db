"""Answers as a broken node or connection may hand them over: cut, reordered, with other numbers or colours."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

COLOUR = "\x1b[31m"


def cut(text: str) -> st.SearchStrategy[str]:
    """The beginning of an answer, wherever it ends."""
    return st.integers(0, len(text.rstrip()) - 1).map(lambda keep: text[:keep])


def reordered(text: str) -> st.SearchStrategy[str]:
    """The same answer with its keys in another order."""
    return st.permutations(list(json.loads(text).items())).map(lambda items: json.dumps(dict(items)))


def numbers(facts: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where an answer has numbers."""
    for key, value in facts.items():
        if isinstance(value, dict):
            yield from numbers(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, key)


def with_other_numbers(text: str) -> st.SearchStrategy[str]:
    """One of an answer's numbers is none: NaN, infinite, with a decimal comma, coloured, or not there."""
    strange: tuple[object, ...] = (float("nan"), float("inf"), float("-inf"), "0,5", f"{COLOUR}1.5", None, [], "")

    def change(path: tuple[str, ...], value: object) -> str:
        facts = json.loads(text)
        inner = facts
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return json.dumps(facts)

    return st.builds(change, st.sampled_from(list(numbers(json.loads(text)))), st.sampled_from(strange))


def coloured(text: str) -> st.SearchStrategy[str]:
    """A terminal's colours somewhere in the line."""
    line = text.rstrip()
    return st.integers(0, len(line)).map(lambda at: line[:at] + COLOUR + line[at:])
