"""Which nodes a run of the smoke gate blames, for the report and the remedy, and which may be replaced for it."""

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

    @property
    def grounds(self) -> tuple[Finding, ...]:
        """The findings that are ground to replace the machine; an ERROR of the check or of the software is none."""
        return tuple(each for each in self.findings if each.verdict is Verdict.FAIL or each.of_machine)


def blamed(run: Run) -> tuple[Blamed, ...]:
    """The nodes that a FAIL or an ERROR names alone, or that a FAIL over several proves for each that it names.

    Any other finding over a pair or a fleet says that something is wrong among them, not which node it is. A node that
    is declared and does not exist, or that no fleet declares, is none of the run's.
    """
    fleets = {node.name: node.fleet for node in run.nodes}
    sizes = Counter(fleets.values())
    held: dict[str, list[Finding]] = {name: [] for name in fleets}
    for finding in run.findings:
        known = [name for name in finding.nodes if name in fleets]
        if known and _blames(finding, sizes[fleets[known[0]]]):
            for name in known:
                held[name].append(finding)
    return tuple(Blamed(node, tuple(held[node.name])) for node in run.nodes if held[node.name])


def _blames(finding: Finding, fleet_nodes: int) -> bool:
    """Proof is evidence under each node's name; what holds for more than half of a fleet is none."""
    if len(finding.nodes) == 1:
        return finding.verdict in BAD
    proven = all(name in finding.evidence for name in finding.nodes)
    return finding.verdict is Verdict.FAIL and proven and 2 * len(finding.nodes) <= fleet_nodes


def replaceable(found: Sequence[Blamed]) -> tuple[Blamed, ...]:
    """Those of the blamed nodes that there is ground to replace, each with these grounds alone."""
    return tuple(Blamed(each.node, each.grounds) for each in found if each.grounds)


def mostly_blamed(run: Run, found: Sequence[Blamed]) -> tuple[str, ...]:
    """Fleets of which more than half of the nodes are blamed: that has one cause, and it is none of them.

    A VPN that is down, an image without torch or a full file system looks so; hardware fails one by one. Exactly half
    is let through: one of two nodes must be replaceable, and what they share would show on both. So is the one node of
    a fleet, which cannot be told from a cause that all share: the person who agrees to it decides.
    """
    nodes, bad = Counter(node.fleet for node in run.nodes), Counter(each.node.fleet for each in found)
    return tuple(fleet for fleet, count in bad.items() if count > 1 and 2 * count > nodes[fleet])


def recovered(run: Run) -> Iterator[str]:
    """The nodes that are cordoned although nothing is said against them now, not even together with others.

    Where the check that blamed a node could not decide this time, or was skipped, nobody knows whether it is well.
    """
    bad = {name for finding in run.findings if finding.verdict in BAD for name in finding.nodes}
    open_yet = {
        (finding.check, name)
        for finding in run.findings
        if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.SKIPPED)
        for name in finding.nodes
    }
    for node in run.nodes:
        if node.unhealthy and node.name not in bad and (node.unhealthy, node.name) not in open_yet:
            way = f"aidc smoke {run.environment} --uncordon {node.name}"
            yield f"{node.name} is cordoned for {node.unhealthy}; nothing is wrong with it now: `{way}` frees it."
