"""One run of the smoke gate: the model that every form of the report is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from playbooks.findings import Finding, Verdict, worst
from playbooks.nodes import Node

EXIT_STATUS: Mapping[Verdict, int] = {
    Verdict.PASS: 0,
    Verdict.FAIL: 1,
    Verdict.ERROR: 1,
    Verdict.INCONCLUSIVE: 3,
    Verdict.SKIPPED: 3,  # nothing but skipped checks proves nothing
}


@dataclass(frozen=True, slots=True)
class Took:
    """How long a check took on so many nodes of a fleet, and how long it might have, in seconds.

    `check` names the program: what one program finds out may be judged by several checks.
    """

    check: str
    fleet: str
    nodes: int
    seconds: float
    limit_seconds: float


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed on a node that is to blame, for who must prove it to somebody else.

    Attributes:
        node: the node's name.
        checks: the checks that hold something against the node, of those that judged this output.
        command: what the node's shell ran.
        ended: how it ended: its exit status, or why there is none.
        stdout: what it printed, its middle left out where it is long.
        stderr: the same of the other stream.
    """

    node: str
    checks: tuple[str, ...]
    command: str
    ended: str
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked, of which machines, and what was found.

    Attributes:
        run: unique name of the run.
        environment: the environment's name.
        started: when, with a time zone (UTC).
        seconds: wall time.
        nodes: every node that the settings declare and the inventory found, in order.
        titles: what each check proves, by check name, in the order in which they ran.
        findings: in the order in which they were made.
        interrupted: whether the run was ended before all checks had run.
        not_ended: names of nodes on which a process of the run was not seen to end.
        region: the cloud's region; empty where there is none.
        injected: faults that the sandbox gave its nodes for this run, `NODE=KIND` each.
        only: the nodes that were tested, by the person's choice; none where all were.
        took: how long each step took, in the order in which they ended.
        outputs: what was printed on the nodes that a check blames by itself.
    """

    run: str
    environment: str
    started: datetime
    seconds: float
    nodes: tuple[Node, ...]
    titles: Mapping[str, str]
    findings: tuple[Finding, ...]
    interrupted: bool = False
    not_ended: tuple[str, ...] = ()
    region: str = ""
    injected: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    took: tuple[Took, ...] = ()
    outputs: tuple[Output, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of all findings; a run that was interrupted is never a PASS."""
        found = worst(finding.verdict for finding in self.findings)
        return Verdict.INCONCLUSIVE if self.interrupted and found is Verdict.PASS else found

    @property
    def exit_status(self) -> int:
        """What `aidc smoke` exits with."""
        return EXIT_STATUS[self.verdict]
