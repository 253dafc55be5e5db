"""What was said before and what is said now: of nodes that are tested again all of it, of others what has changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from playbooks.findings import WORST_FIRST, Finding, Verdict
from playbooks.history.last_words import Words
from playbooks.report.run import Run


@dataclass(frozen=True, slots=True)
class Said:
    """A finding, and the run in which it was made: its name, and when it was started."""

    run: str
    time: datetime
    finding: Finding


@dataclass(frozen=True, slots=True)
class Change:
    """What a check said last of these nodes in an earlier run, and what it says now.

    `replaced` are those of the nodes that are another instance by now: what is after is said of another machine.
    """

    check: str
    nodes: tuple[str, ...]
    before: Said
    after: Said
    replaced: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the verdict is another one."""
        return self.before.finding.verdict is not self.after.finding.verdict

    @property
    def better(self) -> bool:
        """Whether a node that failed or could not be judged passes now."""
        return self.differs and self.after.finding.verdict is Verdict.PASS

    @property
    def calm(self) -> bool:
        """Whether it passed and still does."""
        return not self.differs and self.after.finding.verdict is Verdict.PASS

    def others(self, said: Said) -> tuple[str, ...]:
        """The nodes of which this was said, too: a collective may have had others before than now."""
        return tuple(name for name in said.finding.nodes if name not in self.nodes)


Subject = tuple[str, str]


def changes(before: Sequence[Words], run: Run) -> list[Change]:
    """What differs first; nodes of which the same was and is said share a change.

    A check that was skipped before and is now shows nothing.

    Args:
        before: what earlier runs said last, the oldest first.
        run: where it names nodes that are tested again, all of what it says of them is shown.
    """
    instances = {node.name: node.instance_id for node in run.nodes}
    earlier = {subject: (spoken, found) for spoken in before for subject, found in _said(spoken.findings).items()}
    gathered: dict[tuple[str, int, int], tuple[Words, Finding, Finding, list[str]]] = {}
    for (check, node), found in _said(run.findings).items():
        if (check, node) in earlier:
            spoken, were = earlier[check, node]
            was, now = _sides(were, found)
            if was.verdict is not now.verdict or (node in run.only and now.verdict is not Verdict.SKIPPED):
                gathered.setdefault((check, id(was), id(now)), (spoken, was, now, []))[3].append(node)
    told = []
    for (check, _, _), (spoken, was, now, nodes) in gathered.items():
        before_it, after_it = Said(spoken.run, spoken.time, was), Said(run.run, run.started, now)
        replaced = tuple(node for node in nodes if _is_another(spoken.instances.get(node), instances.get(node)))
        told.append(Change(check, tuple(nodes), before_it, after_it, replaced))
    return sorted(told, key=_order)


def _is_another(before: str | None, now: str | None) -> bool:
    """Whether two instances are there and are not the same; a node that was missing is not replaced by that."""
    return None not in (before, now) and before != now


def _order(change: Change) -> tuple[bool, int]:
    if change.differs:
        return False, 0
    return True, WORST_FIRST.index(change.after.finding.verdict)


def _said(findings: Iterable[Finding]) -> Mapping[Subject, list[Finding]]:
    """The findings of each check on each node."""
    gathered: dict[Subject, list[Finding]] = {}
    for finding in findings:
        for node in finding.nodes:
            gathered.setdefault((finding.check, node), []).append(finding)
    return gathered


def _sides(before: Sequence[Finding], now: Sequence[Finding]) -> tuple[Finding, Finding]:
    """The worst of each side; of several as bad, the one with the figure of the worse side.

    A collective whose results were right and whose bandwidth was too low is held to its bandwidth of now.
    """
    was, found = _worst(before), _worst(now)
    if _rank(was) < _rank(found):
        return was, _worst(now, like=was)
    return _worst(before, like=found), found


def _worst(findings: Iterable[Finding], like: Finding | None = None) -> Finding:
    return min(findings, key=lambda finding: (_rank(finding), _figure(finding) != _figure(like)))


def _figure(finding: Finding | None) -> str | None:
    return finding.figure.name if finding and finding.figure else None


def _rank(finding: Finding) -> int:
    return WORST_FIRST.index(finding.verdict)
