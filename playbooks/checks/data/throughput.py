"""Which node moves data more slowly than the rest of its fleet."""

from collections.abc import Mapping

from playbooks.checks.check import Ask
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.thresholds import fleet

# Of the median. Disks and networks are shared: healthy nodes differ by far more than their GPUs do.
FRACTION = 0.3
UNIT = "GB/s"
STAND_IN = "the sandbox's nodes share one machine's disk and network, so their throughputs say nothing of them"


def gb_per_second(bytes_moved: int, seconds: float) -> float:
    """A throughput in units of 1e9 bytes a second."""
    return bytes_moved / seconds / 1e9


def findings(check: str, ask: Ask, what: str, values: Mapping[str, float], action: str) -> list[Finding]:
    """Each node's throughput, in GB/s, against the fleet's; one finding for all where that is no measure.

    Args:
        check: the check's name.
        ask: what was asked.
        what: the figure's name, such as `scratch write`.
        values: by node; nodes that gave no answer are not in it.
        action: what to do about a slow node.
    """
    if not values:
        return []
    if why := STAND_IN if ask.stand_in else fleet.too_few(values):
        return [Finding(check, tuple(values), Verdict.SKIPPED, why)]
    threshold = fleet.of_fleet(values, fraction=FRACTION)
    found = []
    for node, value in values.items():
        figure = Figure(what, value, UNIT)
        verdict = judge(figure, threshold)
        slow = verdict is Verdict.FAIL
        reason = f"{what} is {'slower than the fleet' if slow else 'as fast as the fleet'}: {value:.3g} {UNIT}"
        found.append(Finding(check, (node,), verdict, reason, figure, threshold, action if slow else ""))
    return found
