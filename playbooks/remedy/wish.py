"""What a person asks of `aidc smoke` besides the verdict; it imports nothing, so that the command starts fast."""

from typing import NamedTuple


class Wish(NamedTuple):
    """What is to be done with nodes, and with which.

    Attributes:
        cordon: keep work away from the nodes that are to blame.
        replace: show how they are replaced, and do it if the person agrees.
        uncordon: nodes of which a cordon is taken back; nothing else is done then.
        only: the nodes that are asked; None where all are.
        yes: whether the person has agreed to whatever is shown.
    """

    cordon: bool = False
    replace: bool = False
    uncordon: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    yes: bool = False


NOTHING = Wish()


def named(text: str | None) -> tuple[str, ...]:
    """Names in a list with commas, each once."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in (text or "").split(",")))))
