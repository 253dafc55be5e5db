"""Tests of how a node's words are made harmless."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from playbooks.report.legible import clipped, legible


def test_what_a_terminal_would_obey_is_written_out() -> None:
    """Row 40: colours, bells, titles, and text that turns its direction."""
    assert legible("\x1b[31mred\x1b[0m\x07\x9b2J\u202egnp") == r"\x1b[31mred\x1b[0m\x07\x9b2J\u202egnp"
    assert legible("two\r\nlines\tand a tab\n") == "two\nlines\tand a tab\n"
    assert legible("µs ≥ 漢字 🙂") == "µs ≥ 漢字 🙂"


@given(st.text(st.characters()))
def test_any_text_becomes_one_that_xml_and_utf_8_hold(text: str) -> None:
    """Control characters, lone surrogates and non-characters among it."""
    element = ET.Element("e")
    element.text = legible(text)

    assert legible(text) == (ET.fromstring(ET.tostring(element, "utf-8")).text or "")  # noqa: S314 - written above


def test_clipped_keeps_both_ends_and_says_how_much_is_missing() -> None:
    """The first lines say what ran, the last what went wrong."""
    assert clipped("short", 10) == "short"
    assert clipped("a" * 50 + "b" * 50, 20) == (
        "aaaaaaaaaa\n[80 characters left out here; report.json has them]\nbbbbbbbbbb"
    )
