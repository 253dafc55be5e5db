"""Asks nvidia-smi for fields of every GPU, and reads its rows; a row that is not whole is never believed.

One field that a driver does not know makes it refuse a whole query, so each check has queries of its own.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from playbooks import thresholds
from playbooks.checks.node.check import Output, Words
from playbooks.nodes import Node

FORMAT = "--format=csv,noheader,nounits"
NOT_TOLD = ("[N/A]", "[Not Supported]", "N/A", "Not Supported")  # of a GPU that is well and does not know a field
UUID = re.compile(r"(GPU|MIG)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REFUSED = "is not a valid field to query"
SENTENCE_SPACES = 2  # that a sentence of nvidia-smi's has at least; what is left of a row has fewer, or commas


class UnreadableValueError(ValueError):
    """A value that a field never has; the message shows the line."""


class Row(NamedTuple):
    """One GPU's values by field, and the line that they stood in."""

    values: Mapping[str, str]
    line: str

    @property
    def name(self) -> str:
        """How reports call the GPU."""
        return f"GPU {self.values['index']}" if "index" in self.values else self.values["gpu_uuid"]

    @property
    def uuid(self) -> str:
        """The GPU's own; each query asks for it last."""
        return self.line.rpartition(",")[2].strip()

    def told(self, field: str) -> str | None:
        """A value as it stands; None where the GPU does not know it."""
        value = self.values[field]
        return None if value in NOT_TOLD else value

    def number(self, field: str) -> int | None:
        """A whole number; None where the GPU does not know it.

        Raises:
            UnreadableValueError: it is something else.
        """
        value = self.told(field)
        if value is not None and not (value.isascii() and value.isdecimal()):
            raise self._unreadable(field)
        return None if value is None else int(value)

    def flag(self, field: str, yes: tuple[str, ...] = ("Yes",), no: tuple[str, ...] = ("No",)) -> bool | None:
        """Whether something holds; None where the GPU does not know it.

        Raises:
            UnreadableValueError: it is none of these words.
        """
        value = self.told(field)
        if value is not None and value not in yes + no:
            raise self._unreadable(field)
        return None if value is None else value in yes

    def _unreadable(self, field: str) -> UnreadableValueError:
        return UnreadableValueError(f"{field} cannot be read in the line {self.line!r}")


class Table(NamedTuple):
    """What nvidia-smi printed, line by line.

    Attributes:
        rows: the GPUs that told all that they know.
        lost: those that did not, such as `[GPU is lost]`.
        words: sentences of nvidia-smi's own.
        garbled: what is none of these.
    """

    rows: tuple[Row, ...]
    lost: tuple[str, ...]
    words: tuple[str, ...]
    garbled: tuple[str, ...]


def query(*fields: str) -> Words:
    """The command for these fields of every GPU; the UUID comes last, so that a row that is cut is seen."""
    return ("nvidia-smi", f"--query-gpu=index,{','.join(fields)},uuid", FORMAT)


def read(command: Words, text: str) -> Table:
    """The rows that a query printed; one of a GPU that another row has told of is garbled."""
    fields = command[1].partition("=")[2].split(",")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    cells = {line: [cell.strip() for cell in line.split(",")] for line in lines}
    full = [line for line in lines if len(cells[line]) == len(fields)]
    words = [line for line in lines if line not in full and "," not in line and line.count(" ") >= SENTENCE_SPACES]
    lost = [line for line in full if any(cell.startswith("[") and cell not in NOT_TOLD for cell in cells[line])]
    rows = [Row(dict(zip(fields, cells[line], strict=True)), line) for line in full if line not in lost]
    whole = [row for row in rows if _is_whole(row)]
    told = {row.uuid: row for row in reversed(whole)}  # the first of each GPU
    repeated = [row.line for row in whole if told[row.uuid] is not row]
    known = {*words, *lost, *(row.line for row in whole)}
    garbled = [*(line for line in lines if line not in known), *repeated]
    return Table(tuple(row for row in whole if told[row.uuid] is row), tuple(lost), tuple(words), tuple(garbled))


def _is_whole(row: Row) -> bool:
    """Whether a row begins and ends as every row does."""
    index = row.values.get("index", "0")
    return index.isascii() and index.isdecimal() and bool(UUID.fullmatch(row.uuid))


def unread(node: Node, output: Output, table: Table) -> list[str]:
    """Why what was read does not speak for all GPUs of a node; empty where it does."""
    if output.status is None:
        return [f"nvidia-smi gave no answer: {output.wrong}"]
    found = [f"the line {line!r} cannot be read" for line in (*table.lost, *table.garbled)]
    threshold, told = thresholds.gpus(node.instance_type), len({row.line for row in table.rows})
    wanted = threshold.value if threshold else 1
    if told < wanted and not found:
        said = (*output.wrong.splitlines(), *table.words)
        found.append(f"nvidia-smi tells of {told} of {wanted:g} GPUs" + (f": {said[0]}" if said else ""))
    return found
