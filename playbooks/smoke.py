"""The smoke gate: asks every check of every node that answers, and judges what came back."""

import shlex
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from playbooks import declared, inventory, reachable, way_in
from playbooks.account import Clients
from playbooks.checks import CHECKS
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.payload.ending import PEER_STATUSES
from playbooks.progress import Progress
from playbooks.report.run import Run
from playbooks.transport import console
from playbooks.transport.command import Command, Deadlines
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.outcome import Completed, DeadlinePassedError, InterruptedRunError, Outcome, TransportError
from playbooks.transport.ssh import SshTransport
from stacks.environment import Environment

PAYLOAD = Path(__file__).with_name("payload")
CHORE = Deadlines(command=30.0)
SWEEP = "find .aidc/smoke .aidc/jobs -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} + 2>/dev/null || true"
FREE_PORT = "import socket; s = socket.socket(); s.bind(('{}', 0)); print(s.getsockname()[1])"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run of the smoke gate needs.

    Attributes:
        environment: whose settings say what to ask.
        project: the folder of the project; relative paths in the settings are below it.
        clients: maker of boto3 clients, of the account or of the sandbox.
        host_keys: the keys kept for the environment's nodes.
        boot_seconds: how long a node may take to show its host keys on its console.
    """

    environment: Environment
    project: Path
    clients: Clients
    host_keys: HostKeys
    boot_seconds: float = 300.0


def smoke(gate: Gate, progress: Progress) -> Run:
    """Run every check on every fleet.

    Ctrl-C ends what runs on the nodes and returns what was found until then, marked as interrupted.

    Raises:
        InventoryError: what exists contradicts itself.
        AccountError: the account does not say what exists.
        IdentityError: there is no key to log in with.
    """
    return _Smoke(gate, progress).run()


class _Smoke:
    """One run, and what it has found so far."""

    def __init__(self, gate: Gate, progress: Progress) -> None:
        self._gate, self._progress = gate, progress
        self._settings = gate.environment.settings
        self._name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"
        self._folder = f".aidc/smoke/{self._name}"
        self._findings: list[Finding] = []
        self._lost: set[str] = set()

    def run(self) -> Run:
        started, begin, interrupted = datetime.now(UTC), time.monotonic(), False
        found = inventory.find(self._gate.clients("ec2"), self._settings)
        nodes = list(found.nodes)
        buckets = inventory.buckets(self._gate.clients("resourcegroupstaggingapi"), self._settings)
        self._bucket = buckets.get(self._settings.smoke.storage.bucket or "")
        self._findings += declared.findings(self._gate.environment, found, buckets)
        access = way_in.access(self._settings, self._gate.clients("ec2"))
        with SshTransport(access, self._gate.host_keys, self._gate.project) as self._transport:
            try:
                self._ask_all(nodes)
            except KeyboardInterrupt:
                interrupted = True
            not_ended = tuple(self._transport.not_ended)
        return Run(
            run=self._name,
            environment=self._gate.environment.name,
            started=started,
            seconds=time.monotonic() - begin,
            nodes=tuple(nodes),
            titles=declared.TITLES | reachable.TITLES | {check.name: check.title for check in CHECKS},
            findings=tuple(self._findings),
            interrupted=interrupted,
            not_ended=not_ended,
        )

    def _ask_all(self, nodes: list[Node]) -> None:
        reached = self._reach(nodes)
        self._transport.run_all({node: Command(SWEEP, CHORE) for node in reached})
        for fleet in self._settings.fleets:
            members = [node for node in reached if node.fleet == fleet]
            for check in CHECKS if members else ():
                self._check(check, fleet, [node for node in members if node.name not in self._lost])
        if alive := [node for node in reached if node.name not in self._lost]:
            self._transport.run_all({node: Command(f"rm -rf {self._folder}", CHORE) for node in alive})

    def _reach(self, nodes: list[Node]) -> list[Node]:
        """The nodes that answer with the key that their console has shown, and took the programs."""
        fleets = {fleet: [node for node in nodes if node.fleet == fleet] for fleet in self._settings.fleets}
        present = {fleet: members for fleet, members in fleets.items() if members}
        for fleet, members in present.items():
            self._progress.started(reachable.NAME, fleet, [node.name for node in members], self._gate.boot_seconds)
        refused: dict[str, TransportError] = {
            **console.learn(
                self._gate.clients("ec2"), nodes, self._gate.host_keys, wait_seconds=self._gate.boot_seconds
            )
        }
        programs = {path.name: path.read_bytes() for path in sorted(PAYLOAD.glob("*.py"))}
        known = [node for node in nodes if node.name not in refused]
        refused |= self._transport.upload_all(known, programs, self._folder, on_end=self._uploaded)
        for fleet, members in present.items():
            self._found(reachable.NAME, fleet, reachable.findings(members, refused))
        return [node for node in nodes if node.name not in refused]

    def _uploaded(self, node: Node) -> None:
        self._progress.node_ended(reachable.NAME, node.fleet, node.name)

    def _check(self, check: Check, fleet: str, nodes: Sequence[Node]) -> None:
        if not nodes:
            return
        names = tuple(node.name for node in nodes)
        ask = Ask(
            run=self._name,
            fleet=fleet,
            nodes=tuple(nodes),
            smoke=self._settings.smoke,
            bucket=self._bucket,
            region=self._settings.region,
            port=0,
            declared=self._settings.fleets[fleet].fewest_nodes,
        )
        if reason := check.skip(ask):
            self._found(check.name, fleet, [Finding(check.name, names, Verdict.SKIPPED, reason)])
            return
        self._progress.started(check.name, fleet, names, check.command_seconds)
        if check.scope is Scope.FLEET:
            port = self._free_port(check, ask)
            if isinstance(port, Finding):
                self._found(check.name, fleet, [port])
                return
            ask = ask._replace(port=port)
        outcomes = self._run(check, ask)
        self._lost |= {name for name, outcome in outcomes.items() if _is_lost(outcome)}
        self._found(check.name, fleet, _judged(check, ask, outcomes))

    def _run(self, check: Check, ask: Ask) -> Mapping[str, Outcome]:
        commands = {
            node: Command(
                shlex.join([node.python, f"{self._folder}/{check.payload}", *check.arguments(ask, node)]),
                Deadlines(command=check.command_seconds),
                job=f"{self._name}-{check.name}-{node.name}",
            )
            for node in ask.nodes
        }
        return self._transport.run_all(
            commands,
            together=check.scope is Scope.FLEET,
            suffered=PEER_STATUSES,
            on_end=lambda node, _: self._progress.node_ended(check.name, node.fleet, node.name),
        )

    def _free_port(self, check: Check, ask: Ask) -> int | Finding:
        """A TCP port that is free on the node where the ranks of a collective will meet."""
        first = ask.nodes[0]
        line = shlex.join([first.python, "-c", FREE_PORT.format(first.address)])
        outcome = self._transport.run(first, Command(line, CHORE))
        if isinstance(outcome, Completed) and outcome.exit_status == 0:
            *_, last = outcome.stdout.text.split() or [""]
            if last.isdecimal():
                return int(last)
        if _is_lost(outcome):
            self._lost.add(first.name)
        said = str(outcome) if isinstance(outcome, TransportError) else f"{outcome.stdout.text}{outcome.stderr.text}"
        return Finding(
            check.name,
            tuple(node.name for node in ask.nodes),
            Verdict.ERROR,
            f"the ranks have nowhere to meet: {first.name} tells no free TCP port: {said.strip() or 'no answer'}",
            action=f"See that `{first.python}` runs on {first.name}; fleets.{ask.fleet}.python names it.",
            evidence={"command": line},
        )

    def _found(self, check: str, fleet: str, findings: list[Finding]) -> None:
        self._findings += findings
        self._progress.finished(check, fleet, findings)


def _is_lost(outcome: Outcome) -> bool:
    """Whether a node is not worth asking any more; one that was slow, or ended for another's sake, is."""
    if isinstance(outcome, DeadlinePassedError | InterruptedRunError):
        return not outcome.confirmed_ended
    return isinstance(outcome, TransportError)


def _judged(check: Check, ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    try:
        return check.judge(ask, outcomes)
    except Exception:  # noqa: BLE001 - a judgement that breaks is an ERROR of that check, and the others' stand
        names = tuple(node.name for node in ask.nodes)
        evidence = {"traceback": traceback.format_exc()}
        return [Finding(check.name, names, Verdict.ERROR, "the check itself is broken; report it", evidence=evidence)]
