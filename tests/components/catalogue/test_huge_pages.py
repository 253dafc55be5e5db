"""Tests of the huge pages that a node has."""

import pytest

from components.catalogue.huge_pages import huge_pages


@pytest.mark.parametrize(("vcpus", "pages"), [(16, 881), (48, 2641), (96, 5128), (192, 5128)])
def test_small_nodes_have_fewer(vcpus: int, pages: int) -> None:
    """EFA's package counts cores: a p5.4xlarge, a g6.12xlarge, a p4d, a p5."""
    assert huge_pages(vcpus) == pages
