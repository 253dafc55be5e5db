"""One piece of work on one node: what other threads may know of it, and how they have it ended."""

import threading

from playbooks.nodes import Node
from playbooks.transport.outcome import InterruptedRunError
from playbooks.transport.wire import Wire


class Task:
    """Work on one node.

    Attributes:
        node: the node.
        stop: set when the work is to be ended; then `why` says on whose behalf.
        wake: set to have the worker look at `stop`.
        started: whether something of it may be running on the node.
        hurry: whether there is no time for processes to end in peace.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self.stop = threading.Event()
        self.wake = threading.Event()
        self.started = False
        self.hurry = False
        self.why = ""
        self._wire: Wire | None = None

    @property
    def who(self) -> str:
        """The node, as messages name it."""
        return f"{self.node.name} ({self.node.instance_id}, {self.node.address})"

    def end(self, why: str, *, hurry: bool) -> None:
        """Have the worker end this; does not wait for it."""
        self.why, self.hurry = why, hurry
        self.stop.set()
        self.wake.set()
        if wire := self._wire:
            wire.shut()

    def waits_on(self, wire: Wire | None) -> None:
        """Say on which stream the worker waits with nothing to end on the node: while it connects or uploads."""
        self._wire = wire
        if wire and self.stop.is_set():
            wire.shut()

    def starts(self) -> None:
        """Say that something is about to run on the node.

        Raises:
            InterruptedRunError: it must not, because it is to be ended already.
        """
        self.started = True
        if self.stop.is_set():
            self.started = False
            raise self.interrupted(confirmed_ended=True)

    def interrupted(self, *, confirmed_ended: bool) -> InterruptedRunError:
        """How the work ended, for its outcome."""
        left = "nothing of it is left on the node" if confirmed_ended else self.look()
        return InterruptedRunError(f"{self.who}: ended because {self.why}; {left}", confirmed_ended=confirmed_ended)

    def look(self) -> str:
        """What to do where the end of the work's processes was not seen."""
        return "its processes were not seen to end: look for AIDC_JOB in /proc/*/environ on the node and end them"
