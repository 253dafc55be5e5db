import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.collectives import Collective
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.fabric.nccl_tests import Report, parse_text

CAPTURED = Path(__file__).parents[4] / "tests" / "data" / "nccl-tests"
A100 = (CAPTURED / "all-reduce.8-a100.2.19.4.txt").read_text(encoding="utf-8")
ALL_TO_ALL = (CAPTURED / "all-to-all.16-rtx6000d.2.18.3.txt").read_text(encoding="utf-8")
TAGGED = (CAPTURED / "all-reduce.2-t4.tagged.txt").read_text(encoding="utf-8")
OLD = (CAPTURED / "all-reduce.16-a100.before-2.13.txt").read_text(encoding="utf-8")
LARGEST = next(line for line in A100.splitlines() if line.strip().startswith("134217728"))
PREVIOUS = next(line for line in A100.splitlines() if line.strip().startswith("67108864"))


def parse(text: str) -> Report:
    """An all-reduce."""
    return parse_text(text, Collective.ALL_REDUCE)


def test_a_table_of_version_2_19() -> None:
    """Every size, both ways, and the ranks that it lists."""
    found = parse(A100)

    assert (found.ranks, found.out_of_bounds, len(found.rows)) == (8, 0, 25)
    assert found.rows[-1].bytes == 134217728
    assert found.rows[-1].out_of_place == (1295.41, 103.61, 181.32, 0)
    assert found.rows[-1].in_place.bus_gb_per_second == 182.9
    assert sum(found.wrong.values()) == 0


def test_what_is_not_looked_at_is_not_counted() -> None:
    """All-to-all in place says N/A; lines of mpirun stand among the table."""
    found = parse_text(ALL_TO_ALL, Collective.ALL_TO_ALL)

    assert (found.ranks, len(found.rows)) == (16, 24)
    assert (found.rows[-1].out_of_place.wrong, found.rows[-1].in_place.wrong) == (0, None)


def test_lines_that_mpirun_has_tagged() -> None:
    """With NCCL's log among them, and sizes that were rounded down to nothing."""
    found = parse(TAGGED)

    assert (found.ranks, len(found.rows)) == (2, 31)
    assert found.rows[-1].out_of_place == (344981, 3.11, 3.11, 0)


def test_a_table_from_before_version_2_13() -> None:
    """Without a root, and with the largest error in the place of a count."""
    found = parse(OLD)

    assert (found.ranks, len(found.rows)) == (16, 30)
    assert found.rows[-1].out_of_place == (42715, 100.55, 188.53, 0)


def test_colours_and_timestamps_are_passed_over() -> None:
    """A terminal's, and the column of `-S`."""
    stamped = "\n".join(
        f"{line} 2026-11-22 10:00:00" if line.split()[:1] and line.split()[0].isdecimal() else line
        for line in A100.splitlines()
    )
    stamped = re.sub(r"(#wrong\s+time.*#wrong) ", r"\1 timestamp", stamped)

    assert parse(stamped).rows == parse(A100).rows
    assert parse(A100.replace("# Out", "\x1b[32m# Out").replace(" OK", " OK\x1b[0m")).rows == parse(A100).rows


def test_wrong_elements_are_counted_by_place() -> None:
    """As the row tells them."""
    sick = A100.replace(LARGEST, LARGEST[:-1] + "7").replace("values : 0 OK", "values : 7 FAILED")
    found = parse(sick)

    assert {place: count for place, count in found.wrong.items() if count} == {"134217728 B, in place": 7}
    assert found.out_of_bounds == 7


def test_wrong_elements_that_only_the_footer_tells_count_too() -> None:
    """Versions before 2.13 tell no more."""
    assert parse(OLD.replace("values : 0 OK", "values : 3 FAILED")).wrong == {"all sizes": 3}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (LARGEST, LARGEST[:-30], r"a row has 10 of 13 columns: 134217728"),
        (LARGEST, "", "told of 24 of 25 message sizes"),
        (LARGEST, PREVIOUS, "the message sizes are out of order"),
        (LARGEST, LARGEST.replace("181.32", "nan"), "something else than a number: 134217728"),
        (LARGEST, LARGEST.replace("181.32", "181,32"), "something else than a number: 134217728"),
        (LARGEST, LARGEST.replace("181.32", "-181.32"), "something else than a number: 134217728"),
        (LARGEST, LARGEST.replace("134217728", "134.217.728"), "told of 24 of 25 message sizes"),
        (LARGEST, LARGEST.replace("103.61  181.32", "181.32  103.61"), "do not make 181.32 and 103.61 GB/s"),
        (LARGEST, LARGEST.replace("181.32", "1813.2"), "do not make 103.61 and 1813.2 GB/s"),
        (LARGEST, LARGEST.replace("1295.41", "0.00"), "a time that cannot be at 134217728 B"),
        ("# Out of bounds values : 0 OK", "", "no footer says how many values are out of bounds"),
        ("values : 0 OK", "values : 0 FAILED", "the footer contradicts itself"),
        ("# Avg bus bandwidth    : 34.9024", "", "no footer tells the average bus bandwidth"),
        (": 34.9024", ": 43.9024", "rows of 34.9018 GB/s do not make 43.9024 on average"),
        (": 34.9024", ": nan", "the average is no number: # Avg bus bandwidth    : nan"),
        ("#  Rank  3 Group  0", "#  Rank  3 Group  1", "not the ranks of one group"),
        ("#  Rank  3 Group  0", "#  Rank  9 Group  0", "not the ranks of one group"),
        ("minBytes 8 maxBytes", "minBytes maxBytes", "minBytes, maxBytes and step is missing"),
        ("#       size", "#       bytes", "here are 0"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, message: str) -> None:
    """Row 39: never a figure out of a table that is not whole."""
    assert old in A100
    with pytest.raises(UnreadableAnswerError, match=message):
        parse(A100.replace(old, new))


def test_memory_that_does_not_suffice_for_the_largest_is_no_error() -> None:
    """The program says so and stops there."""
    less = (
        A100.replace(LARGEST + "\n", "")
        .replace("34.9024", "28.7687")
        .replace("# Using devices", "# Reducing maxBytes to 67108864 due to memory limitation\n# Using devices")
    )

    assert parse(less).rows[-1].bytes == 67108864


@given(st.data())
def test_a_character_that_changed_makes_no_other_figure(data: st.DataObject) -> None:
    """It is an error, or it changes nothing by more than the table's own rounding."""
    place = data.draw(st.integers(A100.index(LARGEST), A100.index(LARGEST) + len(LARGEST) - 1))
    character = data.draw(st.sampled_from("0123456789.,-enaN #\x1b"))
    try:
        found = parse(A100[:place] + character + A100[place + 1 :])
    except UnreadableAnswerError:
        return
    assert found.rows[-1].out_of_place.bus_gb_per_second == pytest.approx(181.32, rel=0.05)


@given(st.text(max_size=300))
def test_any_other_text_is_an_error(text: str) -> None:
    """And nothing else is raised."""
    with pytest.raises(UnreadableAnswerError):
        parse(text)
