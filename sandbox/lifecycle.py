"""Brings the sandbox to what an environment declares, and takes it away: it creates and never diffs."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbooks import inventory
from playbooks.account import Clients
from playbooks.nodes import Node
from playbooks.plan.evaluate import evaluate
from playbooks.transport.identity import identity_file
from sandbox import fingerprints, moto_server, namespaces, nodes, processes
from sandbox.clients import DUMMY_KEYS, local_clients
from sandbox.cloud import Cloud
from sandbox.errors import SandboxError
from sandbox.folder import SandboxFolder
from sandbox.login_key import public_key
from sandbox.networks import network as network_of
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import Member
from sandbox.replacement import relaunch
from sandbox.state import State
from stacks.environment import Environment

ONE_MACHINE = {
    "OMP_NUM_THREADS": "1",  # torch on each node would take all of this machine's processors for itself
    "CUDA_VISIBLE_DEVICES": "",  # and all nodes the same GPU, which NCCL refuses
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Change:
    """What `up` did: whether the cloud was rebuilt, the nodes that were started and ended, and what moto can't hold."""

    rebuilt: bool
    resources: int
    started: tuple[str, ...]
    ended: tuple[str, ...]
    kept: Mapping[str, str]


def locked(project: Path, command: str) -> AbstractContextManager[None]:
    """Hold the project's sandbox for one command, which is told to whoever wants it meanwhile.

    Raises:
        InUseError: somebody else holds it.
    """
    return SandboxFolder.of(project).lock(command)


def exists(project: Path) -> bool:
    """Whether the project has a sandbox, running or not."""
    return SandboxFolder.of(project).path.exists()


def up(environment: Environment, project: Path, tell: Tell) -> Change:
    """Bring the sandbox to what the environment declares; the caller holds the lock.

    Raises:
        SandboxError: something would not start; what had started runs on, and a second call goes on from there.
        EvaluationError: the program can't be evaluated.
    """
    return _Bringing(environment, project, tell).up()


def current(environment: Environment, project: Path) -> set[str]:
    """The names of the nodes that run as `up` would start them now.

    Raises:
        SandboxError: the sandbox is not up.
    """
    return _Bringing(environment, project, lambda _: None).current()


def restart(environment: Environment, project: Path, names: Collection[str]) -> None:
    """Start these nodes, which have died, as `up` would; the caller holds the lock.

    Raises:
        SandboxError: the sandbox is not up, or they would not start.
    """
    _Bringing(environment, project, lambda _: None).restart(names)


def replace(environment: Environment, project: Path, gone: Collection[Node]) -> tuple[str, ...]:
    """Take these nodes away with all that they keep, and start others in their place; the caller holds the lock.

    Returns:
        The names of those that were started.

    Raises:
        SandboxError: the sandbox is not up, or a node would not end or start.
    """
    return _Bringing(environment, project, lambda _: None).replace(gone)


def down(name: str, project: Path) -> list[str]:
    """End what the sandbox started, that and nothing else, and remove its folder; the caller holds the lock.

    It needs no settings, so that mistakes in them don't keep it running.

    Returns:
        What was ended: `moto`, and the names of the nodes.

    Raises:
        SandboxError: another environment is up, or a process would not end.
    """
    folder = SandboxFolder.of(project)
    _require_same(State.read_if_whole(folder), name)
    ended = sorted({member.node or member.role for member in processes.find(folder)})
    _require_gone(processes.end(folder))
    namespaces.destroy(folder)
    folder.remove()
    return ended


def clients(environment: Environment, project: Path) -> Clients:
    """Makers of boto3 clients that talk to the sandbox's moto server.

    Raises:
        SandboxError: it does not run, or another environment does.
    """
    folder = SandboxFolder.of(project)
    _require_same(State.read(folder), environment.name)
    return local_clients(environment.settings.region, _endpoint(folder, environment.name))


