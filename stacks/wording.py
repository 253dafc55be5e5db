"""What pydantic found, in the words of the person who must act."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic_core import ErrorDetails

from stacks.mistakes import Mistake, flow, instead, shown
from stacks.settings import PROJECT, PROVIDERS_OWN
from stacks.shape import choices, example, keys, kind_at

KEY = "[key]"  # how pydantic marks a mistake in a name, not in what stands behind it
WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "model_type": "a group of keys",
    "dict_type": "a group of names",
    "tuple_type": "a list",
}
BOUNDS = {
    "greater_than_equal": ("ge", "too small", "{:g} or more"),
    "less_than_equal": ("le", "too large", "{:g} or less"),
    "greater_than": ("gt", "too small", "more than {:g}"),
    "less_than": ("lt", "too large", "less than {:g}"),
}


class Words(NamedTuple):
    """The problem, and what to write instead."""

    problem: str
    remedy: str


def mistake(error: ErrorDetails) -> Mistake:
    """One error of pydantic's as a mistake."""
    path = tuple(step for step in error["loc"] if step != KEY)
    return Mistake(path, *WORDS.get(error["type"], _other)(error))


def _missing(error: ErrorDetails) -> Words:
    path = error["loc"]
    namespace = f"{PROJECT}:" if len(path) == 1 and path[0] not in PROVIDERS_OWN else ""
    return Words("missing", f"Add it, for example {namespace}{path[-1]}: {flow(example(path))}")


def _unknown(error: ErrorDetails) -> Words:
    section, key = error["loc"][:-1], str(error["loc"][-1])
    return Words("no such setting", instead(key, tuple(keys(kind_at(section)))))


def _wrong_kind(error: ErrorDetails) -> Words:
    value, wanted = error["input"], WANTED[error["type"]]
    return Words(f"{shown(value)} is not {wanted}", _rewritten(value, error))


def _rewritten(value: object, error: ErrorDetails) -> str:
    """The same value as the kind that is wanted, where that can be told; an example where not."""
    if error["type"] == "string_type" and isinstance(value, bool | int | float):
        return f'Write "{shown(value)}", in quotes.'
    if error["type"] in ("int_type", "float_type") and isinstance(value, str) and value.isdecimal() and value.isascii():
        return f"Write {value}, without quotes."
    return f"Write {WANTED[error['type']]}, for example {flow(example(error['loc']))}"


def _out_of_bounds(error: ErrorDetails) -> Words:
    bound, problem, words = BOUNDS[error["type"]]
    return Words(f"{shown(error['input'])} is {problem}", f"Write {words.format(error['ctx'][bound])}.")


def _not_a_choice(error: ErrorDetails) -> Words:
    return Words(f"there is no {shown(error['input'])}", instead(str(error["input"]), choices(kind_at(error["loc"]))))


def _empty(error: ErrorDetails) -> Words:
    return Words("empty", f"Write at least one, for example {flow(example(error['loc']))}")


def _refused(error: ErrorDetails) -> Words:
    return Words(**error["ctx"])


def _other(error: ErrorDetails) -> Words:
    return Words(f"{shown(error['input'])}: {error['msg']}", f"Write something like {flow(example(error['loc']))}")


WORDS: Mapping[str, Callable[[ErrorDetails], Words]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "enum": _not_a_choice,
    "too_short": _empty,
    "refused": _refused,
    **dict.fromkeys(WANTED, _wrong_kind),
    **dict.fromkeys(BOUNDS, _out_of_bounds),
}
