"""Tests of what was said before and what is said now."""

from dataclasses import replace

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict, judge
from playbooks.history.last_words import words
from playbooks.history.retest import Change, changes
from playbooks.report.run import Run
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing

FLOOR = Threshold(Bound.AT_LEAST, 90.0, "a test")
NO_WRONG = Threshold(Bound.AT_MOST, 0, "a test")


def since(before: Run, run: Run) -> list[Change]:
    """What changed from one run to the next."""
    return changes([words(before)], run)


def only(run: Run, *names: str) -> Run:
    """The same run over these nodes alone."""
    nodes = tuple(node for node in run.nodes if node.name in names)
    findings = tuple(finding for finding in run.findings if set(finding.nodes) <= set(names))
    return replace(run, nodes=nodes, findings=findings, only=names)


def speed(value: float, *nodes: str, check: str = "all-reduce") -> Finding:
    """A bandwidth that is judged."""
    figure = Figure("bus bandwidth", value, "GB/s")
    return Finding(check, nodes, judge(figure, FLOOR), f"{value:g} GB/s", figure, FLOOR)


def right(*nodes: str, check: str = "all-reduce") -> Finding:
    """What the same check says of the numbers that were added up."""
    return Finding(check, nodes, Verdict.PASS, "exact", Figure("wrong elements", 0, ""), NO_WRONG)


def test_a_node_that_was_repaired_is_shown_before_and_after() -> None:
    """With both findings, their figures, their evidence and the time of each."""
    before, after = gpu_fleet(4), later(gpu_fleet(4, sick=False), 1)
    (gemm, pairs) = since(before, after)

    assert (gemm.nodes, gemm.better, gemm.replaced) == (("train-1",), True, ())
    assert [side.finding.verdict for side in (gemm.before, gemm.after)] == ["FAIL", "PASS"]
    assert [side.time for side in (gemm.before, gemm.after)] == [before.started, after.started]
    assert [side.run for side in (gemm.before, gemm.after)] == [before.run, "run-1"]
    assert gemm.before.finding.evidence
    assert gemm.after.finding.figure != gemm.before.finding.figure
    assert pairs.nodes == ("train-2",)


def test_a_node_that_was_replaced_is_said_to_be_another_machine() -> None:
    """Its name is the same, and its instance is not."""
    after = later(gpu_fleet(4, sick=False), 1)
    nodes = tuple(
        replace(node, instance_id=f"{node.instance_id}x" if node.index == 1 else node.instance_id)
        for node in after.nodes
    )
    gemm, pairs = since(gpu_fleet(4), replace(after, nodes=nodes))

    assert (gemm.replaced, pairs.replaced) == (("train-1",), ())


def test_what_is_said_alike_of_several_nodes_is_one_change() -> None:
    """The collective of three nodes that was slow."""
    (change,) = [change for change in since(failing(), passing()) if change.check == "all-reduce"]

    assert change.nodes == ("train-0", "train-1", "train-3")


def test_a_check_that_was_not_run_before_is_no_change() -> None:
    """Neither is one that says the same as before, or is not run any more."""
    none = replace(failing(), findings=())

    assert since(none, failing()) == []
    assert since(failing(), none) == []
    assert since(failing(), later(failing(), 1)) == []
    assert changes([], only(failing(), "train-1")) == []


def test_a_node_that_is_tested_again_and_is_still_sick_is_shown_with_both_figures() -> None:
    """FAIL before, FAIL now, and another figure: a repair may have helped a little. Whole runs show what changed."""
    before = only(gpu_fleet(4), "train-1")
    sick = [
        replace(each, figure=Figure("slower", 500.0, "TFLOP/s")) for each in before.findings if each.check == "gemm"
    ]
    after = replace(later(before, 1), findings=tuple(sick))
    (gemm,) = since(before, after)

    assert [side.finding.verdict for side in (gemm.before, gemm.after)] == ["FAIL", "FAIL"]
    assert gemm.after.finding.figure == Figure("slower", 500.0, "TFLOP/s")
    assert gemm.before.finding.figure not in (None, gemm.after.finding.figure)
    assert (gemm.differs, gemm.better, gemm.calm) == (False, False, False)
    assert since(before, replace(after, only=())) == []


def test_all_that_is_said_of_a_node_that_is_tested_again_is_shown_but_what_is_skipped() -> None:
    """First what differs, then what is still bad, then what passed and still does."""
    skipped = Finding("ecc", ("train-0",), Verdict.SKIPPED, "no GPUs")
    before = replace(
        passing(),
        findings=(right("train-0", check="a"), skipped, speed(1, "train-0", check="b"), speed(1, "train-0", check="c")),
    )
    after = replace(before, findings=(*before.findings[:3], speed(99, "train-0", check="c")), only=("train-0",))
    found = since(before, after)

    assert [change.check for change in found] == ["c", "b", "a"]
    assert [(change.better, change.calm) for change in found] == [(True, False), (False, False), (False, True)]


def test_two_nodes_that_are_tested_again_one_after_the_other_both_have_a_before() -> None:
    """The first retest says nothing of the second node; its last word is that of the run before."""
    first, second = only(later(gpu_fleet(4), 1), "train-1"), only(later(gpu_fleet(4, sick=False), 2), "train-2")
    sick = replace(gpu_fleet(4), findings=tuple(replace(each, series=()) for each in gpu_fleet(4).findings))
    found = changes([words(sick), words(first)], second)

    assert {change.nodes for change in found} == {("train-2",)}
    assert {change.before.run for change in found} == {sick.run}
    assert {change.check for change in found} == {"host-facts", "storage", "checkpoint", "gemm"}


def test_the_last_word_counts() -> None:
    """Of several runs before, the newest that spoke of the node."""
    well, sick = gpu_fleet(4, sick=False), gpu_fleet(4)
    found = changes([words(well), words(later(sick, 1))], later(well, 2))

    assert [(change.check, change.before.run) for change in found] == [("gemm", "run-1"), ("pairs", "run-1")]


def test_a_figure_is_held_to_the_same_figure() -> None:
    """A collective says that its results are right, and how fast it was: what failed is compared, both ways."""
    nodes = ("train-0", "train-1")
    slow = replace(passing(), findings=(right(*nodes), speed(41, *nodes)))
    fast = replace(passing(), findings=(right(*nodes), speed(97, *nodes)))
    (repaired,), (broken,) = since(slow, fast), since(fast, slow)

    assert (repaired.before.finding.reason, repaired.after.finding.reason) == ("41 GB/s", "97 GB/s")
    assert (broken.before.finding.reason, broken.after.finding.reason) == ("97 GB/s", "41 GB/s")


def test_a_collective_of_other_nodes_than_now_says_which_they_were() -> None:
    """A figure of four nodes and one of two are not the same thing."""
    before = replace(passing(), findings=(speed(41, "train-0", "train-1", "train-2", "train-3"),))
    after = replace(passing(), findings=(speed(97, "train-0", "train-1"),), only=("train-0", "train-1"))
    (change,) = since(before, after)

    assert (change.others(change.before), change.others(change.after)) == (("train-2", "train-3"), ())
