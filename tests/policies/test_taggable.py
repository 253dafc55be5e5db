import pytest

from policies.data_stores import STATEFUL
from policies.taggable import AUTO_SCALING_GROUP, taggable_types, types_of_sdk


def test_the_types_that_cost_most_are_among_them() -> None:
    """And what takes no tags is not."""
    types = taggable_types()

    assert {AUTO_SCALING_GROUP, "aws:ec2/instance:Instance", *STATEFUL} <= {*types}
    assert "aws:ec2/route:Route" not in types
    assert "aws:devopsguru/resourceCollection:ResourceCollection" not in types


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_file_is_what_the_sdk_says() -> None:
    """A newer SDK has more types; `python -m policies.taggable` writes them down."""
    assert taggable_types() == tuple(types_of_sdk())
