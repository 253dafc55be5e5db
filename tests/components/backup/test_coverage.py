import pytest

from components.backup.coverage import Gap, StatefulArgs, gaps

LINKED: StatefulArgs = {"unsupported": "it is linked", "held_by": ["bucket"]}
ORPHAN: StatefulArgs = {"unsupported": "it is scratch"}


@pytest.mark.parametrize(
    ("things", "selected", "tags"),
    [
        ({"bucket": {}}, ["bucket"], None),
        ({"volume": {"tags": {"backup": "daily", "team": "us"}}}, [], {"backup": "daily"}),
        ({"bucket": {"waived": "a mirror of public data"}}, [], None),
        ({"bucket": {}, "lustre": LINKED}, ["bucket"], None),
        ({"bucket": {"waived": "a mirror"}, "lustre": {**LINKED, "waived": "the same"}}, [], None),
        ({"lustre": {**ORPHAN, "waived": "emptied every week"}}, [], None),
    ],
)
def test_what_is_covered(things: dict[str, StatefulArgs], selected: list[str], tags: dict[str, str] | None) -> None:
    """Selected by name or tags, held by another that is, or excused in words."""
    assert gaps(things, selected, tags) == []


@pytest.mark.parametrize(
    ("things", "selected", "tags", "gap"),
    [
        ({"bucket": {}}, [], None, Gap("bucket", "it is in no selection")),
        ({"bucket": {}}, ["bucket2"], {"backup": "daily"}, Gap("bucket", "it is in no selection")),
        (
            {"volume": {"tags": {"backup": "daily"}}},
            [],
            {"backup": "daily", "team": "us"},
            Gap("volume", "it is in no selection"),
        ),
        (
            {"bucket": {"waived": "a mirror"}, "lustre": LINKED},
            [],
            None,
            Gap("lustre", "it is linked, and bucket, which holds its data, is not backed up either"),
        ),
        ({"lustre": ORPHAN}, ["lustre"], None, Gap("lustre", "it is scratch, and nothing else holds its data")),
    ],
)
def test_what_nothing_covers(
    things: dict[str, StatefulArgs], selected: list[str], tags: dict[str, str] | None, gap: Gap
) -> None:
    """Selecting what can't be backed up covers nothing."""
    assert gaps(things, selected, tags) == [gap]
