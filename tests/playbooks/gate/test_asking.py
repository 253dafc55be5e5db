"""What a node tells of a free port."""

import pytest

from playbooks.gate.asking import free_port
from playbooks.transport.outcome import UnreachableError
from tests.playbooks.checks.asks import completed


@pytest.mark.parametrize("printed", ["54321\n", "a greeting of the login shell\n54321\n"])
def test_a_port_is_the_last_word(printed: str) -> None:
    """Whatever a login shell prints before it."""
    assert free_port(completed(printed)) == 54321


@pytest.mark.parametrize(
    ("printed", "said", "status", "told"),
    [
        ("543", "", 0, "543"),  # cut off: another port
        ("", "", 0, "no answer"),
        ("", "python3: not found", 127, "python3: not found"),
        ("54321\n", "", 1, "54321"),
    ],
)
def test_what_is_no_port_is_told_in_the_node_s_own_words(printed: str, said: str, status: int, told: str) -> None:
    """And never taken for one."""
    assert free_port(completed(printed, said, status)) == told


def test_a_node_that_is_not_reached_has_none() -> None:
    """The transport says why."""
    unreachable = UnreachableError("no route to host")

    assert free_port(unreachable) is unreachable
