"""Runs programs of `playbooks/payload/` on nodes, and remembers the nodes that are not worth asking any more."""

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from playbooks.checks.broken import guarded
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.payload.ending import PEER_STATUSES
from playbooks.progress import Progress
from playbooks.remedy.blamed import BAD
from playbooks.report.legible import clipped
from playbooks.report.run import Output
from playbooks.transport.command import Command, Deadlines
from playbooks.transport.outcome import Completed, DeadlinePassedError, InterruptedRunError, Outcome, TransportError
from playbooks.transport.ssh import SshTransport

PAYLOAD = Path(__file__).parents[1] / "payload"
CHORE = Deadlines(command=30.0)
SWEEP = "find .aidc/smoke .aidc/jobs -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} + 2>/dev/null || true"
OUTPUT_CHARACTERS = 8_000  # of each stream of a program that is kept: enough for its answer and a traceback
FREE_PORT = "import socket; s = socket.socket(); s.bind(('{}', 0)); print(s.getsockname()[1])"


class Program(NamedTuple):
    """What runs on one node: a file of `playbooks/payload/`, its arguments, and what it is called while it runs."""

    payload: str
    arguments: Sequence[str]
    seconds: float
    job: str


class Asking:
    """One run's way to its nodes.

    Args:
        transport: how they are reached.
        run: the run's name.
        progress: who is told.

    Attributes:
        lost: names of the nodes that do not answer any more.
        outputs: what programs printed on nodes of which something bad was found.
    """

    def __init__(self, transport: SshTransport, run: str, progress: Progress) -> None:
        self._transport, self._name, self._progress = transport, run, progress
        self._folder = f".aidc/smoke/{run}"
        self.lost: set[str] = set()
        self.outputs: list[Output] = []

    def upload(self, nodes: Sequence[Node], check: str) -> dict[str, TransportError]:
        """Bring the programs to the nodes; why it failed, by node name, where it did."""
        programs = {path.name: path.read_bytes() for path in sorted(PAYLOAD.glob("*.py"))}
        return self._transport.upload_all(
            nodes, programs, self._folder, on_end=lambda node: self._progress.node_ended(check, node.fleet, node.name)
        )

    def sweep(self, nodes: Sequence[Node]) -> None:
        """Remove what runs have left that were cut off a day ago."""
        self._transport.run_all({node: Command(SWEEP, CHORE) for node in nodes})

    def tidy(self, nodes: Sequence[Node]) -> None:
        """Remove the programs, as far as the nodes still answer."""
        if alive := self.alive(nodes):
            self._transport.run_all({node: Command(f"rm -rf {self._folder}", CHORE) for node in alive})

    def alive(self, nodes: Sequence[Node]) -> list[Node]:
        """Those of the nodes that are worth asking."""
        return [node for node in nodes if node.name not in self.lost]

    def ask(self, check: Check, *asks: Ask) -> Iterator[Finding]:
        """What a check finds on each fleet; where each node runs it on what is its own, all fleets run it at once."""
        apply: list[Ask] = []
        for ask in asks:
            if reason := check.skip(ask):
                skipped = Finding(check.name, tuple(node.name for node in ask.nodes), Verdict.SKIPPED, reason)
                yield from self._told(check.name, ask.fleet, [skipped])
            else:
                apply.append(ask)
        at_once = [apply] if check.scope is Scope.NODE else [[ask] for ask in apply]
        for each in filter(None, at_once):
            self._started(check, each)
            yield from self._asked_together(check, each[0]) if check.scope is Scope.FLEET else self._asked(check, each)

    def run(
        self, check: str, programs: Mapping[Node, Program], groups: Sequence[Collection[Node]]
    ) -> Mapping[str, Outcome]:
        """How each program ended, by node name; groups are nodes that need each other."""
        commands = {
            node: Command(
                self._line(node, program),
                Deadlines(command=program.seconds),
                job=f"{self._name}-{program.job}-{node.name}",
            )
            for node, program in programs.items()
        }
        outcomes = self._transport.run_all(
            commands,
            groups=groups,
            suffered=PEER_STATUSES,
            on_end=lambda node, _: self._progress.node_ended(check, node.fleet, node.name),
        )
        self.lost |= {name for name, outcome in outcomes.items() if _is_lost(outcome)}
        return outcomes

    def keep(self, programs: Mapping[Node, Program], outcomes: Mapping[str, Outcome], found: Sequence[Finding]) -> None:
        """Keep what programs printed on the nodes of which findings say something bad."""
        for node, program in programs.items():
            bad = (finding for finding in found if finding.verdict in BAD and node.name in finding.nodes)
            if checks := tuple(dict.fromkeys(finding.check for finding in bad)):
                self.outputs.append(_output(node.name, checks, self._line(node, program), outcomes[node.name]))

    def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str | TransportError]:
        """A TCP port that is free on each node, for the ranks of a collective to meet; why there is none."""
        lines = {node: shlex.join([node.python, "-c", FREE_PORT.format(node.address)]) for node in nodes}
        outcomes = self._transport.run_all({node: Command(line, CHORE) for node, line in lines.items()})
        self.lost |= {name for name, outcome in outcomes.items() if _is_lost(outcome)}
        return {name: free_port(outcome) for name, outcome in outcomes.items()}

    def _started(self, check: Check, asks: Sequence[Ask]) -> None:
        for ask in asks:
            self._progress.started(check.name, ask.fleet, [node.name for node in ask.nodes], check.seconds(ask))

    def _asked_together(self, check: Check, ask: Ask) -> list[Finding]:
        """What a check finds whose ranks meet at a port of the first node."""
        port = self.free_ports(ask.nodes[:1])[ask.nodes[0].name]
        if not isinstance(port, int):
            return self._told(check.name, ask.fleet, [_nowhere_to_meet(check, ask, str(port))])
        return self._asked(check, [ask._replace(port=port)], [ask.nodes])

    def _asked(self, check: Check, asks: Sequence[Ask], groups: Sequence[Collection[Node]] = ()) -> list[Finding]:
        programs = {
            node: Program(check.payload, check.arguments(ask, node), check.seconds(ask), check.name)
            for ask in asks
            for node in ask.nodes
        }
        outcomes = self.run(check.name, programs, groups)
        return [finding for ask in asks for finding in self._judged(check, ask, programs, outcomes)]

    def _judged(
        self, check: Check, ask: Ask, programs: Mapping[Node, Program], outcomes: Mapping[str, Outcome]
    ) -> list[Finding]:
        own = {node.name: outcomes[node.name] for node in ask.nodes}
        found = guarded(check.name, ask.nodes, lambda: check.judge(ask, own))
        self.keep({node: programs[node] for node in ask.nodes}, own, found)
        return self._told(check.name, ask.fleet, found)

    def _line(self, node: Node, program: Program) -> str:
        return shlex.join([node.python, f"{self._folder}/{program.payload}", *program.arguments])

    def _told(self, check: str, fleet: str, findings: list[Finding]) -> list[Finding]:
        self._progress.finished(check, fleet, findings)
        return findings


