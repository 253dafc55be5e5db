"""Reads what nccl-tests prints, of versions before 2.13 to 2.19; `nccl_tests_json` reads what its `-J` writes.

A row that is not whole, a size that is missing, a figure that contradicts the others: all are errors, never figures.
"""

import math
import re
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from components.catalogue.collectives import Collective, bus_factor
from playbooks.checks.answer import UnreadableAnswerError

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TAG = re.compile(r"^\s*(?:\[\d+,\d+\]<std(?:out|err)>: ?|\d+: )?")  # of mpirun --tag-output and srun --label
HEADER = re.compile(r"^#\s+size\s+count\s+type\s+redop\b")
STEPS = re.compile(r"minBytes (\d+) maxBytes (\d+) step: (\d+)\((factor|bytes)\)")
REDUCED = re.compile(r"^# Reducing maxBytes to (\d+)")
DEVICE = re.compile(r"^#\s+Rank\s+(\d+)\s+(?:Group\s+(\d+)\s+)?Pid\s+\d+ on\s")
OUT_OF_BOUNDS = re.compile(r"^# Out of bounds values\s*: (\d+) (OK|FAILED)\s*$")
AVERAGE = re.compile(r"^# Avg bus bandwidth\s*: (\S+)")
NUMBER = re.compile(r"^\d+(\.\d+)?(e[+-]?\d+)?$")
EXCERPT = 160
ROUNDING = 0.02  # of a table's five digits; its bandwidths have two decimals


class Way(NamedTuple):
    """One half of a row: out of place or in place.

    `wrong` is None where it was not looked at; before 2.13, when only the footer counted, it is 0 where it was.
    """

    microseconds: float
    algorithm_gb_per_second: float
    bus_gb_per_second: float
    wrong: int | None


class Row(NamedTuple):
    """One message size."""

    bytes: int
    out_of_place: Way
    in_place: Way


class Report(NamedTuple):
    """A whole run of one program.

    Attributes:
        ranks: how many took part.
        rows: from the smallest size up, none missing.
        out_of_bounds: wrong elements that the program itself counted.
        average_gb_per_second: of the bus bandwidths of all rows, both ways, as the program itself tells it.
    """

    ranks: int
    rows: tuple[Row, ...]
    out_of_bounds: int
    average_gb_per_second: float

    @property
    def wrong(self) -> dict[str, int]:
        """Wrong elements by place; what only the footer counts stands there too."""
        ways = {
            f"{row.bytes} B, {name}": way.wrong or 0
            for row in self.rows
            for name, way in (("out of place", row.out_of_place), ("in place", row.in_place))
        }
        return ways if sum(ways.values()) or not self.out_of_bounds else {"all sizes": self.out_of_bounds}


def parse_text(text: str, collective: Collective) -> Report:
    """What the program printed; lines of NCCL, of mpirun and of warnings among it are passed over.

    Raises:
        UnreadableAnswerError: it is not whole, or not plausible; the message shows the line.
    """
    lines = [TAG.sub("", COLOURS.sub("", line)).rstrip() for line in text.splitlines()]
    columns = _columns(lines)
    rows = tuple(_row(line, columns) for line in _table(lines))
    _, count, said = _only(lines, OUT_OF_BOUNDS, "no footer says how many values are out of bounds")
    line, average = _only(lines, AVERAGE, "no footer tells the average bus bandwidth")
    if not _is_number(average):
        raise UnreadableAnswerError(f"the average is no number: {shown(line)}")
    if (said == "OK") != (int(count) == 0):
        raise UnreadableAnswerError(f"the footer contradicts itself: {count} values out of bounds are {said}")
    found = Report(_ranks(lines), rows, int(count), float(average))
    plausible(found, collective, _wanted(lines))
    return found


def _columns(lines: Sequence[str]) -> list[str]:
    """The names of the table's columns; a timestamp is two of them."""
    headers = [line for line in lines if HEADER.match(line)]
    if len(headers) != 1:
        raise UnreadableAnswerError(f"nccl-tests prints one table, and here are {len(headers)}")
    names = headers[0].lstrip("# ").split()
    return [part for name in names for part in (["date", "time of day"] if name == "timestamp" else [name])]


def _table(lines: Sequence[str]) -> Iterator[str]:
    """The rows: all lines under the header that begin with a whole number."""
    begun = False
    for line in lines:
        begun = begun or bool(HEADER.match(line))
        first, *_ = line.split(maxsplit=1) or [""]
        if begun and first.isdecimal():
            yield line


