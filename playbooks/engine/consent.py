"""A person's word before something is changed."""

import sys

from rich.console import Console
from rich.prompt import Confirm, Prompt

from playbooks.errors import AidcError


class NotAgreedError(AidcError):
    """Nobody has agreed; nothing was changed."""


def agree(question: str, console: Console, *, yes: bool) -> None:
    """Ask, unless it is agreed already.

    Raises:
        NotAgreedError: the answer is no, or there is nobody to ask.
    """
    if not (yes or (_somebody() and Confirm.ask(question, console=console, default=False))):
        raise NotAgreedError(_refusal())


def agree_by_name(name: str, question: str, console: Console, *, yes: bool) -> None:
    """Ask for a name to be typed, which nobody does by mistake, unless it is agreed already.

    Raises:
        NotAgreedError: it was not, or there is nobody to ask.
    """
    if not (yes or (_somebody() and Prompt.ask(question, console=console) == name)):
        raise NotAgreedError(_refusal())


def _somebody() -> bool:
    return sys.stdin.isatty()


def _refusal() -> str:
    if _somebody():
        return "nothing was changed"
    return "nothing was changed: there is no terminal to ask on; read what is shown above, then add --yes"
