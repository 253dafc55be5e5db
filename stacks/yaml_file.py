"""A YAML 1.2 file as plain values, with the place of every key and value, and every mistake that YAML allows.

Values are built from the parser's nodes, for these know their places inside flow mappings, anchors and merge keys too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from stacks.mistakes import Mistake, Path, Place, SettingsError, legible, shown

DEEPEST = 30
MOST_VALUES = 20_000  # an alias is written once and can stand for thousands: eight lines of ten aliases make 1e8 values
TAG = "tag:yaml.org,2002:"


def _as_the_engine(time: str) -> str:
    """An unquoted day or time as the engine hands it on: in Go's form, which Pulumi also writes back into the file."""
    try:
        return f"{datetime.fromisoformat(time.removesuffix('Z')).isoformat(' ')} +0000 UTC"
    except ValueError:
        return time  # no day of any calendar: the engine takes it for text


# What YAML 1.2's core schema and the engine's reader (yaml.v3, which knows 1.1 too) read alike. Others differ:
# 010 is ten to one and eight to the other.
PLAIN: Mapping[str, tuple[str, Callable[[str], object]]] = {
    f"{TAG}null": (r"|~|null|Null|NULL", lambda _: None),
    f"{TAG}bool": (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    f"{TAG}int": (r"[-+]?(0|[1-9][0-9]{0,17})", int),
    f"{TAG}float": (
        r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        lambda text: float(text.replace(".i", "i").replace(".I", "I").replace(".n", "n").replace(".N", "N")),
    ),
    f"{TAG}str": (r"(?s).*", str),
    f"{TAG}timestamp": (r"[0-9]{4}(-[0-9]{2}){2}(T[0-9]{2}(:[0-9]{2}){2}Z)?", _as_the_engine),
}


# JSON's way to write what is beyond U+FFFF; YAML's reader would make two characters of it, and the engine's fails.
HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
WHOLE = "Write the character itself, or its number in eight digits: \\U0001F600."


class Document(NamedTuple):
    """What a file says.

    Attributes:
        values: text, numbers, true, false, None, lists and dictionaries; an ambiguous value is left as its text.
        places: where each path stands: the value, or the key where the value is a mapping, a list or nothing.
        keys: where the key of each path stands.
        mistakes: what must change; these paths' values are not to be trusted.
    """

    values: object
    places: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    mistakes: list[Mistake]


def parse(text: str, file: str) -> Document:
    """Read a YAML text.

    Raises:
        SettingsError: the text is not YAML; with line and column.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML allows to define an anchor anew
    if half := HALF_A_CHARACTER.search(text):
        line = text.count("\n", 0, half.start()) + 1
        raise SettingsError([Mistake((), f"{half[0]} is half a character", WHOLE, Place(file, line, 1))])
    builder = _Builder(file)
    try:
        root = yaml.compose(text)
        values = None if root is None else builder.value(root, ())
    except YAMLError as error:
        raise SettingsError([_malformed(error, text, file)]) from None
    except RecursionError:
        raise SettingsError([Mistake((), TOO_DEEP, FLATTER, Place(file, 1, 1))]) from None
    return Document(values, builder.places, builder.keys, builder.mistakes)


TOO_DEEP = "nested too deeply, or an anchor that contains itself"
FLATTER = f"Write at most {DEEPEST} levels and {MOST_VALUES:,} values, those behind aliases counted each time."


def _malformed(error: YAMLError, text: str, file: str) -> Mistake:
    if isinstance(error, ReaderError):
        before = text[: error.position]
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return Mistake((), f"column {place.column}: a character that YAML forbids", "Remove it.", place)
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    reason = legible(" ".join(filter(None, [getattr(error, "context", None), getattr(error, "problem", None)])))
    remedy = "Look at the indentation, quotes and brackets there and on the line before."
    return Mistake((), f"column {place.column}: not YAML: {reason}", remedy, place)


class _Builder:
    """Builds values from nodes, and notes where they stand."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.mistakes: list[Mistake] = []

    def value(self, node: Node, path: Path) -> object:
        """The value of a node.

        Raises:
            SettingsError: the values are too many or too deep; an alias can make much of little.
        """
        place = self._place(node)
        in_sight = isinstance(node, ScalarNode) and node.start_mark.index < node.end_mark.index
        self.places[path] = place if in_sight else self.keys.get(path, place)
        if len(path) > DEEPEST or len(self.places) > MOST_VALUES:
            raise SettingsError([Mistake((), TOO_DEEP, FLATTER, place)])
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if node.tag not in (f"{TAG}map", f"{TAG}seq"):
            self._refuse(path, node, f"the tag {node.tag} means nothing here", "Remove it.")
        if isinstance(node, MappingNode):
            return {key.value: self._entry(key, value, path) for key, value in self._pairs(node, path)}
        return [self.value(each, (*path, index)) for index, each in enumerate(node.value)]

    def _entry(self, key: ScalarNode, value: Node, path: Path) -> object:
        self.keys[*path, key.value] = self._place(key)
        return self.value(value, (*path, key.value))

    def _scalar(self, node: ScalarNode, path: Path) -> object:
        tag = str(node.tag)
        pattern, read = PLAIN.get(tag, ("(?!)", str))
        if re.fullmatch(pattern, node.value):
            return read(node.value)
        problem = f"YAML readers do not agree on what {shown(node.value)} is ({tag.removeprefix(TAG)})"
        self._refuse(path, node, problem, "Write a plain decimal number, true or false, or text in quotes; no tag.")
        return node.value

    def _pairs(self, node: MappingNode, path: Path) -> Iterator[tuple[ScalarNode, Node]]:
        """Keys and values of a mapping: its own, then those of the mappings that it merges (`<<`)."""
        first: dict[str, ScalarNode] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == f"{TAG}merge":
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif not isinstance(key, ScalarNode):
                self._refuse(path, key, "a key is a list or a mapping", "Write a plain name.")
            elif key.value in first:
                line = first[key.value].start_mark.line + 1
                self._refuse((*path, key.value), key, f"stands in line {line} already", "Remove one of the two.")
            else:
                first[key.value] = key
                yield key, value
        yield from self._merged(merged, set(first), path)

    def _merged(self, nodes: list[Node], taken: set[str], path: Path) -> Iterator[tuple[ScalarNode, Node]]:
        for node in nodes:
            if not isinstance(node, MappingNode):
                self._refuse(path, node, "<< merges something that is not a mapping", "Write an alias of a mapping.")
                continue
            for key, value in self._pairs(node, path):
                if key.value not in taken:
                    taken.add(key.value)
                    yield key, value

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _refuse(self, path: Path, node: Node, problem: str, remedy: str) -> None:
        self.mistakes.append(Mistake(path, problem, remedy, self._place(node)))
