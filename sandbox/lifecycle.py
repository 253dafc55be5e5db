"""Brings the sandbox to what an environment declares, and takes it away: it creates and never diffs."""

import hashlib
import inspect
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from playbooks import account, inventory
from playbooks.plan.evaluate import evaluate
from playbooks.plan.graph import Graph
from sandbox import cloud, moto_server, namespaces, nodes, processes, request, resources
from sandbox.errors import SandboxError
from sandbox.folder import SandboxFolder
from sandbox.login_key import public_key
from sandbox.networks import network as network_of
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import Member
from stacks.environment import Environment

DUMMY_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}  # moto takes any
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # torch on each node would take all of this machine's processors for itself

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class State:
    """What the sandbox was brought to.

    Attributes:
        network: how the hosts are joined; another way means starting over.
        digest: of the graph; empty while the cloud is being rebuilt.
        addresses: of every instance, by resource name, so that a rebuild moves none of them.
        nodes: what each running node was started with, by node name.
        kept: what moto can't hold, with the reason.
    """

    network: str = ""
    digest: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What `up` did: whether the cloud was rebuilt, the nodes that were started and ended, and what moto can't hold."""

    rebuilt: bool
    resources: int
    started: tuple[str, ...]
    ended: tuple[str, ...]
    kept: Mapping[str, str]


def up(environment: Environment, project: Path, tell: Tell) -> Change:
    """Bring the sandbox to what the environment declares.

    Raises:
        SandboxError: it is in use, or something would not start; what had started runs on, and a second call goes on.
        EvaluationError: the program can't be evaluated.
    """
    folder = SandboxFolder.of(project)
    with folder.lock(f"aidc up {environment.name}"):
        return _Bringing(environment, project, folder, tell).up()


def down(environment: Environment, project: Path) -> list[str]:
    """End what the sandbox started, that and nothing else, and remove its folder; names what was ended.

    Raises:
        SandboxError: it is in use, or a process would not end.
    """
    folder = SandboxFolder.of(project)
    with folder.lock(f"aidc down {environment.name}"):
        ended = sorted({member.role for member in processes.find(folder)})
        _require_gone(processes.end(folder))
        namespaces.destroy(folder)
        folder.remove()
    return ended


def clients(environment: Environment, project: Path) -> account.Clients:
    """Makers of boto3 clients that talk to the sandbox's moto server.

    Raises:
        SandboxError: it does not run.
    """
    endpoint = moto_server.endpoint(SandboxFolder.of(project))
    if endpoint is None:
        raise SandboxError(f"{environment.name} is not up; run `aidc up {environment.name}`")
    return _clients(environment, endpoint)


def _clients(environment: Environment, endpoint: str) -> account.Clients:
    return account.clients(
        environment.settings.region,
        endpoint_url=endpoint,
        aws_access_key_id=DUMMY_KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_KEYS["AWS_SECRET_ACCESS_KEY"],
    )


class _Bringing:
    """One call of `up`, with the lock held."""

    def __init__(self, environment: Environment, project: Path, folder: SandboxFolder, tell: Tell) -> None:
        self._environment, self._project, self._folder, self._tell = environment, project, folder, tell
        self._settings = environment.settings
        self._network = network_of(folder, self._settings)
        self._state = State(**(folder.read_state() or {}))  # type: ignore[arg-type]  # JSON that State was written as

    def up(self) -> Change:
        graph = evaluate(self._environment)
        self._enter_network()
        alive = moto_server.endpoint(self._folder)
        endpoint = alive or self._start_cloud()
        rebuilt = not alive or self._state.digest != digest(graph)
        if rebuilt:
            self._rebuild(endpoint, digest(graph))
        started, ended = self._bring_nodes(endpoint)
        return Change(rebuilt, sum(resource.custom for resource in graph), started, ended, self._state.kept)

    def _enter_network(self) -> None:
        """Join the hosts that are there already; where the network itself is another one, none of them can stay."""
        wanted = f"{type(self._network).__name__} {self._settings.network.cidr}"
        if self._state.network != wanted:
            _require_gone(processes.end(self._folder))
            namespaces.destroy(self._folder)
            self._write(network=wanted, digest="", addresses={})
        self._network.join(nodes.addresses(self._folder) if self._state.digest else {})

    def _start_cloud(self) -> str:
        self._tell("Starting the cloud: a moto server")
        return moto_server.start(self._folder, self._network.cloud_address, self._network.prefix(processes.MOTO))

    def _rebuild(self, endpoint: str, wanted: str) -> None:
        """Empty the cloud and create everything again; a kill on the way leaves a state without digest."""
        self._tell("Creating what the settings declare")
        self._write(digest="")
        moto_server.reset(endpoint)
        made = cloud.Cloud(_clients(self._environment, endpoint), self._state.addresses)
        evaluate(self._environment, made.make)
        self._write(digest=wanted, addresses=made.addresses, kept=made.kept)

    def _bring_nodes(self, endpoint: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Start the nodes that came and end those that went; returns the names of both."""
        launch, specs = self._launch(endpoint), self._specs(endpoint)
        wanted = {spec.name: _started_with(spec, launch) for spec in specs}
        staying = {name for name in nodes.running(self._folder) if self._state.nodes.get(name) == wanted.get(name)}
        ended = self._end(nodes.running(self._folder) - staying, keep=wanted)
        coming = [spec for spec in specs if spec.name not in staying]
        self._network.join({spec.name: spec.address for spec in specs})
        if coming:
            self._tell(f"Starting {len(coming)} nodes: an SSH host each")
            self._write(nodes=wanted)
            nodes.start(self._folder, coming, launch)
        return tuple(spec.name for spec in coming), ended

    def _end(self, leaving: Collection[str], keep: Collection[str]) -> tuple[str, ...]:
        """End these nodes, and forget those that are not to come back."""
        _require_gone(nodes.stop(self._folder, leaving))
        nodes.forget(self._folder, nodes.addresses(self._folder).keys() - keep)
        return tuple(sorted(leaving))

    def _launch(self, endpoint: str) -> Launch:
        variables = {**DUMMY_KEYS, **ONE_THREAD, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": self._settings.region}
        identity = self._project / (self._settings.access.identity_file or "")
        return Launch(public_key(identity, self._folder), variables, self._network.prefix)

    def _specs(self, endpoint: str) -> list[NodeSpec]:
        access = self._settings.access
        found = inventory.nodes(_clients(self._environment, endpoint)("ec2"), self._settings)
        return [NodeSpec(node.name, node.address, access.port, access.user) for node in found]

    def _write(self, **changed: Any) -> None:  # noqa: ANN401 - fields of State
        self._state = State(**(asdict(self._state) | changed))
        self._folder.write_state(asdict(self._state))


def _require_gone(left: list[Member]) -> None:
    if left:
        raise SandboxError(f"would not end: {', '.join(map(str, left))}; end them yourself, then run this again")


def digest(graph: Graph) -> str:
    """A fingerprint of everything that the graph says, and of the code that creates it."""
    fingerprint = hashlib.sha256(json.dumps([asdict(resource) for resource in graph], sort_keys=True).encode())
    for module in (cloud, request, resources):
        fingerprint.update(inspect.getsource(module).encode())
    return fingerprint.hexdigest()


def _started_with(spec: NodeSpec, launch: Launch) -> str:
    """All that a node's process is given; another one means another start."""
    prefix = " ".join(launch.prefix(spec.name))
    return json.dumps([*asdict(spec).values(), launch.environment["AWS_ENDPOINT_URL"], prefix])
