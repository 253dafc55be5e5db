"""The smoke gate: asks every check of every node that answers, and judges what came back."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from playbooks import declared, inventory, reachable, way_in
from playbooks.account import Clients
from playbooks.checks import CHECKS, LAST_CHECKS, TITLES
from playbooks.checks.check import Ask, Check, Scope, mounted
from playbooks.checks.fabric import collectives, fault_isolation
from playbooks.findings import Finding
from playbooks.gate import switches
from playbooks.gate.asking import Asking
from playbooks.gate.pair_rounds import PairRounds
from playbooks.gate.stopwatch import Stopwatch
from playbooks.nodes import Node
from playbooks.progress import Progress, Step
from playbooks.remedy.blamed import blamed
from playbooks.report.run import Run
from playbooks.transport import console
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.outcome import TransportError
from playbooks.transport.ssh import SshTransport
from stacks.environment import Environment
from stacks.settings.smoke import FaultIsolation

KEPT_CONNECTIONS = 256  # nodes with a connection through the whole run; each costs a descriptor and a thread


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run of the smoke gate needs.

    Attributes:
        environment: whose settings say what to ask.
        project: the folder of the project; relative paths in the settings are below it.
        clients: maker of boto3 clients, of the account or of the sandbox.
        host_keys: the keys kept for the environment's nodes.
        boot_seconds: how long a node may take to show its host keys on its console.
        only: names of the only nodes that are asked; None where all are.
    """

    environment: Environment
    project: Path
    clients: Clients
    host_keys: HostKeys
    boot_seconds: float = 300.0
    only: tuple[str, ...] | None = None


def smoke(gate: Gate, progress: Progress) -> Run:
    """Run every check on every fleet.

    Ctrl-C ends what runs on the nodes and returns what was found until then, marked as interrupted.

    Raises:
        InventoryError: what exists contradicts itself, or there is no node of a name that was asked for.
        AccountError: the account does not say what exists.
        IdentityError: there is no key to log in with.
    """
    return _Smoke(gate, progress).run()