class _Bringing:
    """One call of `up`."""

    def __init__(self, environment: Environment, project: Path, tell: Tell) -> None:
        self._environment, self._settings, self._tell = environment, environment.settings, tell
        self._folder = SandboxFolder.of(project)
        self._state = State.read(self._folder)
        _require_same(self._state, environment.name)
        identity = identity_file(self._settings.access, project)
        if identity is None:
            raise SandboxError("a sandbox's nodes let one key in: set access.identityFile to .sandbox/id_ed25519")
        self._key = public_key(identity, self._folder)
        self._network = network_of(self._folder, self._settings)

    def up(self) -> Change:
        graph = evaluate(self._environment)
        wanted = fingerprints.of_cloud(graph)
        self._enter_network()
        alive = self._answering_cloud()
        endpoint = alive or self._start_cloud()
        rebuilt = not alive or self._state.digest != wanted
        if rebuilt:
            self._rebuild(endpoint, wanted)
        started, ended = self._bring_nodes(endpoint)
        return Change(rebuilt, sum(resource.custom for resource in graph), started, ended, self._state.kept)

    def current(self) -> set[str]:
        endpoint = _endpoint(self._folder, self._environment.name)
        return self._staying(fingerprints.of_nodes(self._specs(endpoint), self._launch(endpoint)))

    def restart(self, names: Collection[str]) -> None:
        endpoint = _endpoint(self._folder, self._environment.name)
        launch = self._launch(endpoint)
        specs = [spec for spec in self._specs(endpoint) if spec.name in names]
        self._write(nodes={**self._state.nodes, **fingerprints.of_nodes(specs, launch)})
        nodes.start(self._folder, specs, launch)

    def replace(self, gone: Collection[Node]) -> tuple[str, ...]:
        endpoint, names = _endpoint(self._folder, self._environment.name), {node.name for node in gone}
        others = {spec.name for spec in self._specs(endpoint)} - names
        _require_gone(nodes.stop(self._folder, names))
        nodes.forget(self._folder, names)
        relaunch(local_clients(self._settings.region, endpoint), [node.instance_id for node in gone])
        specs = self._specs(endpoint)
        self._network.join({spec.name: spec.address for spec in specs})
        coming = tuple(spec.name for spec in specs if spec.name not in others)
        self.restart(coming)
        return coming

    def _enter_network(self) -> None:
        """Join the hosts that are there already; where the network itself is another one, none of them can stay."""
        wanted = f"{type(self._network).__name__} {self._settings.network.cidr}"
        if self._state.network != wanted:
            _require_gone(processes.end(self._folder))
            namespaces.destroy(self._folder)
            self._write(environment=self._environment.name, network=wanted, digest="", addresses={})
        self._network.join(nodes.addresses(self._folder) if self._state.digest else {})

    def _answering_cloud(self) -> str | None:
        """Where the moto server answers; one that runs and does not is ended."""
        endpoint = moto_server.endpoint(self._folder)
        if endpoint and not moto_server.answers(endpoint):
            _require_gone(moto_server.stop(self._folder))
            return None
        return endpoint

    def _start_cloud(self) -> str:
        self._tell("Starting the cloud: a moto server")
        return moto_server.start(self._folder, self._network.cloud_address, self._network.prefix(processes.MOTO))

    def _rebuild(self, endpoint: str, wanted: str) -> None:
        """Empty the cloud and create everything again; a kill on the way leaves a state without digest."""
        self._tell("Creating what the settings declare")
        self._write(digest="")
        moto_server.reset(endpoint)
        made = Cloud(local_clients(self._settings.region, endpoint), self._state.addresses)
        evaluate(self._environment, made.make)
        self._write(digest=wanted, addresses=made.addresses, kept=made.kept)

    def _bring_nodes(self, endpoint: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Start the nodes that came and end those that went; returns the names of both."""
        launch, specs = self._launch(endpoint), self._specs(endpoint)
        wanted = fingerprints.of_nodes(specs, launch)
        staying = self._staying(wanted)
        ended = self._end(nodes.running(self._folder) - staying, keep=wanted)
        coming = [spec for spec in specs if spec.name not in staying]
        self._network.join({spec.name: spec.address for spec in specs})
        if coming:
            self._tell(f"Starting {len(coming)} node(s): an SSH host each")
            self._write(nodes=wanted)
            nodes.start(self._folder, coming, launch)
        return tuple(spec.name for spec in coming), ended

    def _staying(self, wanted: Mapping[str, str]) -> set[str]:
        """The nodes that run and were started with what is wanted of them."""
        return {name for name in nodes.running(self._folder) if self._state.nodes.get(name) == wanted.get(name)}

    def _end(self, leaving: Collection[str], keep: Collection[str]) -> tuple[str, ...]:
        """End these nodes, and forget those that are not to come back."""
        _require_gone(nodes.stop(self._folder, leaving))
        nodes.forget(self._folder, nodes.addresses(self._folder).keys() - keep)
        return tuple(sorted(leaving))

    def _launch(self, endpoint: str) -> Launch:
        variables = {**DUMMY_KEYS, **ONE_MACHINE, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": self._settings.region}
        return Launch(self._key, variables, self._network.prefix)

    def _specs(self, endpoint: str) -> list[NodeSpec]:
        access = self._settings.access
        found = inventory.find(local_clients(self._settings.region, endpoint)("ec2"), self._settings).nodes
        return [NodeSpec(node.name, node.address, access.port, access.user) for node in found]

    def _write(self, **changed: Any) -> None:  # noqa: ANN401 - fields of State
        self._state = self._state.model_copy(update=changed)
        self._state.write(self._folder)


def _endpoint(folder: SandboxFolder, name: str) -> str:
    """Where the moto server is, which must be up."""
    endpoint = moto_server.endpoint(folder)
    if endpoint is None:
        raise SandboxError(f"{name} is not up; run `aidc up {name}`")
    return endpoint


def _require_same(state: State, name: str) -> None:
    if state.environment not in ("", name):
        raise SandboxError(f"{state.environment} is up in this folder, not {name}; run `aidc down {state.environment}`")


def _require_gone(left: list[Member]) -> None:
    if left:
        raise SandboxError(f"would not end: {', '.join(map(str, left))}; end them yourself, then run this again")
