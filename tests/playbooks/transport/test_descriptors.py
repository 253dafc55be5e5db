"""Row 41: open files for a thousand connections."""

import resource
from collections.abc import Iterator

import pytest

from playbooks.transport.descriptors import shortage


@pytest.fixture(autouse=True)
def limits() -> Iterator[tuple[int, int]]:
    """The limits of this process, restored after the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_where_the_hard_one_allows_it(limits: tuple[int, int]) -> None:
    """Debian's soft limit is 1,024."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))

    assert not shortage(1000)

    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 2000


def test_a_limit_that_is_high_enough_is_left(limits: tuple[int, int]) -> None:
    """Nothing is lowered."""
    assert not shortage(1)

    assert limits == resource.getrlimit(resource.RLIMIT_NOFILE)


def test_connections_that_stand_already_are_not_counted_twice(limits: tuple[int, int]) -> None:
    """They are among what is open."""
    assert "the hard limit" in shortage(limits[1] // 2)
    assert not shortage(limits[1] // 2, limits[1] // 4)


def test_a_hard_limit_that_is_too_low_is_told(limits: tuple[int, int]) -> None:
    """With what is needed and what there is."""
    told = shortage(limits[1])

    assert f"the hard limit is {limits[1]}" in told
    assert "ulimit -Hn" in told