def _row(line: str, columns: Sequence[str]) -> Row:
    fields = line.split()
    if len(fields) != len(columns):
        raise UnreadableAnswerError(f"a row has {len(fields)} of {len(columns)} columns: {shown(line)}")
    starts = [place for place, name in enumerate(columns) if name in ("time", "cputime")]
    if len(starts) != 2:  # noqa: PLR2004 - out of place and in place
        raise UnreadableAnswerError(f"the table has other columns than nccl-tests': {' '.join(columns)}")
    counted = "#wrong" in columns  # before 2.13 the column tells the largest error instead
    try:
        first, second = (_way(fields[start : start + 4], counted=counted) for start in starts)
    except ValueError:
        raise UnreadableAnswerError(f"a row has something else than a number: {shown(line)}") from None
    return Row(int(fields[0]), first, second)


def _way(fields: Sequence[str], *, counted: bool) -> Way:
    *figures, wrong = fields
    if not all(_is_number(each) for each in (*figures, *([] if wrong == "N/A" else [wrong]))):
        raise ValueError(fields)
    time, algorithm, bus = map(float, figures)
    return Way(time, algorithm, bus, None if wrong == "N/A" else int(float(wrong)) if counted else 0)


def _is_number(field: str) -> bool:
    return bool(NUMBER.match(field)) and math.isfinite(float(field))


def _only(lines: Sequence[str], pattern: re.Pattern[str], otherwise: str) -> tuple[str, ...]:
    matches = [match for line in lines if (match := pattern.match(line))]
    if len(matches) != 1:
        *_, last = ["", *filter(None, lines)]
        raise UnreadableAnswerError(f"{otherwise}; the last line: {shown(last)}")
    return (matches[0].string, *matches[0].groups())


def _ranks(lines: Sequence[str]) -> int:
    devices = [match for line in lines if (match := DEVICE.match(line))]
    numbers = [int(match[1]) for match in devices]
    if not numbers or numbers != list(range(len(numbers))) or len({match[2] for match in devices}) > 1:
        raise UnreadableAnswerError(f"the devices listed are not the ranks of one group: {numbers}")
    return len(numbers)


def _wanted(lines: Sequence[str]) -> int:
    """How many sizes the program was told to run."""
    told = next((match for line in lines if (match := STEPS.search(line))), None)
    if told is None:
        raise UnreadableAnswerError("the line with minBytes, maxBytes and step is missing")
    reduced = [int(match[1]) for line in lines if (match := REDUCED.match(line))]
    return count_sizes(int(told[1]), min([int(told[2]), *reduced]), int(told[3]), told[4])


def count_sizes(smallest: int, largest: int, step: int, by: str) -> int:
    """As `TimeTest` of nccl-tests counts from the smallest to the largest."""
    if step < (2 if by == "factor" else 1) or smallest < 1 or largest < smallest:
        return 1
    if by == "bytes":
        return (largest - smallest) // step + 1
    count = 0
    while smallest <= largest:
        smallest, count = smallest * step, count + 1
    return count


def plausible(found: Report, collective: Collective, wanted: int) -> None:
    """Refuse sizes that are missing and figures that cannot belong together.

    Raises:
        UnreadableAnswerError: what is wrong with which row.
    """
    if len(found.rows) != wanted:
        raise UnreadableAnswerError(f"nccl-tests told of {len(found.rows)} of {wanted} message sizes")
    sizes = [row.bytes for row in found.rows if row.bytes]  # several small ones may have been rounded down to none
    if sorted(set(sizes)) != sizes:
        raise UnreadableAnswerError("the message sizes are out of order")
    factor = bus_factor(collective, found.ranks)
    for row in found.rows:
        for way in (row.out_of_place, row.in_place):
            if way.microseconds <= 0:
                raise UnreadableAnswerError(f"a time that cannot be at {row.bytes} B: {way.microseconds:g} us")
            if way.wrong is not None and way.wrong < 0:
                raise UnreadableAnswerError(f"a count that cannot be at {row.bytes} B: {way.wrong} wrong")
            expected = row.bytes / way.microseconds / 1e3
            if not (_close(way.algorithm_gb_per_second, expected) and _close(way.bus_gb_per_second, expected * factor)):
                raise UnreadableAnswerError(
                    f"at {row.bytes} B {way.microseconds:g} us do not make {way.algorithm_gb_per_second:g} and"
                    f" {way.bus_gb_per_second:g} GB/s over {found.ranks} ranks"
                )
    mean = fmean(way.bus_gb_per_second for row in found.rows for way in (row.out_of_place, row.in_place))
    if not _close(found.average_gb_per_second, mean):
        raise UnreadableAnswerError(f"rows of {mean:g} GB/s do not make {found.average_gb_per_second:g} on average")


def _close(told: float, expected: float) -> bool:
    return math.isclose(told, expected, rel_tol=ROUNDING, abs_tol=0.011)


def shown(line: str) -> str:
    """As much of a line as a reason has room for."""
    return line.strip()[:EXCERPT] or "(empty)"
