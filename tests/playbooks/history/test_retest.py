"""Tests of what changed from one run to the next."""

from dataclasses import replace

from playbooks.history.retest import changes
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing


def test_a_node_that_was_repaired_is_shown_before_and_after() -> None:
    """With both findings, their figures and their evidence."""
    (gemm, pairs) = changes(gpu_fleet(4), later(gpu_fleet(4, sick=False), 1))

    assert (gemm.nodes, gemm.before.verdict, gemm.after.verdict, gemm.better) == (("train-1",), "FAIL", "PASS", True)
    assert gemm.before.evidence
    assert gemm.after.figure != gemm.before.figure
    assert pairs.nodes == ("train-2",)
    assert gemm.replaced == ()


def test_a_node_that_was_replaced_is_said_to_be_another_machine() -> None:
    """Its name is the same, and its instance is not."""
    after = later(gpu_fleet(4, sick=False), 1)
    nodes = tuple(
        replace(node, instance_id=f"{node.instance_id}x" if node.index == 1 else node.instance_id)
        for node in after.nodes
    )
    gemm, pairs = changes(gpu_fleet(4), replace(after, nodes=nodes))

    assert (gemm.replaced, pairs.replaced) == (("train-1",), ())


def test_what_is_said_alike_of_several_nodes_is_one_change() -> None:
    """The collective of three nodes that was slow."""
    (change,) = [change for change in changes(failing(), passing()) if change.check == "all-reduce"]

    assert change.nodes == ("train-0", "train-1", "train-3")


def test_a_check_that_was_not_run_before_is_no_change() -> None:
    """Neither is one that says the same as before, or is not run any more."""
    none = replace(failing(), findings=())

    assert changes(none, failing()) == []
    assert changes(failing(), none) == []
    assert changes(failing(), later(failing(), 1)) == []
