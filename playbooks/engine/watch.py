"""What a person sees while the engine works: on a terminal a line a component, redrawn; elsewhere plain lines."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from threading import Event, Thread

from pulumi.automation import EngineEvent
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from playbooks.engine.operation import Operation, Step, is_resource
from playbooks.engine.state import STACK, name_of
from playbooks.report.terminal import Screen

REDRAWS_PER_SECOND = 4
HEARTBEAT_SECONDS = 30.0  # between plain lines; a cluster takes ten minutes, and a log that is silent looks dead
FEW = 3  # resources whose names are worth reading while one waits for them
DOING = {
    "create": "creating",
    "update": "updating",
    "replace": "replacing",
    "delete": "deleting",
    "import": "importing",
}


class Watch:
    """The engine's progress, by component.

    Attributes:
        operation: what has happened so far.
        planned: how many resources change in each component, as the preview said.
    """

    def __init__(self, operation: Operation, planned: Mapping[str, int], console: Console) -> None:
        self.operation, self.planned = operation, planned
        self._console, self._screen = console, Screen(console.encoding)
        self._told: set[str] = set()

    def __rich__(self) -> RenderableType:
        """What runs at this moment."""
        table = Table.grid(padding=(0, 2, 0, 0))
        done = Counter(step.parent for step in self.operation.changes)
        running = at_work(self.operation)
        for parent, planned in self.planned.items():
            mine = [step for step in running if step.parent == parent]
            if done[parent] < planned or mine:
                table.add_row(
                    self._screen.text(parent or "the stack itself", "bold"),
                    ProgressBar(total=max(planned, 1), completed=done[parent], width=20),
                    self._screen.text(f"{done[parent]:,}/{planned:,}"),
                    self._screen.text(waiting_for(mine), "dim"),
                )
        return table

    def line(self) -> str:
        """The same in one line."""
        done, planned = len(self.operation.changes), sum(self.planned.values())
        waiting = waiting_for(at_work(self.operation))
        return f"{done:,} of {planned:,} resources{': ' if waiting else ''}{waiting}"

    def failed(self, _event: EngineEvent) -> None:
        """Say at once which resources could not be done; the reasons are told at the end.

        An error can come without its resource's end: the engine tries for long to save a state that can't be saved.
        """
        for urn in {**self.operation.failed, **self.operation.errors}.keys() - self._told:
            self._told.add(urn)
            if f"::{STACK}::" not in urn and urn:
                self._console.print(self._screen.text(f"x {name_of(urn)} failed", "bold red"))

    def say(self) -> None:
        """Print the line."""
        self._console.print(self._screen.text(self.line()))


@contextmanager
def watched(operation: Operation, planned: Mapping[str, int], console: Console) -> Iterator[None]:
    """Show how an operation goes on. However the block ends, the terminal is as it was, below what was shown."""
    watch = Watch(operation, planned, console)
    operation.listener = watch.failed
    shown = Live(watch, console=console, refresh_per_second=REDRAWS_PER_SECOND, transient=True)
    with (shown if console.is_terminal else _heartbeat(watch)) if planned else nullcontext():
        yield


def planned(changes: Iterable[Step]) -> dict[str, int]:
    """How many resources change in each component, in the order in which they come."""
    return dict(Counter(step.parent for step in changes))


def at_work(operation: Operation) -> list[Step]:
    """The resources that are being changed, the longest first."""
    steps = list(operation.running.values())
    return sorted((step for step in steps if step.verb and is_resource(step)), key=lambda step: step.began)


def waiting_for(steps: list[Step]) -> str:
    """What takes so long, and for how long it has."""
    now = time.monotonic()
    told = [f"{DOING[step.verb]} {step.name} {_clock(now - step.began)}" for step in steps[:FEW]]
    rest = len(steps) - FEW
    return ", ".join([*told, f"{rest} more"] if rest > 0 else told)


@contextmanager
def _heartbeat(watch: Watch) -> Iterator[None]:
    ended = Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            watch.say()

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        watch.say()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
