import pytest

from components.network.log_retention import DAYS, next_allowed


@pytest.mark.parametrize(("asked", "offered"), [(1, 1), (2, 3), (91, 120), (3653, 3653), (5000, 3653)])
def test_the_next_longer_time_is_offered(asked: int, offered: int) -> None:
    """Or the longest."""
    assert next_allowed(asked) == offered


def test_times_stand_in_order_and_each_once() -> None:
    """`next_allowed` takes the first that is long enough."""
    assert sorted(set(DAYS)) == list(DAYS)
