from datetime import UTC, date, datetime

import pytest
from pydantic_core import PydanticCustomError

from stacks.values import as_day, as_moment, written_moment


@pytest.mark.parametrize("text", ["2027-06-30", "2027-06-30 00:00:00 +0000 UTC"])
def test_a_day_is_read_in_both_forms(text: str) -> None:
    """As a person writes it, and as the engine hands it on."""
    assert as_day(text) == date(2027, 6, 30)


@pytest.mark.parametrize("text", ["2027-06-30T11:30:00Z", "2027-06-30 11:30:00 +0000 UTC"])
def test_a_moment_is_read_in_both_forms(text: str) -> None:
    """And written in the first."""
    assert as_moment(text) == datetime(2027, 6, 30, 11, 30, tzinfo=UTC)
    assert written_moment(as_moment(text)) == "2027-06-30T11:30:00Z"


@pytest.mark.parametrize(
    "value",
    ["2027-06-30T00:00:00Z", "2027-06-30 11:30:00 +0000 UTC", "27-06-30", "2027-02-30", 20270630, date(2027, 6, 30)],
)
def test_what_is_no_day_is_refused(value: object) -> None:
    """A time of a day is none."""
    with pytest.raises(PydanticCustomError, match="Write year, month and day: 2027-06-30."):
        as_day(value)


@pytest.mark.parametrize(
    "value",
    ["2027-06-30", "2027-06-30T11:30Z", "2027-06-30T11:30:00+02:00", "2027-06-30 11:30:00 +0200 +0200",
     "2027-06-30T25:00:00Z", "2027-02-30T11:30:00Z", 5, None],
)  # fmt: skip
def test_what_is_no_moment_is_refused(value: object) -> None:
    """Another time zone too: the block's end is in UTC wherever one reads it."""
    with pytest.raises(PydanticCustomError, match="Write a day and a time in UTC: 2027-06-30T11:30:00Z."):
        as_moment(value)
