"""How far the nodes' clocks lie apart, measured over the transport itself; this machine's clock is one more witness."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from playbooks import thresholds
from playbooks.checks.check import Ask
from playbooks.checks.node.check import Examined, NodeCheck
from playbooks.checks.node.clock_ranges import (
    Range,
    about,
    from_median,
    median_of,
    possibly_furthest,
    surely_furthest,
)
from playbooks.findings import Figure, Finding, Threshold, Verdict

NAME = "clock"
FEWEST = 3  # clocks of which two can say that the third is wrong
THIS_MACHINE = Range(0.0, 0.0)  # all offsets are from its clock

_SEE_CHRONY = "See that chrony runs on the node and reaches its source (`chronyc tracking`)."
_SEE_EACH = "See `chronyc tracking` on each of these nodes."
_SEE_BOTH = (
    "See `chronyc tracking` on the node, and this machine's clock; or name a second node, which tells them apart."
)
_SEE_THIS_MACHINE = (
    "Set this machine's clock (`timedatectl` says whether it is synchronised), and run the smoke gate again. If it is"
    " right, all nodes are wrong alike: see `chronyc tracking` on one of them."
)
_FROM_NEARER = (
    "Run the smoke gate again from nearer to the nodes, or see `chronyc tracking` on the node; a"
    " smoke.clockOffsetSeconds below what SSH takes cannot be checked this way."
)


class Comparison(NamedTuple):
    """What each node's clock is held against.

    Attributes:
        offsets: from this machine's clock, by the node's name.
        distances: from the reference, by the node's name.
        reference: what that is, in words.
        agreed: whether most clocks agree with it, so that one that does not is the one that is wrong.
        threshold: seconds that two clocks may lie apart.
    """

    offsets: Mapping[str, Range]
    distances: Mapping[str, Range]
    reference: str
    agreed: bool
    threshold: Threshold


class Judgement(NamedTuple):
    """What was judged of clocks, and what follows."""

    figure: Figure
    verdict: Verdict
    reason: str
    action: str = ""


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    offsets = {each.node.name: about(*each.clock_offset) for each in examined}
    compared = _compared(offsets, thresholds.clock_offset(ask.smoke))
    found = [_of_node(each, compared) for each in examined]
    sound = {each.nodes[0]: offsets[each.nodes[0]] for each in found if each.verdict is not Verdict.FAIL}
    if len(offsets) > 1:
        passed = all(each.verdict is Verdict.PASS for each in found)
        found += [*_between(sound, compared, passed=passed), *_of_this_machine(sound, compared)]
    return found


def _compared(offsets: Mapping[str, Range], threshold: Threshold) -> Comparison:
    """Three clocks or more have a median; this machine's is the third to two nodes', and all there is to one's."""
    ranges = list(offsets.values())
    if len(ranges) == 1:
        return Comparison(offsets, offsets, "this machine's", agreed=False, threshold=threshold)
    reference = "the fleet's median" if len(ranges) >= FEWEST else "the median of both nodes' and this machine's"
    distances = from_median(ranges if len(ranges) >= FEWEST else [*ranges, THIS_MACHINE])
    agreeing = sum(threshold.holds(each.least) for each in distances)
    of_nodes = dict(zip(offsets, distances, strict=False))  # without this machine's
    return Comparison(offsets, of_nodes, reference, agreed=2 * agreeing > len(distances), threshold=threshold)


def _of_node(examined: Examined, compared: Comparison) -> Finding:
    name, facts = examined.node.name, examined.facts
    figure, verdict, reason, action = _judged(compared.distances[name], compared)
    scratch = () if facts.scratch_free_mib is None else (Figure("scratch free", facts.scratch_free_mib, "MiB"),)
    measured = (
        Figure("clock offset", compared.distances[name].middle, "s"),
        Figure("clock offset uncertainty", compared.distances[name].uncertainty, "s"),
        Figure("offset from this machine's clock", compared.offsets[name].middle, "s"),
        Figure("CPUs", facts.cpus, ""),
        Figure("memory", facts.memory_mib, "MiB"),
        Figure("memory available", facts.memory_available_mib, "MiB"),
        *scratch,
    )
    evidence = {"cpu": facts.cpu, "os": facts.os, "hostname": facts.hostname, "boot id": facts.boot_id}
    return Finding(NAME, (name,), verdict, reason, figure, compared.threshold, action, measured, evidence=evidence)


