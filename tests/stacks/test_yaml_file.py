import math

import pytest

from stacks.mistakes import Mistake, Place, SettingsError
from stacks.yaml_file import MOST_VALUES, Document, parse


def place(line: int, column: int) -> Place:
    """A place in the test's file."""
    return Place("f.yaml", line, column)


def refusal(text: str) -> Mistake:
    """The one mistake for which nothing of a text can be read."""
    with pytest.raises(SettingsError) as raised:
        parse(text, "f.yaml")
    (mistake,) = raised.value.mistakes
    return mistake


def parsed(text: str) -> Document:
    """A text that has no mistakes."""
    document = parse(text, "f.yaml")
    assert document.mistakes == []
    return document


def test_values_are_those_of_yaml_1_2() -> None:
    """`on`, `yes` and times of a day are text, as the engine's reader has them; a date is in its words."""
    text = "{a: on, b: yes, c: 1:05:00, d: 2026-01-01, e: 1e3, f: -.inf, g: ~, h: true, i: '5', j: -12, k: [], l: 0}"
    values = parsed(text).values

    assert isinstance(values, dict)
    assert list(values.values()) == [
        "on", "yes", "1:05:00", "2026-01-01 00:00:00 +0000 UTC", 1000.0, -math.inf, None, True, "5", -12, [], 0,
    ]  # fmt: skip


def test_a_time_is_as_the_engine_hands_it_on() -> None:
    """Unquoted it is a time to the engine, which writes it in Go's form; what is no time at all stays text."""
    text = "[2026-12-01T11:30:00Z, '2026-12-01T11:30:00Z', 2026-02-30, 2026-12-01 11:30:00 +0000 UTC]"

    assert parsed(text).values == [
        "2026-12-01 11:30:00 +0000 UTC",
        "2026-12-01T11:30:00Z",
        "2026-02-30",
        "2026-12-01 11:30:00 +0000 UTC",
    ]


def test_places_in_block_and_flow_form() -> None:
    """A value's own place, a group's key."""
    document = parsed("a:\n  b: 1\n  c: {d: 2, e: [3,\n    4]}\nempty:\n")

    assert document.places["a",] == place(1, 1)
    assert document.places["a", "b"] == place(2, 6)
    assert document.places["a", "c", "d"] == place(3, 10)
    assert document.places["a", "c", "e"] == place(3, 13)
    assert document.places["a", "c", "e", 1] == place(4, 5)
    assert document.places["empty",] == place(5, 1)


def test_merged_and_aliased_values_stand_where_they_are_written() -> None:
    """That is where they must be changed."""
    document = parsed("one: &one\n  a: 1\n  b: 2\ntwo:\n  <<: *one\n  b: 3\nthree: *one\n")

    assert document.values == {"one": {"a": 1, "b": 2}, "two": {"b": 3, "a": 1}, "three": {"a": 1, "b": 2}}
    assert document.places["two", "a"] == place(2, 6)
    assert document.places["two", "b"] == place(6, 6)
    assert document.places["three", "a"] == place(2, 6)
    assert document.keys["three", "a"] == place(2, 3)


def test_of_several_merged_mappings_the_first_wins() -> None:
    """As YAML's merge key type says."""
    assert parsed("{x: {<<: [{a: 1}, {a: 2, b: 2}], c: 3}}").values == {"x": {"c": 3, "a": 1, "b": 2}}


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "{a: 1,\n b: 2,\n a: 3}"])
def test_a_duplicate_key_is_told_with_both_lines(text: str) -> None:
    """The engine's reader refuses it too."""
    (mistake,) = parse(text, "f.yaml").mistakes

    assert str(mistake) == "f.yaml:3: a: stands in line 1 already\n    Remove one of the two."


@pytest.mark.parametrize(
    "text",
    ["010", "1_000", "0b11", "0x_", "1_0.5", "12345678901234567890", "2026-12-01 11:30:00", "!!int x", "!foo x", "="],
)
def test_what_readers_read_differently_is_refused(text: str) -> None:
    """010 is ten in YAML 1.2 and eight to the engine."""
    (mistake,) = parse(f"a: {text}", "f.yaml").mistakes

    assert mistake.path == ("a",)
    assert mistake.problem.startswith("YAML readers do not agree on what")
    assert mistake.remedy == "Write a plain decimal number, true or false, or text in quotes; no tag."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("? [1, 2]\n: 3", "a key is a list or a mapping"),
        ("a: {<<: 5}", "<< merges something that is not a mapping"),
        ("a: !!set {b, c}", "the tag tag:yaml.org,2002:set means nothing here"),
    ],
)
def test_what_the_engine_has_no_use_for_is_refused(text: str, problem: str) -> None:
    """The rest of the file is read on."""
    mistakes = parse(text, "f.yaml").mistakes

    assert problem == mistakes[0].problem


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("a: [1,\nb: 2", place(2, 5), "not YAML"),
        ("a: 1\n b: 2", place(2, 3), "mapping values are not allowed here"),
        ("a:\n\t- 1", place(2, 1), "cannot start any token"),
        ("a: *x", place(1, 4), "found undefined alias"),
        ("a: 1\n---\nb: 2", place(2, 1), "expected a single document"),
        ("a: 1\nb: \x07", place(2, 4), "a character that YAML forbids"),
    ],
)
def test_malformed_yaml_is_told_with_line_and_column(text: str, where: Place, reason: str) -> None:
    """The first place from which nothing can be read on."""
    mistake = refusal(text)

    assert where == mistake.place
    assert f"column {where.column}: " in mistake.problem
    assert reason in mistake.problem


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "&a {<<: *a}",
        "[" * 600,
        "[" * 200 + "]" * 200,
        "\n".join(
            ["a0: &a0 [1,1,1,1,1,1,1,1,1]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
        ),
    ],
)
def test_a_bomb_does_not_go_off(text: str) -> None:
    """Anchors that contain themselves, depth without end, and nine to the ninth values in nine lines."""
    assert f"{MOST_VALUES:,} values" in refusal(text).remedy


def test_an_anchor_may_be_defined_anew() -> None:
    """YAML allows it, and the warning of the reader would be an error here."""
    assert parsed("[&a 1, *a, &a 2, *a]").values == [1, 1, 2, 2]
