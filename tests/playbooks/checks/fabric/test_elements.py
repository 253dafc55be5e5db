from components.catalogue.collectives import Collective
from playbooks.checks.fabric import elements
from playbooks.findings import Verdict


def test_all_right_is_a_pass_of_all_nodes() -> None:
    """With a figure of none."""
    found = elements.finding("all-gather", Collective.ALL_GATHER, {"gpu-0": {"rank 0, 8 B": 0}, "gpu-1": {}})

    assert (found.verdict, found.nodes) == (Verdict.PASS, ("gpu-0", "gpu-1"))


def test_the_nodes_with_wrong_elements_are_named() -> None:
    """With where and how many."""
    wrong = {"gpu-0": {"rank 0, 8 B": 0}, "gpu-1": {"rank 1, 8 B": 3, "rank 1, 64 B": 4}}
    found = elements.finding("all-gather", Collective.ALL_GATHER, wrong)

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-1",))
    assert found.reason == "ranks of these nodes hold wrong elements after the all-gather"
    assert found.figure is not None
    assert found.figure.value == 7
    assert found.evidence == {"gpu-1": "rank 1, 8 B: 3 wrong\nrank 1, 64 B: 4 wrong"}


def test_where_all_are_wrong_nobody_is_singled_out() -> None:
    """And the evidence stays as long as one reads."""
    found = elements.finding("broadcast", Collective.BROADCAST, {"gpu-0": {f"rank {rank}": 1 for rank in range(99)}})

    assert found.reason == "all nodes hold wrong elements after the broadcast"
    assert found.evidence["gpu-0"].splitlines()[-1] == "and 79 more"
