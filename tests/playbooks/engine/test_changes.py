import pytest

from playbooks.engine import changes
from playbooks.engine.operation import Operation, Step
from tests.playbooks.engine.events import ended


def steps(*told: tuple[str, str], **more: object) -> list[Step]:
    """What an operation of these did."""
    operation = Operation()
    for op, name in told:
        operation(ended(op, name, **more))
    return operation.changes


def test_new_resources_are_counted_and_others_are_named() -> None:
    """A hundred new nodes are one line; a node that would be replaced is one of its own, with the reason."""
    found = [*steps(("create", "dev-workers-0"), ("create", "dev-workers-1"))]
    found += steps(("replace", "dev-workers-2"), diffs=["subnetId"])

    assert list(changes.lines(found)) == [
        "+ dev-workers: 2 resources (2 ec2 Instance)",
        "± replace dev-workers-2 (ec2 Instance): subnetId",
    ]
    assert changes.total(found, 7) == "2 to create, 1 to replace, 7 unchanged"
    assert changes.done(found) == "2 created, 1 replaced"


def test_a_screen_of_names_is_enough() -> None:
    """The rest is counted."""
    found = steps(*(("update", f"dev-workers-{index}") for index in range(50)))

    assert len(list(changes.lines(found))) == changes.MOST_LINES + 1
    assert list(changes.lines(found))[-1] == "  and 10 more"


def test_drift_is_told_by_property_with_both_values() -> None:
    """Shortened where they are long; what is gone is told as that."""
    found = steps(
        ("update", "a"), diffs=["ebs", "tags"], old={"ebs": True}, new={"ebs": False, "tags": {"x": "y" * 100}}
    )
    found += steps(("delete", "b"), old={})

    assert list(changes.drifted(found)) == [
        "~ a (ec2 Instance): ebs is False, was True",
        f"~ a (ec2 Instance): tags is {{'x': '{'y' * 52}…, was not set",
        "- b (ec2 Instance): does not exist any more",
    ]


MARK = {"ai-datacenter:unhealthy": "gpus", "ai-datacenter:run": "r1", "ai-datacenter:since": "2026-11-22"}


@pytest.mark.parametrize(
    ("op", "diffs", "now", "mark"),
    [
        ("update", ["tags"], {"tags": {"owner": "team", **MARK}}, True),
        ("update", ["tags", "tagsAll"], {"tags": {"owner": "team", **MARK}, "tagsAll": MARK}, True),
        ("update", ["tags"], {"tags": {"owner": "you", **MARK}}, False),
        ("update", ["tags", "ebs"], {"tags": {"owner": "team", **MARK}, "ebs": True}, False),
        ("update", [], {}, False),
        ("delete", ["tags"], {"tags": {"owner": "team", **MARK}}, False),
    ],
)
def test_only_the_tags_of_a_cordon_are_no_drift(op: str, diffs: list[str], now: dict[str, object], mark: bool) -> None:
    """Whatever else differs beside them is."""
    (step,) = steps((op, "a"), diffs=diffs, old={"tags": {"owner": "team"}}, new=now)

    assert changes.is_mark(step) is mark
