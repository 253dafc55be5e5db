import pytest

from components.cluster.pod_addresses import pod_addresses, prefixes


@pytest.mark.parametrize(("pods", "expected"), [(1, 2), (16, 2), (17, 3), (32, 3), (110, 8)])
def test_a_node_holds_prefixes_for_its_pods_and_a_warm_one(pods: int, expected: int) -> None:
    """One /28 serves 16 pods; one more is kept free for the next."""
    assert expected == prefixes(pods)


def test_addresses_are_counted_by_whole_prefixes() -> None:
    """128 nodes of 32 pods take three blocks of 16 each."""
    assert pod_addresses(128, 32) == 128 * 48