class _Smoke:
    """One run, and what it has found so far."""

    def __init__(self, gate: Gate, progress: Progress) -> None:
        self._gate, self._progress = gate, Stopwatch(progress)
        self._settings = gate.environment.settings
        self._name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"
        self._findings: list[Finding] = []

    def run(self) -> Run:
        started, begin, interrupted = datetime.now(UTC), time.monotonic(), False
        found = inventory.find(self._gate.clients("ec2"), self._settings)
        self._declared = {name: fleet.fewest_nodes for name, fleet in self._settings.fleets.items()}
        if self._gate.only is not None:
            found = inventory.only(found, self._gate.only)
            self._declared = Counter(node.fleet for node in found.nodes)
        nodes = list(found.nodes)
        buckets = inventory.buckets(self._gate.clients("resourcegroupstaggingapi"), self._settings)
        self._bucket = buckets.get(self._settings.smoke.storage.bucket or "")
        self._findings += declared.findings(self._gate.environment, found, buckets)
        access = way_in.access(self._settings, self._gate.clients("ec2"))
        with SshTransport(access, self._gate.host_keys, self._gate.project, KEPT_CONNECTIONS) as transport:
            asking = Asking(transport, self._name, self._progress)
            try:
                self._ask_all(nodes, asking)
            except KeyboardInterrupt:
                interrupted = True
            not_ended = tuple(transport.not_ended)
        run = Run(
            run=self._name,
            environment=self._gate.environment.name,
            started=started,
            seconds=time.monotonic() - begin,
            nodes=tuple(nodes),
            titles={**declared.TITLES, **reachable.TITLES, **TITLES},
            findings=tuple(self._findings),
            interrupted=interrupted,
            not_ended=not_ended,
            region=self._settings.region,
            took=tuple(self._progress.took),
        )
        to_blame = {each.node.name for each in blamed(run)}
        return replace(run, outputs=tuple(output for output in asking.outputs if output.node in to_blame))

    def _ask_all(self, nodes: list[Node], asking: Asking) -> None:
        reached = self._reach(nodes, asking)
        asking.sweep(reached)
        fleets = {fleet: [node for node in reached if node.fleet == fleet] for fleet in self._settings.fleets}
        self._progress.planned(self._steps(fleets))
        self._ask_each(CHECKS, fleets, asking)
        for ask in self._questions(fleets, asking):
            self._isolate_where_needed(ask, asking)
        self._ask_each(LAST_CHECKS, fleets, asking)
        asking.tidy(reached)

    def _ask_each(self, checks: Sequence[Check], fleets: Mapping[str, Sequence[Node]], asking: Asking) -> None:
        for check in checks:
            for finding in asking.ask(check, *self._questions(fleets, asking)):
                self._findings.append(finding)  # one by one: a Ctrl-C keeps what was found

    def _questions(self, fleets: Mapping[str, Sequence[Node]], asking: Asking) -> list[Ask]:
        """One for each fleet of which nodes are left to be asked."""
        alive = {fleet: asking.alive(members) for fleet, members in fleets.items()}
        return [self._question(fleet, members) for fleet, members in alive.items() if members]

    def _steps(self, fleets: Mapping[str, Sequence[Node]]) -> list[Step]:
        """What is to come; which pairs are measured, if any, is not known before."""
        asks = [self._question(fleet, members) for fleet, members in fleets.items() if members]
        return [
            Step(check.name, ask.fleet, check.seconds(ask), alone=check.scope is not Scope.NODE)
            for check in (*CHECKS, *LAST_CHECKS)
            for ask in asks
            if not check.skip(ask)
        ]

    def _reach(self, nodes: list[Node], asking: Asking) -> list[Node]:
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
        refused |= asking.upload([node for node in nodes if node.name not in refused], reachable.NAME)
        for fleet, members in present.items():
            self._found(reachable.NAME, fleet, reachable.findings(members, refused))
        return [node for node in nodes if node.name not in refused]

    def _isolate_where_needed(self, ask: Ask, asking: Asking) -> None:
        names = {node.name for node in ask.nodes}
        found = [finding for finding in self._findings if names & set(finding.nodes)]
        if len(names) > 1 and self._is_isolated(found):
            self._isolate(ask, found, asking)

    def _is_isolated(self, found: Sequence[Finding]) -> bool:
        """Whether a fleet's nodes are measured in pairs."""
        match self._settings.smoke.fault_isolation:
            case FaultIsolation.ALWAYS:
                return True
            case FaultIsolation.NEVER:
                return False
        return fault_isolation.needed(found)

    def _isolate(self, ask: Ask, found: Sequence[Finding], asking: Asking) -> None:
        """Measure pairs, and where they name a node or a link, the whole ring again without it."""
        topology = switches.of(self._gate.clients("ec2"), ask.nodes) if not ask.stand_in else switches.UNKNOWN
        isolated, told = PairRounds(asking, ask, topology, self._progress).findings(found)
        self._found(fault_isolation.NAME, ask.fleet, told)
        if isolated is None:
            return
        ring = {node.name: node for node in asking.alive(ask.nodes)}
        sound = tuple(ring[name] for name in isolated.ring if name in ring)
        if len(sound) > 1 and (isolated.bad or isolated.links):
            self._findings += asking.ask(collectives.CHECK, ask._replace(nodes=sound))

    def _question(self, fleet: str, nodes: Sequence[Node]) -> Ask:
        return Ask(
            run=self._name,
            fleet=fleet,
            nodes=tuple(nodes),
            smoke=self._settings.smoke,
            bucket=self._bucket,
            region=self._settings.region,
            port=0,
            declared=self._declared[fleet],
            stand_in=self._settings.sandbox is not None,
            local_disks=self._settings.fleets[fleet].local_disks,
            lustre=mounted(self._settings, fleet),
            in_cluster=self._settings.fleets[fleet].cluster,
        )

    def _found(self, check: str, fleet: str, findings: list[Finding]) -> None:
        self._findings += findings
        self._progress.finished(check, fleet, findings)
