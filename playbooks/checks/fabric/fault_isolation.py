"""Which node makes a fleet slow: what rounds of pairs have shown, as findings that name it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from playbooks.checks.fabric import collectives, failed_pairs
from playbooks.checks.fabric.failed_pairs import FailedPairs, Place
from playbooks.checks.training import training_step
from playbooks.findings import Bound, Figure, Finding, Matrix, Threshold, Verdict
from playbooks.isolation.measurements import Measurement, Pair
from playbooks.isolation.verdict import Accusation, Isolated, Kind

NAME = "fault-isolation"
TITLE = "Pairs of nodes show which node, link or switch is slow"
COLLECTIVES = (collectives.NAME, *collectives.TITLES, training_step.NAME)
DECIDED = (Kind.NODE, Kind.RAIL, Kind.GROUP, Kind.LINK)
FIGURE = "lowest bus bandwidth of its pairs"
NONE_FAILED: FailedPairs = MappingProxyType({})

_ACTIONS: Mapping[Kind, str] = {
    Kind.NODE: "Replace the node (`aidc smoke` with --replace says how), and test the new one.",
    Kind.RAIL: "Replace the node: a network card or its cable is slow. The rails are in the reason, for the vendor.",
    Kind.GROUP: "All nodes of a switch group are slow: open a case with the evidence, and replace them if it lasts.",
    Kind.LINK: "Run the smoke gate again; where it stays so, open a case with both ends, or replace one of them.",
    Kind.INTERMITTENT: "Run the smoke gate again, some times: what comes and goes is found by being measured often.",
    Kind.UNTOLD: "Run the smoke gate again; a fleet of two cannot say which of them is slow: add a third, or swap one.",
}


def needed(findings: Iterable[Finding]) -> bool:
    """Whether the collectives of a fleet leave open which node is to blame.

    They do where a bandwidth is too low, or was measured and nothing judges it; and where they end in an error that
    names no node alone.
    """
    of_collectives = [finding for finding in findings if finding.check in COLLECTIVES]
    slow = [finding for finding in of_collectives if _is_of_all(finding) and _is_slow(finding)]
    errors = [finding for finding in of_collectives if finding.verdict is Verdict.ERROR]
    return bool(slow) or (bool(errors) and all(map(_is_of_all, errors)))


def _is_of_all(finding: Finding) -> bool:
    return len(finding.nodes) > 1


def _is_slow(finding: Finding) -> bool:
    doubtful = finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
    return doubtful and finding.figure is not None and finding.figure.unit == "GB/s"


def findings(
    nodes: Sequence[str],
    isolated: Isolated,
    switches_unknown: str = "",
    expected: Threshold | None = None,
    failed: FailedPairs = NONE_FAILED,
) -> list[Finding]:
    """What is known of the fleet's nodes: a finding for each cause, and one for those that are clean.

    A node that failed by itself is an ERROR, and a wrong sum a FAIL, whatever the bandwidths show.

    Args:
        nodes: names of all nodes that were measured, in the fleet's order.
        isolated: what the rounds have shown.
        switches_unknown: why it is not known which nodes share a switch; empty where it is, or does not matter.
        expected: what a pair should reach, as the rounds were told; None where nothing says it.
        failed: why pairs gave no figure, as far as it is known.
    """
    threshold = _threshold(nodes, isolated, expected)
    named = [node for kind in (Kind.NODE, Kind.RAIL) for each in isolated.of(kind) for node in each.nodes]
    wrong = failed_pairs.wrong_sums(NAME, failed, named)
    found = [*failed_pairs.broken(NAME, failed), *wrong, *_accused(isolated, threshold, failed)]
    sum_wrong = {node for finding in wrong for node in finding.nodes}
    sound = [name for name in nodes if name in isolated.clean and name not in sum_wrong]
    if among := _among(sound, isolated):
        figure = Figure(FIGURE, min(among), "GB/s")
        verdict = Verdict.PASS if threshold.holds(figure.value) else Verdict.INCONCLUSIVE
        found.append(
            Finding(NAME, tuple(sound), verdict, "these nodes reach what is normal with each other", figure, threshold)
        )
    if isolated.fleet or not found:
        reason = isolated.fleet or "the pairs show nothing"
        found.append(Finding(NAME, tuple(nodes), Verdict.INCONCLUSIVE, reason, action=_ACTIONS[Kind.UNTOLD]))
    evidence = {"pairs": _shown(isolated.measurements, failed)}
    evidence |= {"switches": switches_unknown} if switches_unknown else {}
    found[-1] = replace(found[-1], matrices=(_heat_map(nodes, isolated),), evidence={**found[-1].evidence, **evidence})
    return found


def _threshold(nodes: Sequence[str], isolated: Isolated, expected: Threshold | None) -> Threshold:
    """What the fleet's own pairs reach; the only pair of two nodes is held against what is expected of it."""
    if len(nodes) == 2 and expected:  # noqa: PLR2004 - a pair alone
        return expected
    usual = f"{isolated.normal_gb_per_second:.3g} GB/s"
    source = f"what sound pairs of this fleet reach, {usual}, less the noise between them"
    return Threshold(Bound.AT_LEAST, isolated.bound_gb_per_second, source)


