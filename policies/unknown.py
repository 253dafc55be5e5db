"""A value that the engine does not know before the update: whatever a rule does with it, it can't tell."""

from typing import Any, NoReturn


class NotEvaluatedError(Exception):
    """A rule can't tell for a resource; the message says what is not known."""


class Unknown:
    """Stands where the value will be. Every use of it is a `NotEvaluatedError`, never a wrong verdict.

    Args:
        where: the property's path, such as `tags.owner`.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    def _raise(self, *_: Any) -> NoReturn:  # noqa: ANN401 - stands in for any operation
        raise NotEvaluatedError(f"{self._where} is not known before the update")

    __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __contains__ = _raise
    __str__ = __format__ = __int__ = __float__ = __hash__ = _raise
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _raise

    def __repr__(self) -> str:
        """For a debugger; not a use."""
        return f"Unknown({self._where!r})"
