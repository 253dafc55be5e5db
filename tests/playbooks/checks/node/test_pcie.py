import pytest

from playbooks.checks.node import pcie
from playbooks.findings import Verdict
from tests.playbooks.checks.node.gpu_answers import finding, judged, printed, rows

NARROW = {"pcie.link.width.current": "8"}
SLOW = {"pcie.link.gen.current": "3"}
RESTING = {gpu: {"pcie.link.gen.current": "1", "pcie.link.gen.max": "4"} for gpu in range(8)}  # idle L40S


def test_a_link_that_is_narrower_than_others_fails_its_node() -> None:
    """Only that one."""
    _, found = judged(pcie.CHECK, {}, {"links": printed(rows(pcie.QUERY, 8, {2: NARROW}))})

    assert [each.verdict.value for each in found] == ["PASS", "FAIL"]
    assert found[1].reason == "the link of GPU 2 has width 8 of 16"


def test_a_node_whose_links_are_all_narrow_is_held_against_the_others() -> None:
    """Of its own type."""
    _, found = judged(pcie.CHECK, {"links": printed(rows(pcie.QUERY, 8, dict.fromkeys(range(8), NARROW)))}, {})

    assert [each.verdict.value for each in found] == ["FAIL", "PASS"]
    assert found[0].figure is not None
    assert found[0].figure.value == 8


def test_a_fleet_of_which_all_links_are_narrow_may_be_built_so() -> None:
    """Nobody reaches more, so nobody is blamed and nothing passes."""
    narrow = {"links": printed(rows(pcie.QUERY, 8, dict.fromkeys(range(8), NARROW)))}
    _, found = judged(pcie.CHECK, narrow, narrow)

    assert {each.verdict for each in found} == {Verdict.INCONCLUSIVE}
    assert found[0].reason.startswith("the link of GPU 0 has width 8 of 16, as all of the type here")


@pytest.mark.parametrize(("instance_type", "count"), [("g5.48xlarge", 8), ("g6.xlarge", 1), ("g6f.large", 1)])
def test_gpus_that_are_wired_to_fewer_lanes_pass(instance_type: str, count: int) -> None:
    """An A10G and an L4 on AWS print 8 of 16 where all is well; 4 of 8 is no more than all of the type here have."""
    narrow, narrower = (
        rows(pcie.QUERY, count, {gpu: {"pcie.link.width.current": width} for gpu in range(count)}) for width in "84"
    )

    assert finding(pcie.CHECK, {"links": printed(narrow)}, instance_type).verdict is Verdict.PASS
    found = finding(pcie.CHECK, {"links": printed(narrower)}, instance_type)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("the link of GPU 0 has width 4 of 8, as all of the type here")


def test_a_gpu_with_half_of_its_wired_lanes_fails_its_node() -> None:
    """The others of the type have all eight."""
    widths = {gpu: {"pcie.link.width.current": "4" if gpu == 3 else "8"} for gpu in range(8)}
    found = finding(pcie.CHECK, {"links": printed(rows(pcie.QUERY, 8, widths))}, "g5.48xlarge")

    assert (found.verdict, found.reason) == (Verdict.FAIL, "the link of GPU 3 has width 4 of 8")


def test_a_module_does_not_lower_its_generation_at_rest() -> None:
    """An H100 at generation 3 of 5 is trained badly."""
    found = finding(pcie.CHECK, {"links": printed(rows(pcie.QUERY, 8, {4: SLOW}))})

    assert (found.verdict, found.reason) == (Verdict.FAIL, "the link of GPU 4 has generation 3 of 5")


def test_cards_rest_at_a_lower_generation() -> None:
    """Idle L40S show generation 1 of 4; the width is judged, and the reason says what was not."""
    found = finding(pcie.CHECK, {"links": printed(rows(pcie.QUERY, 8, RESTING))}, "g6e.48xlarge")

    assert found.verdict is Verdict.PASS
    assert found.reason.endswith("8 rest at generation 1 of 4, which is judged while `gemm` runs")


def test_a_resting_card_may_still_be_narrow() -> None:
    """The generation excuses no width."""
    text = rows(pcie.QUERY, 8, RESTING | {0: RESTING[0] | NARROW})

    assert finding(pcie.CHECK, {"links": printed(text)}, "g6e.48xlarge").verdict is Verdict.FAIL


def test_a_link_that_tells_nothing_is_not_judged() -> None:
    """It is no full link."""
    unknown = {"pcie.link.width.current": "[N/A]"}

    assert finding(pcie.CHECK, {"links": printed(rows(pcie.QUERY, 8, {1: unknown}))}).verdict is Verdict.INCONCLUSIVE
