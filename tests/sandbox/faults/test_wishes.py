import pytest

from sandbox.errors import FaultError
from sandbox.faults import WHAT_HAPPENS, Kind
from sandbox.faults.wishes import parse

NODES = ["workers-0", "workers-1", "workers-10"]


def test_a_wish_names_a_node_and_a_kind() -> None:
    """As often as there are nodes; the same wish twice is one."""
    found = parse(["workers-1=slow", "workers-10=full-disk", "workers-1=slow"], NODES)

    assert found == {"workers-1": Kind.SLOW, "workers-10": Kind.FULL_DISK}


def test_every_kind_says_what_happens() -> None:
    """It is what --help shows."""
    assert set(WHAT_HAPPENS) == set(Kind)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("worker-1=slow", "there is no node worker-1. Did you mean workers-1?"),
        ("workers-1=slwo", "there is no fault slwo. Did you mean slow?"),
        ("workers-1=", "there is no fault . Write one of slow, slow-network, corrupt,"),
        ("workers-1", "write NODE=KIND, such as workers-3=slow"),
        ("\x1b[2J=slow", "there is no node \\x1b[2J. Write one of workers-0, workers-1, workers-10."),
    ],
)
def test_a_wish_that_is_not_understood_is_told_with_the_nearest_known(wish: str, told: str) -> None:
    """What was written, what is wrong with it and what to write."""
    with pytest.raises(FaultError) as caught:
        parse([wish], NODES)

    assert told in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    """A node and a kind of one wish, and those of the next."""
    with pytest.raises(FaultError) as caught:
        parse(["worker-1=slwo", "workers-0=hang", "workers-0=slow"], NODES)

    assert [line.split(" a ")[0].split(".")[0] for line in str(caught.value).splitlines()] == [
        "--inject worker-1=slwo: there is no node worker-1",
        "--inject worker-1=slwo: there is no fault slwo",
        "--inject workers-0=slow: workers-0 has hang already, and",
    ]
