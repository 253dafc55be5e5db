import io

import pytest
from rich.console import Console

from playbooks.engine import watch
from playbooks.engine.operation import Operation
from playbooks.engine.watch import Watch, planned, watched
from tests.playbooks.engine.events import began, ended, failed
from tests.playbooks.engine.events import said as said_of


def shown(console: Console) -> str:
    """All that was printed."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def plain() -> Console:
    """A log."""
    return Console(file=io.StringIO(), width=100)


def test_a_log_says_what_is_done_and_what_it_waits_for(plain: Console) -> None:
    """The longest first, with the time."""
    operation = Operation()
    for event in (began("create", "dev-workers-0"), began("create", "dev-workers-1"), ended("create", "dev-workers-0")):
        operation(event)

    assert Watch(operation, {"dev-workers": 2}, plain).line() == "1 of 2 resources: creating dev-workers-1 0:00"


def test_many_that_run_are_counted() -> None:
    """A hundred nodes that start are no line to read."""
    operation = Operation()
    for index in range(10):
        operation(began("create", f"dev-workers-{index}"))

    assert watch.waiting_for(watch.at_work(operation)).endswith("creating dev-workers-2 0:00, 7 more")


def test_a_failure_is_said_at_once(plain: Console) -> None:
    """Its reason follows at the end."""
    operation = Operation()
    with watched(operation, {"dev-workers": 1}, plain):
        operation(began("create", "dev-workers-0"))
        operation(said_of("no capacity", "dev-workers-0"))
        operation(failed("create", "dev-workers-0"))
        said = shown(plain)

    assert said == "x dev-workers-0 failed\n"


def test_a_silent_log_shows_that_it_lives(plain: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster takes ten minutes."""
    monkeypatch.setattr(watch, "HEARTBEAT_SECONDS", 0.01)
    operation = Operation()
    with watched(operation, {"dev": 1}, plain):
        operation(began("create", "dev"))
        while shown(plain).count("0 of 1 resources") < 2:
            pass

    assert "creating dev 0:00" in shown(plain)


def test_a_terminal_shows_a_line_a_component_until_it_is_done() -> None:
    """Components that wait are shown with how much they wait for."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    operation = Operation()
    with watched(operation, {"dev-workers": 1, "dev": 3}, console):
        operation(began("create", "dev-workers-0"))
    view = Watch(operation, {"dev-workers": 1, "dev": 3}, console)
    with console.capture() as running:
        console.print(view)
    operation(ended("create", "dev-workers-0"))
    with console.capture() as done:
        console.print(view)

    assert ("dev-workers" in running.get(), "0/3" in running.get()) == (True, True)
    assert "creating dev-workers-0" in running.get()
    assert ("dev-workers" in done.get(), "0/3" in done.get()) == (False, True)


def test_what_is_planned_is_counted_by_component() -> None:
    """As the preview said."""
    operation = Operation()
    for name in ("dev-workers-0", "dev-workers-1"):
        operation(ended("create", name))

    assert planned(operation.changes) == {"dev-workers": 2}