def _judged(distance: Range, compared: Comparison) -> Judgement:
    """PASS and FAIL hold wherever in its range the distance really is."""
    threshold, reference = compared.threshold, compared.reference
    most = Figure("clock offset, at most", distance.most, "s")
    least = Figure("clock offset, at least", distance.least, "s")
    if threshold.holds(most.value):
        return Judgement(most, Verdict.PASS, f"the clock is within {threshold.value:g} s of {reference}")
    if threshold.holds(least.value):
        reason = f"the clock is {abs(distance.middle):.3g} s off, {_known(distance)}: {_cannot_tell(threshold)}"
        return Judgement(most, Verdict.INCONCLUSIVE, reason, _FROM_NEARER)
    told = f"the clock is {_way(distance)} {reference}, {_known(distance)}"
    if compared.agreed:
        return Judgement(least, Verdict.FAIL, told, _SEE_CHRONY)
    if len(compared.offsets) == 1:
        return Judgement(least, Verdict.INCONCLUSIVE, f"{told}: of two clocks nothing tells which is wrong", _SEE_BOTH)
    return Judgement(least, Verdict.INCONCLUSIVE, f"{told}, and no more than half of the clocks agree", _SEE_EACH)


def _between(sound: Mapping[str, Range], compared: Comparison, *, passed: bool) -> list[Finding]:
    """Two nodes that are too far apart though neither is to blame, or of which that can't be told."""
    if len(sound) == 1:
        return []
    sure, possible = surely_furthest(sound), possibly_furthest(sound)
    if not compared.threshold.holds(sure.seconds.least):
        figure = Figure("clocks apart, at least", sure.seconds.least, "s")
        told = f"{sure.ahead}'s clock is {_way(sure.seconds)} {sure.behind}'s, {_known(sure.seconds)}"
        judged = Judgement(figure, Verdict.FAIL, f"{told}: which of them is wrong cannot be told", _SEE_EACH)
        return [_over([name for name in sound if name in sure or not compared.agreed], judged, compared)]
    if passed and not compared.threshold.holds(possible.seconds.most):
        figure = Figure("clocks apart, at most", possible.seconds.most, "s")
        told = f"the clocks are {abs(possible.seconds.middle):.3g} s apart, {_known(possible.seconds)}"
        reason = f"{told}: {_cannot_tell(compared.threshold)}"
        judged = Judgement(figure, Verdict.INCONCLUSIVE, reason, _FROM_NEARER)
        return [_over([name for name in sound if name in possible], judged, compared)]
    return []


def _of_this_machine(sound: Mapping[str, Range], compared: Comparison) -> list[Finding]:
    """This machine's clock, where the nodes agree and are all too far from it."""
    middle = median_of(list(sound.values()))
    near = [each for each in (middle, *sound.values()) if compared.threshold.holds(each.least)]
    if near or not compared.agreed:
        return []
    reason = (
        f"all of these clocks are {_way(middle)} this machine's, {_known(middle)}: it is likely this machine's that is"
        " wrong, and no node's"
    )
    figure = Figure("offset from this machine's clock, at least", middle.least, "s")
    return [_over(list(sound), Judgement(figure, Verdict.INCONCLUSIVE, reason, _SEE_THIS_MACHINE), compared)]


def _over(nodes: Sequence[str], judged: Judgement, compared: Comparison) -> Finding:
    """Said of several nodes: the evidence is under no node's name, for it is against none of them."""
    figure, verdict, reason, action = judged
    lines = [f"{name}: {at.middle:+.3f} s, {_known(at)}" for name, at in compared.offsets.items()]
    evidence = {"offsets from this machine's clock": "\n".join(lines)}
    return Finding(NAME, tuple(nodes), verdict, reason, figure, compared.threshold, action, evidence=evidence)


def _way(seconds: Range) -> str:
    return f"{abs(seconds.middle):.3g} s {'ahead of' if seconds.middle > 0 else 'behind'}"


def _known(seconds: Range) -> str:
    return f"give or take {seconds.uncertainty:.3g} s"


def _cannot_tell(threshold: Threshold) -> str:
    return f"over SSH from here {threshold.value:g} s cannot be told"


CHECK = NodeCheck(NAME, "The clocks agree", _judge)
