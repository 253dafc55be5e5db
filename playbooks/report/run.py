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

    @property
    def verdict(self) -> Verdict:
        """The worst of all findings; a run that was interrupted is never a PASS."""
        found = worst(finding.verdict for finding in self.findings)
        return Verdict.INCONCLUSIVE if self.interrupted and found is Verdict.PASS else found

    @property
    def exit_status(self) -> int:
        """What `aidc smoke` exits with."""
        return EXIT_STATUS[self.verdict]
