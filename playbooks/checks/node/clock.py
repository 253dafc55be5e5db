"""How far each node's clock is off, measured over the transport itself."""

from collections.abc import Sequence

from playbooks import thresholds
from playbooks.checks.check import Ask
from playbooks.checks.node.check import Examined, NodeCheck
from playbooks.findings import Figure, Finding, Threshold, Verdict

NAME = "clock"
_SEE_CHRONY = "See that chrony runs on the node and reaches its source (`chronyc tracking`); and on this machine too."
_FROM_NEARER = (
    "Run the smoke gate again from nearer to the nodes, or see `chronyc tracking` on the node; a"
    " smoke.clockOffsetSeconds below what SSH takes cannot be checked this way."
)


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    threshold = thresholds.clock_offset(ask.smoke)
    return [_finding(each, threshold) for each in examined]


def _finding(examined: Examined, threshold: Threshold) -> Finding:
    value, uncertainty = examined.clock_offset
    figure, verdict, reason, action = _judged(value, uncertainty, threshold)
    facts = examined.facts
    scratch = () if facts.scratch_free_mib is None else (Figure("scratch free", facts.scratch_free_mib, "MiB"),)
    measured = (
        Figure("clock offset", value, "s"),
        Figure("clock offset uncertainty", uncertainty, "s"),
        Figure("CPUs", facts.cpus, ""),
        Figure("memory", facts.memory_mib, "MiB"),
        Figure("memory available", facts.memory_available_mib, "MiB"),
        *scratch,
    )
    evidence = {"cpu": facts.cpu, "os": facts.os, "hostname": facts.hostname, "boot id": facts.boot_id}
    names = (examined.node.name,)
    return Finding(NAME, names, verdict, reason, figure, threshold, action, measured, evidence=evidence)


def _judged(value: float, uncertainty: float, threshold: Threshold) -> tuple[Figure, Verdict, str, str]:
    """What is judged, the verdict, the reason and the action: PASS and FAIL hold anywhere in the offset's range."""
    most = Figure("clock offset, at most", abs(value) + uncertainty, "s")
    least = Figure("clock offset, at least", max(0.0, abs(value) - uncertainty), "s")
    known = f"give or take {uncertainty:.3g} s"
    if threshold.holds(most.value):
        return most, Verdict.PASS, f"the clock is within {threshold.value:g} s of this machine's", ""
    if not threshold.holds(least.value):
        way = "ahead of" if value > 0 else "behind"
        return least, Verdict.FAIL, f"the clock is {abs(value):.3g} s {way} this machine's, {known}", _SEE_CHRONY
    reason = f"the clock is {abs(value):.3g} s off, {known}: over SSH from here {threshold.value:g} s cannot be told"
    return most, Verdict.INCONCLUSIVE, reason, _FROM_NEARER


CHECK = NodeCheck(NAME, "The clocks agree", _judge)
