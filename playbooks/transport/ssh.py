"""Commands and files to nodes over SSH: many nodes at once, each with an outcome of its own."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from tenacity import (
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_before_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from playbooks.nodes import Node
from playbooks.transport.command import Command, Deadlines
from playbooks.transport.connection import Connection, DroppedError, Peer, connect
from playbooks.transport.execution import BROKEN, Execution
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.identity import identities, let_go
from playbooks.transport.kept import KeptConnections
from playbooks.transport.outcome import HostKeyRefusedError, Outcome, TransportError, UnreachableError
from playbooks.transport.route import route
from playbooks.transport.task import Task
from playbooks.transport.tasks import Tasks
from playbooks.transport.upload import upload
from stacks.settings import Access

DEADLINES = Deadlines()


class SshTransport:
    """Runs commands on nodes and brings files to them; a context manager, closed when nothing more is asked.

    A Ctrl-C while a call runs in the main thread ends what runs on the nodes and is raised again within
    `tasks.INTERRUPT_SECONDS`; calls in other threads are ended by `end_all`, and return. Nothing is started after it.

    Args:
        access: how the nodes are reached.
        host_keys: the keys that they may show.
        project: the folder that a relative `access.identityFile` is in.
        kept: on how many nodes a connection is kept open for the next command; none where a node is asked once.

    Raises:
        IdentityError: there is no key to log in with.
    """

    def __init__(self, access: Access, host_keys: HostKeys, project: Path, kept: int = 0) -> None:
        self._access = access
        self._host_keys = host_keys
        self._identity = identities(access, project)
        self._route = route(access, self._identity)
        self._kept = KeptConnections(kept)
        self._tasks = Tasks(self._kept.count)

    def run(self, node: Node, command: Command) -> Outcome:
        """Run a command on one node."""
        return self.run_all({node: command})[node.name]

    def run_all(
        self,
        commands: Mapping[Node, Command],
        *,
        groups: Sequence[Collection[Node]] = (),
        suffered: Collection[int] = (),
        on_end: Callable[[Node, Outcome], None] = lambda _node, _outcome: None,
    ) -> dict[str, Outcome]:
        """Run a command on each of many nodes.

        Args:
            commands: what to run, by node.
            groups: nodes that need each other, as the ranks of a collective do: then all commands are started at once,
                and when one of a group fails the others of it are ended after `peers.PEER_GRACE_SECONDS`.
            suffered: exit statuses by which a node of those says that it has only lost a peer: the others have
                `peers.SUFFERED_GRACE_SECONDS` then, and who does not end by itself in that time is told so.
            on_end: told of each outcome as it comes, in the thread of the caller.

        Returns:
            How each ended, by node name in the order given; a node's fault is its outcome and is never raised.
        """
        tasks = {Task(node): command for node, command in commands.items()}

        def work(task: Task) -> Outcome:
            return Execution(task, tasks[task], self._reach, partial(self._kept.keep, task.node)).outcome()

        return self._tasks.gather(work, list(tasks), on_end, groups=groups, suffered=suffered)

    def upload(self, node: Node, files: Mapping[str, bytes], folder: str) -> TransportError | None:
        """Bring files to one node; why it failed, None where it did not."""
        return self.upload_all([node], files, folder).get(node.name)

    def upload_all(
        self,
        nodes: Iterable[Node],
        files: Mapping[str, bytes],
        folder: str,
        deadlines: Deadlines = DEADLINES,
        on_end: Callable[[Node], None] = lambda _node: None,
    ) -> dict[str, TransportError]:
        """Bring the same files to many nodes; each file is there whole or not at all.

        Args:
            nodes: where to.
            files: what each file holds, by its name.
            folder: made where it is missing; absolute, or relative to the user's home folder, which `~` names.
            deadlines: how long it may take; `idle` has no meaning here.
            on_end: told of each node that is done, in the thread of the caller.

        Returns:
            Why it failed, by node name, for the nodes where it did.
        """

        def work(task: Task) -> None:
            with self._connect(task, deadlines.connect) as connection:
                connection.wire.deadline = time.monotonic() + deadlines.command
                task.waits_on(connection.wire)
                try:
                    upload(connection, files, folder)
                except BROKEN as error:
                    if task.stop.is_set():
                        raise task.interrupted(confirmed_ended=True) from None
                    raise TransportError(f"{task.who}: the upload to {folder} failed: {error}") from None
                task.waits_on(None)
                connection.spare = partial(self._kept.keep, task.node)

        results = self._tasks.gather(work, [Task(node) for node in nodes], lambda node, _: on_end(node))
        return {name: error for name, error in results.items() if error is not None}

    @property
    def not_ended(self) -> tuple[str, ...]:
        """Names of the nodes on which something was started and not seen to end."""
        return self._tasks.not_ended

    def end_all(self) -> None:
        """End everything that runs, from any thread, within `tasks.INTERRUPT_SECONDS`."""
        self._tasks.end_all()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the connections that were kept, and those to a jump host and to the agent, where there are any."""
        self._kept.close()
        self._route.close()
        let_go(self._identity)

    def _reach(self, task: Task, seconds: float) -> Connection:
        """The connection to the task's node that was kept, else a new one within so many seconds.

        Raises:
            TransportError: there is no connection.
        """
        return self._kept.take(task.node) or self._connect(task, seconds)

    def _connect(self, task: Task, seconds: float) -> Connection:
        """Connect to the task's node within so many seconds, trying again where that may help.

        Raises:
            TransportError: there is no connection.
        """
        keys = self._host_keys.of(task.node.instance_id)
        if not keys:
            raise HostKeyRefusedError(
                f"{task.who}: no host key is kept for it in {self._host_keys.path}, so nothing was sent to it; its"
                " console has to show its keys first"
            )
        peer = Peer(task.who, self._access.user, keys, str(self._host_keys.path))
        attempts = Retrying(
            retry=retry_if_exception_type(DroppedError),
            wait=wait_random_exponential(multiplier=0.2, max=2),
            stop=stop_before_delay(seconds) | stop_when_event_set(task.stop),
            sleep=sleep_using_event(task.stop),
            reraise=True,
        )
        try:
            return attempts(self._attempt, task, peer, time.monotonic() + seconds)
        except DroppedError as error:
            if task.stop.is_set():
                raise task.interrupted(confirmed_ended=not task.started) from None
            raise UnreachableError(
                f"{task.who}: no connection to port {self._access.port} within {seconds:.0f} s: {error}. Is it running,"
                " does its security group let this machine in, and is `access` right?"
            ) from None

    def _attempt(self, task: Task, peer: Peer, deadline: float) -> Connection:
        wire = self._route.open(task.node, self._access.port, deadline)
        task.waits_on(wire)
        try:
            return connect(wire, peer, self._identity)
        finally:
            task.waits_on(None)
