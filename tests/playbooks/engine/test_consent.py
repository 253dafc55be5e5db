import io
import os
import pty
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from playbooks.engine.consent import NotAgreedError, agree, agree_by_name


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A person's end of the terminal that is this process's input."""
    person, process = pty.openpty()
    with os.fdopen(process, "r+b", buffering=0) as raw, io.TextIOWrapper(raw) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield person
    os.close(person)


@pytest.mark.parametrize(("answer", "agreed"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_a_person_is_asked_and_no_is_the_default(terminal: int, answer: bytes, agreed: bool) -> None:
    """An empty line changes nothing."""
    os.write(terminal, answer)
    if agreed:
        agree("Bring dev up?", Console(file=io.StringIO()), yes=False)
        return
    with pytest.raises(NotAgreedError, match="nothing was changed"):
        agree("Bring dev up?", Console(file=io.StringIO()), yes=False)


@pytest.mark.parametrize(("answer", "agreed"), [(b"prod\n", True), (b"y\n", False)])
def test_a_name_is_not_typed_by_mistake(terminal: int, answer: bytes, agreed: bool) -> None:
    """Yes is not enough to delete an environment."""
    os.write(terminal, answer)
    if agreed:
        agree_by_name("prod", "Type prod", Console(file=io.StringIO()), yes=False)
        return
    with pytest.raises(NotAgreedError):
        agree_by_name("prod", "Type prod", Console(file=io.StringIO()), yes=False)


def test_without_a_terminal_there_is_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to add; with it nobody is asked."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(NotAgreedError, match="add --yes"):
        agree("?", Console(), yes=False)
    with pytest.raises(NotAgreedError, match="add --yes"):
        agree_by_name("prod", "?", Console(), yes=False)
    agree("?", Console(), yes=True)
    agree_by_name("prod", "?", Console(), yes=True)
