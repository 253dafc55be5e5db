"""What a reader asks of a run first: how it ended, what to do, and which nodes stand out."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from playbooks.findings import WORST_FIRST, Finding, Verdict, worst
from playbooks.nodes import Node
from playbooks.remedy.blamed import blamed as every_blamed
from playbooks.report.run import Run

NEEDS_ACTION = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)

PAIR = 2  # nodes that are few enough to look at each

ENDINGS: Mapping[Verdict, tuple[str, str]] = {  # said of one check, of several
    Verdict.FAIL: ("fails", "fail"),
    Verdict.ERROR: ("could not be judged", "could not be judged"),
    Verdict.INCONCLUSIVE: ("has nothing to be judged by", "have nothing to be judged by"),
}

NUMBERED = re.compile(r"(?P<stem>.+-)(?P<index>0|[1-9]\d*)")


class Group(NamedTuple):
    """The findings of one check on one fleet."""

    check: str
    fleet: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of them."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that they speak of, once."""
        return nodes_of(self.findings)


class Problem(NamedTuple):
    """Something to act on: findings with the same verdict, reason and action on the same nodes of a fleet."""

    fleet: str
    nodes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def finding(self) -> Finding:
        """The first of them; its verdict, reason and action are those of all."""
        return self.findings[0]

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that found it."""
        return tuple(dict.fromkeys(finding.check for finding in self.findings))


class Named(NamedTuple):
    """A finding under a name that no other of its group has, and that is the same in every run."""

    name: str
    finding: Finding


def nodes_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Every node that findings speak of, once, in their order."""
    return tuple(dict.fromkeys(name for finding in findings for name in finding.nodes))


def groups(run: Run) -> list[Group]:
    """Every check on every fleet, in the order in which they ran.

    A finding belongs to the fleet of its first node; a node that does not exist is known by its name alone, which
    is `<fleet>-<index>`.
    """
    fleets = {node.name: node.fleet for node in run.nodes}
    gathered: dict[tuple[str, str], list[Finding]] = {}
    for finding in run.findings:
        first = next(iter(finding.nodes), "")
        gathered.setdefault((finding.check, fleets.get(first, first.rpartition("-")[0])), []).append(finding)
    return [Group(check, fleet, tuple(findings)) for (check, fleet), findings in gathered.items()]


def named(group: Group) -> list[Named]:
    """Findings named by their nodes; where several are of the same nodes by the figure too, and then by a number."""
    lists = [hostlist(finding.nodes) for finding in group.findings]
    times = Counter(lists)
    seen: Counter[str] = Counter()
    found = []
    for nodes, finding in zip(lists, group.findings, strict=True):
        name = f"{nodes}: {finding.figure.name}" if times[nodes] > 1 and finding.figure else nodes
        seen[name] += 1
        found.append(Named(name if seen[name] == 1 else f"{name} ({seen[name]})", finding))
    return found


def problems(run: Run) -> list[Problem]:
    """What to act on, the worst first; what several nodes or several checks say alike is one problem.

    An unreachable node fails every check for one reason, and there is one thing to do about it.
    """
    of_check: dict[tuple[str, str, Hashable], list[Finding]] = {}
    for group in groups(run):
        for finding in group.findings:
            if finding.verdict in NEEDS_ACTION:
                of_check.setdefault((group.fleet, group.check, _said(finding)), []).append(finding)
    of_nodes: dict[tuple[str, tuple[str, ...], Hashable], list[Finding]] = {}
    for (fleet, _, said), findings in of_check.items():
        of_nodes.setdefault((fleet, nodes_of(findings), said), []).extend(findings)
    found = [Problem(fleet, nodes, tuple(findings)) for (fleet, nodes, _), findings in of_nodes.items()]
    return sorted(found, key=lambda problem: WORST_FIRST.index(problem.finding.verdict))


def _said(finding: Finding) -> Hashable:
    return finding.verdict, finding.reason, finding.action


def blamed(run: Run) -> dict[str, tuple[Finding, ...]]:
    """What is held against each node by itself, by its name; it is what the remedies act on."""
    return {each.node.name: each.findings for each in every_blamed(run)}


def with_ticket(problem: Problem, held: Mapping[str, Sequence[Finding]]) -> list[str]:
    """The nodes of a problem against which it is `held`, each by itself: there is a ticket for each."""
    return [
        name
        for name in problem.nodes
        if any(finding is each for finding in problem.findings for each in held.get(name, ()))
    ]