def free_port(outcome: Outcome) -> int | str | TransportError:
    """The port that `FREE_PORT` told; why there is none, in words or as the transport says it."""
    if isinstance(outcome, TransportError):
        return outcome
    told = outcome.stdout.text
    *_, last = told.split() or [""]
    if outcome.exit_status == 0 and last.isdecimal() and told.endswith("\n"):  # a number that is cut is another one
        return int(last)
    return f"{told}{outcome.stderr.text}".strip() or "no answer"


def _output(node: str, checks: tuple[str, ...], command: str, outcome: Outcome) -> Output:
    if isinstance(outcome, TransportError):
        return Output(node, checks, command, str(outcome), "", "")
    stdout, stderr = (clipped(stream.text, OUTPUT_CHARACTERS) for stream in (outcome.stdout, outcome.stderr))
    return Output(node, checks, command, f"exit status {outcome.exit_status}", stdout, stderr)


def _nowhere_to_meet(check: Check, ask: Ask, why: str) -> Finding:
    first = ask.nodes[0]
    return Finding(
        check.name,
        tuple(node.name for node in ask.nodes),
        Verdict.ERROR,
        f"the ranks have nowhere to meet: {first.name} tells no free TCP port: {why}",
        action=f"See that `{first.python}` runs on {first.name}; fleets.{ask.fleet}.python names it.",
    )


def _is_lost(outcome: Outcome) -> bool:
    """Whether a node is not worth asking any more; one that was slow, or ended for another's sake, is."""
    if isinstance(outcome, DeadlinePassedError | InterruptedRunError):
        return not outcome.confirmed_ended
    return not isinstance(outcome, Completed)
