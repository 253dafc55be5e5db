"""What a run says otherwise than the one before it: the finding before and the finding after, side by side."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from playbooks.findings import WORST_FIRST, Finding, Verdict
from playbooks.report.run import Run


class Change(NamedTuple):
    """A check that said one thing of these nodes in the last run, and says another now.

    `replaced` are those of the nodes that are another instance by now: what is after is said of another machine.
    """

    check: str
    nodes: tuple[str, ...]
    before: Finding
    after: Finding
    replaced: tuple[str, ...]

    @property
    def better(self) -> bool:
        """Whether a node that failed or could not be judged passes now."""
        return self.after.verdict is Verdict.PASS


def changes(before: Run, after: Run) -> list[Change]:
    """Every check and node whose verdict differs; nodes of which the same was and is said share a change."""
    earlier, later = _said(before), _said(after)
    instances = {node.name: node.instance_id for node in before.nodes}
    replaced = {node.name for node in after.nodes if instances.get(node.name, node.instance_id) != node.instance_id}
    found: dict[tuple[str, int, int], tuple[Finding, Finding, list[str]]] = {}
    for (check, node), now in later.items():
        was = earlier.get((check, node))
        if was is not None and was.verdict is not now.verdict:
            found.setdefault((check, id(was), id(now)), (was, now, []))[2].append(node)
    return [
        Change(check, tuple(nodes), was, now, tuple(node for node in nodes if node in replaced))
        for (check, _, _), (was, now, nodes) in found.items()
    ]


def _said(run: Run) -> Mapping[tuple[str, str], Finding]:
    """The worst finding of each check on each node."""
    gathered: dict[tuple[str, str], list[Finding]] = {}
    for finding in run.findings:
        for node in finding.nodes:
            gathered.setdefault((finding.check, node), []).append(finding)
    return {key: _worst(findings) for key, findings in gathered.items()}


def _worst(findings: Iterable[Finding]) -> Finding:
    return min(findings, key=lambda finding: WORST_FIRST.index(finding.verdict))
