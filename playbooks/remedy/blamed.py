"""Which nodes a run of the smoke gate blames: those that a bad finding names alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.report.run import Run

BAD = (Verdict.FAIL, Verdict.ERROR)


class Blamed(NamedTuple):
    """A node that is to blame, and the findings that say so, in the order in which they were made."""

    node: Node
    findings: tuple[Finding, ...]

    @property
    def check(self) -> str:
        """The first check that blames it."""
        return self.findings[0].check

    @property
    def reason(self) -> str:
        """Why, as that check says it."""
        return self.findings[0].reason


def blamed(run: Run) -> tuple[Blamed, ...]:
    """The nodes that a FAIL or an ERROR names alone.

    A finding over a pair or a fleet says that something is wrong among them, not which node it is. A node that is
    declared and does not exist, or that no fleet declares, is none of the run's.
    """
    alone: dict[str, list[Finding]] = {node.name: [] for node in run.nodes}
    for finding in run.findings:
        if finding.verdict in BAD and len(finding.nodes) == 1 and finding.nodes[0] in alone:
            alone[finding.nodes[0]].append(finding)
    return tuple(Blamed(node, tuple(alone[node.name])) for node in run.nodes if alone[node.name])


def mostly_blamed(run: Run, found: Sequence[Blamed]) -> tuple[str, ...]:
    """Fleets of which more than half of the nodes are blamed: that has one cause, and it is none of them.

    A VPN that is down, an image without torch or a full file system looks so; hardware fails one by one.
    """
    nodes, bad = Counter(node.fleet for node in run.nodes), Counter(each.node.fleet for each in found)
    return tuple(fleet for fleet, count in bad.items() if count > 1 and 2 * count > nodes[fleet])


def recovered(run: Run) -> Iterator[str]:
    """The nodes that are cordoned although nothing is said against them now, not even together with others."""
    bad = {name for finding in run.findings if finding.verdict in BAD for name in finding.nodes}
    for node in run.nodes:
        if node.unhealthy and node.name not in bad:
            way = f"aidc smoke {run.environment} --uncordon {node.name}"
            yield f"{node.name} is cordoned for {node.unhealthy}; nothing is wrong with it now: `{way}` frees it."
