"""What a person sees while the smoke gate runs: on a terminal a view that is redrawn, elsewhere plain lines."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from playbooks.findings import Finding, worst
from playbooks.progress import Progress, Step
from playbooks.report.ahead import Ahead, clock
from playbooks.report.digest import NEEDS_ACTION, hostlist, nodes_of, several
from playbooks.report.terminal import Screen

FEW_NODES = 4  # whose names are worth reading while one waits for them
REDRAWS_PER_SECOND = 4
HEARTBEAT_SECONDS = 10.0  # between plain lines of one check
LOOK_SECONDS = 1.0
NOT_KNOWN: Mapping[tuple[str, str], float] = MappingProxyType({})


@dataclass(slots=True)
class Running:
    """A check that runs on a fleet; `waiting` are the nodes that have not answered, as keys in their order."""

    check: str
    fleet: str
    nodes: int
    waiting: dict[str, None]
    budget_seconds: float
    started: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.started

    @property
    def done(self) -> int:
        """How many nodes have answered or were given up."""
        return self.nodes - len(self.waiting)

    @property
    def waits_for(self) -> str:
        """The nodes that it waits for, where they are few of many."""
        return hostlist(self.waiting) if 0 < len(self.waiting) <= FEW_NODES and self.done else ""


class Lines:
    """Progress as lines that are never taken back, for a log.

    Args:
        console: where to.
        usual_seconds: how long a check on a fleet took the last time, by both names.
    """

    def __init__(self, console: Console, usual_seconds: Mapping[tuple[str, str], float] = NOT_KNOWN) -> None:
        self._console = console
        self._screen = Screen(console.encoding)
        self._running: dict[tuple[str, str], Running] = {}
        self._ahead = Ahead(usual_seconds)

    def planned(self, steps: Sequence[Step]) -> None:
        """Count them, so that each can say its place."""
        self._ahead.planned(steps)

    def started(self, check: str, fleet: str, nodes: Sequence[str], budget_seconds: float) -> None:
        """Say which check begins, and how long it may take."""
        self._running[check, fleet] = Running(check, fleet, len(nodes), dict.fromkeys(nodes), budget_seconds)
        self._ahead.started(check, fleet)
        place = self._ahead.place(check, fleet)
        self._say(
            f"{check} on {fleet}{f' ({place})' if place else ''}: {several(len(nodes), 'node')}, at most"
            f" {clock(budget_seconds)}"
        )

    def node_ended(self, check: str, fleet: str, node: str) -> None:
        """Note it; `beat` tells it."""
        if running := self._running.get((check, fleet)):
            running.waiting.pop(node, None)

    def beat(self) -> None:
        """Say how far each check is of which nothing was said for a while, and what is still to come."""
        for running in list(self._running.values()):
            if time.monotonic() - running.told >= HEARTBEAT_SECONDS:
                running.told = time.monotonic()
                rest = f", waiting for {running.waits_for}" if running.waits_for else ""
                ahead = f" ({told})" if (told := self._ahead.told()) else ""
                self._say(
                    f"{running.check} on {running.fleet}: {running.done:,} of {running.nodes:,} after"
                    f" {clock(running.seconds)}{rest}{ahead}"
                )

    def ended(self, check: str, fleet: str) -> None:
        """Say how long it took."""
        if running := self._over(check, fleet):
            self._console.print(self._screen.text(f"{check} on {fleet}: measured, {running.seconds:.1f} s"))

    def finished(self, check: str, fleet: str, findings: Sequence[Finding]) -> None:
        """Say the verdict."""
        running = self._over(check, fleet)
        self._console.print(_judged(check, fleet, findings, running, self._screen))

    def _over(self, check: str, fleet: str) -> Running | None:
        self._ahead.over(check, fleet)
        return self._running.pop((check, fleet), None)

    def _say(self, line: str) -> None:
        self._console.print(self._screen.text(line))


class View(Lines):
    """Progress as a line per running check that is redrawn, below the checks that are judged."""

    def __rich__(self) -> RenderableType:
        """What runs at this moment, and what is still to come."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for running in list(self._running.values()):
            table.add_row(*_columns(running, self._screen))
        return Group(table, self._screen.text(self._ahead.told(), "dim"))

    def _say(self, line: str) -> None:
        """Nothing: the view shows it."""


@contextmanager
def live(console: Console, usual_seconds: Mapping[tuple[str, str], float] = NOT_KNOWN) -> Iterator[Progress]:
    """A listener for the smoke gate. However the block ends, the terminal is as it was, below what was shown.

    `usual_seconds` is how long a check on a fleet took the last time, by both names.
    """
    if console.is_terminal:
        view = View(console, usual_seconds)
        with Live(view, console=console, refresh_per_second=REDRAWS_PER_SECOND, transient=True):
            yield view
    else:
        lines = Lines(console, usual_seconds)
        with _beating(lines):
            yield lines


@contextmanager
def _beating(lines: Lines) -> Iterator[None]:
    """Have lines told now and then while the thread that runs the checks waits for nodes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(LOOK_SECONDS):
            lines.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _columns(running: Running, screen: Screen) -> list[RenderableType]:
    return [
        screen.text(f"{running.check} on {running.fleet}", "bold"),
        ProgressBar(total=max(running.nodes, 1), completed=running.done, width=20),
        screen.text(f"{running.done:,}/{running.nodes:,}"),
        screen.text(f"{clock(running.seconds)} of {clock(running.budget_seconds)}", "dim"),
        screen.text(running.waits_for, "dim"),
    ]


def _judged(check: str, fleet: str, findings: Sequence[Finding], running: Running | None, screen: Screen) -> Text:
    verdict = worst(finding.verdict for finding in findings)
    deviating = nodes_of(finding for finding in findings if finding.verdict in NEEDS_ACTION)
    every = nodes_of(findings)
    nodes = hostlist(deviating) if 0 < len(deviating) < len(every) else several(len(every), "node")
    seconds = f", {running.seconds:.1f} s" if running else ""
    return Text.assemble(screen.verdict(verdict), screen.text(f"  {check} on {fleet}: {nodes}{seconds}"))