def _accused(isolated: Isolated, threshold: Threshold, failed: FailedPairs) -> Iterator[Finding]:
    """What is slow; a node that failed by itself, and what rests on wrong sums alone, has findings of its own."""
    for each in isolated.accusations:
        concerned = [measured for measured in isolated.measurements if _concerns(each, measured.pair)]
        slow = [measured for measured in concerned if not measured.broken and not threshold.holds(_value(measured))]
        on_wrong_sums = slow and all(_place(measured) in failed and failed[_place(measured)].wrong for measured in slow)
        if each.kind is not Kind.BROKEN and not on_wrong_sums:
            yield _slow(each, concerned, threshold, failed)


def _slow(
    accusation: Accusation, concerned: Sequence[Measurement], threshold: Threshold, failed: FailedPairs
) -> Finding:
    """A FAIL where a pair's figure shows it; what rests on others, comes and goes, or is not told, decides nothing."""
    values = [_value(each) for each in concerned if not each.broken]
    figure = Figure(FIGURE, min(values), "GB/s") if values else None
    shown = figure is not None and not threshold.holds(figure.value) and accusation.kind in DECIDED
    return Finding(
        NAME,
        accusation.nodes,
        Verdict.FAIL if shown else Verdict.INCONCLUSIVE,
        accusation.reason,
        figure,
        threshold if figure else None,
        _ACTIONS[accusation.kind],
        evidence={"cause": accusation.kind.value, "pairs": _shown(concerned, failed)},
    )


def _concerns(accusation: Accusation, pair: Pair) -> bool:
    """Both ends of a link, any end of the others."""
    if accusation.kind is Kind.LINK:
        return set(pair) == set(accusation.nodes)
    return bool(set(pair) & set(accusation.nodes))


def _among(sound: Sequence[str], isolated: Isolated) -> list[float]:
    """The figures of pairs of which both ends are sound, and the link between them."""
    return [
        _value(each)
        for each in isolated.measurements
        if set(each.pair) <= set(sound) and each.pair not in isolated.links
    ]


def _heat_map(nodes: Sequence[str], isolated: Isolated) -> Matrix:
    """All that was measured; a pair that was measured again shows its last figure."""
    cells = {each.pair: (*each.pair, each.gb_per_second) for each in isolated.measurements}
    return Matrix("bus bandwidth of pairs", "GB/s", tuple(nodes), tuple(cells.values()))


def _value(measured: Measurement) -> float:
    """What did not get to its end moved nothing."""
    return measured.gb_per_second or 0.0


def _place(measured: Measurement) -> Place:
    return Place(f"round {measured.round}", measured.pair)


def _shown(measurements: Iterable[Measurement], failed: FailedPairs) -> str:
    """A line a pair."""
    return "\n".join(
        failed_pairs.line(_place(each), failed)
        if each.gb_per_second is None
        else _place(each).line(f"{each.gb_per_second:.4g} GB/s")
        for each in measurements
    )
