"""Many tasks at once: each with a result of its own, ended together when one of them or a person wants that."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import NoReturn, TypeVar

from playbooks.nodes import Node
from playbooks.transport import descriptors, threads
from playbooks.transport.fan_out import FanOut
from playbooks.transport.outcome import Completed, TransportError, UnreachableError
from playbooks.transport.peers import Peers
from playbooks.transport.task import Task

AT_ONCE = 64  # the most connections that more threads make faster, measured by benchmarks/hosts.py
INTERRUPT_SECONDS = 0.8  # for ending everything at a Ctrl-C; a loaded machine is to be out within two seconds
LOOK_SECONDS = 0.2

Result = TypeVar("Result")


class Tasks:
    """All tasks of a transport that are under way, in whatever thread they were asked for.

    Args:
        standing: on how many of some nodes there is a connection already.
    """

    def __init__(self, standing: Callable[[Iterable[Node]], int] = lambda _: 0) -> None:
        self._standing = standing
        self._unfinished: set[Task] = set()
        self._changed = threading.Condition()
        self._ended_by = float("inf")
        self._unconfirmed: set[str] = set()

    def gather(
        self,
        work: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_end: Callable[[Node, Result | TransportError], None],
        *,
        groups: Sequence[Collection[Node]] = (),
        suffered: Collection[int] = (),
    ) -> dict[str, Result | TransportError]:
        """Do the work of every task, many at once, and collect what each came to, by node name in the tasks' order.

        Args:
            work: what to do; what it raises is the task's result.
            tasks: on which nodes.
            on_end: told of each result as it comes, in the caller's thread.
            groups: nodes whose tasks need each other, each in one group at most: then all tasks start at once, and
                when one of a group fails the others of that group are ended.
            suffered: exit statuses that say that a task has only lost a peer.
        """
        at_once = len(tasks) if groups else min(AT_ONCE, len(tasks))
        if short := descriptors.shortage(at_once, self._standing(task.node for task in tasks)):
            return {task.node.name: UnreachableError(short) for task in tasks}
        with self._changed:
            self._unfinished.update(tasks)
        if self._ending:  # too late to be among those that `end_all` ended
            self.end_all()
        try:
            fan = FanOut(partial(self._guarded, work), tasks, at_once)
            if groups and fan.threads < at_once:
                fan.instead(partial(self._guarded, _without_thread))
            results = self._collect(fan, tasks, on_end, [Peers(group, suffered) for group in groups])
        except KeyboardInterrupt:
            self.end_all()
            raise
        late = {task.node.name: task.interrupted(confirmed_ended=not task.started) for task in tasks}
        return {name: results.get(name, outcome) for name, outcome in late.items()}

    def end_all(self) -> None:
        """End everything that runs, from any thread, within `INTERRUPT_SECONDS`; nothing is started after this."""
        self._ended_by = time.monotonic() + INTERRUPT_SECONDS
        with self._changed:
            for task in self._unfinished:
                task.end("the run was interrupted", hurry=True)
            self._changed.wait_for(lambda: not self._unfinished, timeout=INTERRUPT_SECONDS)

    @property
    def not_ended(self) -> tuple[str, ...]:
        """Names of the nodes on which something was started and not seen to end."""
        with self._changed:
            running = {task.node.name for task in self._unfinished if task.started and self._ending}
            return tuple(sorted(self._unconfirmed | running))

    @property
    def _ending(self) -> bool:
        return self._ended_by < float("inf")

    def _collect(
        self,
        fan: FanOut[Task, Result | TransportError],
        tasks: Sequence[Task],
        on_end: Callable[[Node, Result | TransportError], None],
        groups: Sequence[Peers],
    ) -> dict[str, Result | TransportError]:
        results: dict[str, Result | TransportError] = {}
        of_node = {name: peers for peers in groups for name in peers.names}
        while len(results) < len(tasks) and time.monotonic() < self._ended_by:
            ended = fan.take(LOOK_SECONDS)
            if ended:
                task, result = ended
                results[task.node.name] = result
                on_end(task.node, result)
                if peers := of_node.get(task.node.name):
                    peers.ended(task.node.name, result, time.monotonic())
            ending = {name: why for peers in groups if (why := peers.verdict(time.monotonic())) for name in peers.names}
            for task in tasks if ending else ():
                if task.node.name in ending:
                    task.end(ending[task.node.name], hurry=False)
        return results

    def _guarded(self, work: Callable[[Task], Result], task: Task) -> Result | TransportError:
        """The result of one task; whatever happens to it, the others' results are kept."""
        result: Result | TransportError
        try:
            result = task.interrupted(confirmed_ended=True) if task.stop.is_set() else work(task)
        except TransportError as error:
            result = error
        except Exception as error:  # noqa: BLE001 - a mistake of ours on one node must not cost the others' results
            result = TransportError(f"{task.who}: {type(error).__name__}: {error}")
        with self._changed:
            if task.started and not (isinstance(result, Completed) or getattr(result, "confirmed_ended", False)):
                self._unconfirmed.add(task.node.name)
            self._unfinished.discard(task)
            if not self._unfinished:
                self._changed.notify_all()
        return result


def _without_thread(_task: Task) -> NoReturn:
    raise UnreachableError(threads.shortage())
