"""One piece of work for each of many nodes at once, on threads that never hold up the end of the process."""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class FanOut(Generic[Item, Result]):
    """Starts the work at once; results are taken one by one, in the order in which they come.

    Not `concurrent.futures`: its threads are joined when the process exits, which a host that hangs would hold up.

    Args:
        work: what to do for one item; it must not raise.
        items: what to do it for.
        at_once: how many at a time.

    Attributes:
        threads: how many work; fewer than `at_once` where the system lets this process have no more.
    """

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], at_once: int) -> None:
        self._waiting: SimpleQueue[Item] = SimpleQueue()
        self._ended: SimpleQueue[tuple[Item, Result]] = SimpleQueue()
        for item in items:
            self._waiting.put(item)
        self.threads = 0
        try:
            for _ in range(min(at_once, len(items))):
                threading.Thread(target=self._run, args=[work], daemon=True).start()
                self.threads += 1
        except RuntimeError:  # "can't start new thread": those that run do the work of all
            if not self.threads:
                self._run(work)

    def take(self, timeout_seconds: float | None = None) -> tuple[Item, Result] | None:
        """The next item that is done, and its result; None where none was within the time."""
        try:
            return self._ended.get(timeout=timeout_seconds)
        except Empty:
            return None

    def instead(self, work: Callable[[Item], Result]) -> None:
        """Do other work, in this thread, for the items that no thread has begun."""
        self._run(work)

    def _run(self, work: Callable[[Item], Result]) -> None:
        while True:
            try:
                item = self._waiting.get_nowait()
            except Empty:
                return
            self._ended.put((item, work(item)))
