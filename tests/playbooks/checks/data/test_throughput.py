from playbooks.checks.data import throughput
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask

VALUES = {f"gpu-{index}": 2.0 + index / 100 for index in range(8)}


def found(changes: dict[str, float] | None = None, *, count: int = 8) -> list[Finding]:
    """What is found of nodes of which most move about 2 GB/s."""
    values = dict(list({**VALUES, **(changes or {})}.items())[:count])
    return throughput.findings("storage-speed", ask(count=count), "scratch write", values, "Replace it.")


def test_nodes_that_are_alike_pass_each_with_its_figure() -> None:
    """Against the fleet's own median."""
    findings = found()

    assert {each.verdict for each in findings} == {Verdict.PASS}
    assert findings[0].threshold is not None
    assert "median of the fleet's 8" in findings[0].threshold.source


def test_a_slow_node_is_named_and_no_other() -> None:
    """With what to do."""
    slow = [each for each in found({"gpu-3": 1.3}) if each.verdict is not Verdict.PASS]

    assert [(each.verdict, each.nodes, each.action) for each in slow] == [(Verdict.FAIL, ("gpu-3",), "Replace it.")]
    assert slow[0].reason == "scratch write is slower than the fleet: 1.3 GB/s"


def test_a_quarter_less_is_within_what_shared_disks_do() -> None:
    """Also where all others are alike to a percent."""
    assert {each.verdict for each in found({"gpu-3": 1.55})} == {Verdict.PASS}


def test_what_is_no_measure_is_not_judged_and_says_so() -> None:
    """A few nodes, and the sandbox's, which share a disk."""
    values = {"gpu-0": 2.0, "gpu-1": 0.1}
    few = throughput.findings("storage-speed", ask(count=2), "scratch write", values, "")
    [sandbox] = throughput.findings("storage-speed", ask()._replace(stand_in=True), "scratch write", VALUES, "")

    assert [(each.verdict, each.nodes) for each in few] == [(Verdict.SKIPPED, ("gpu-0", "gpu-1"))]
    assert few[0].reason.startswith("2 of the fleet")
    assert (sandbox.verdict, sandbox.nodes) == (Verdict.SKIPPED, tuple(VALUES))
    assert throughput.findings("storage-speed", ask(), "scratch write", {}, "") == []