def counts(run: Run) -> dict[Verdict, int]:
    """How many findings ended in each verdict that occurs, the worst first."""
    found = Counter(finding.verdict for finding in run.findings)
    return {verdict: found[verdict] for verdict in WORST_FIRST if found[verdict]}


def counted(run: Run) -> str:
    """The same in words: `1 FAIL, 16 PASS`."""
    return ", ".join(f"{number:,} {verdict}" for verdict, number in counts(run).items()) or "no finding"


def node_verdicts(run: Run) -> dict[str, Verdict]:
    """The worst verdict of every node: those that exist in their order, then those that are only spoken of."""
    found: dict[str, list[Verdict]] = {node.name: [] for node in run.nodes}
    for finding in run.findings:
        for name in finding.nodes:
            found.setdefault(name, []).append(finding.verdict)
    return {name: worst(verdicts) for name, verdicts in found.items()}


def headline(run: Run) -> str:
    """The outcome in one sentence, without a full stop."""
    return f"interrupted; so far, {_outcome(run)}" if run.interrupted else _outcome(run)


def _outcome(run: Run) -> str:
    every = node_verdicts(run)
    found = worst(finding.verdict for finding in run.findings)
    if not run.findings:
        return "no check has been judged"
    if found is Verdict.SKIPPED:
        return "every check was skipped"
    if found is Verdict.PASS:
        return f"{several(len(every), 'node')} {'passes' if len(every) == 1 else 'pass'} every check"
    concerned = [finding for finding in run.findings if finding.verdict is found]
    checks = list(dict.fromkeys(finding.check for finding in concerned))
    who = checks[0] if len(checks) == 1 else several(len(checks), "check")
    return f"{who} {ENDINGS[found][len(checks) > 1]} on {len(nodes_of(concerned)):,} of {several(len(every), 'node')}"


def longest(run: Run) -> list[tuple[str, float]]:
    """The checks by the seconds that the slowest of their fleets took, the longest first."""
    seconds: dict[str, float] = {}
    for took in run.took:
        seconds[took.check] = max(seconds.get(took.check, 0.0), took.seconds)
    return sorted(seconds.items(), key=lambda each: -each[1])


def injected(run: Run) -> str:
    """That nodes were broken on purpose, and which how."""
    return f"Faults were injected for this run: {', '.join(run.injected)}."


def compared(run: Run) -> str:
    """The title of what was said before and is said now."""
    return f"{hostlist(run.only)} tested again: before and now" if run.only else "Since the last run"


def left_running(run: Run) -> str:
    """What to do about the nodes on which a process of the run was not seen to end."""
    return (
        f"A process of this run was not seen to end on {hostlist(run.not_ended)}. Log in and end it before the next "
        "run: it may hold memory, GPUs and ports."
    )


def places(run: Run, problem: Problem) -> list[str]:
    """Where a problem is: name, instance and address of each node; what a collective shows has no such place."""
    if any(len(finding.nodes) > PAIR for finding in problem.findings):
        return [f"{several(len(problem.nodes), 'node')} of {problem.fleet}, measured together"]
    nodes = {node.name: node for node in run.nodes}
    return [_place(name, nodes.get(name)) for name in problem.nodes]


def _place(name: str, node: Node | None) -> str:
    if node is None:
        return f"{name}, declared, but no instance was found"
    return f"{name}, {node.instance_id}, {node.address}, {node.instance_type}{f' in {node.zone}' if node.zone else ''}"


def several(number: int, thing: str) -> str:
    """A count with its noun: `1 node`, `1,000 nodes`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def hostlist(names: Iterable[str]) -> str:
    """Names with their numbers folded, as Slurm writes them: `train-[0-2,7]`."""
    stems: dict[str, list[int]] = {}
    for name in names:
        found = NUMBERED.fullmatch(name)
        stems.setdefault(found["stem"] if found else name, []).extend([int(found["index"])] if found else [])
    return ", ".join(_folded(stem, sorted(set(numbers))) for stem, numbers in stems.items())


def _folded(stem: str, numbers: list[int]) -> str:
    if len(numbers) <= 1:
        return stem + "".join(map(str, numbers))
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return f"{stem}[{','.join(str(run[0]) if len(run) == 1 else f'{run[0]}-{run[-1]}' for run in runs)}]"
