"""What keeps a command from doing its work, told to the person who ran it."""

WRONG_USAGE, INTERRUPTED = 2, 130  # what such a command exits with; a verdict's own statuses are in report/run.py
FAILED, DRIFTED = 1, 4  # something could not be made or deleted; the cloud differs from the state


class AidcError(Exception):
    """The command can't go on. The message says what is wrong, where, and what to do; it is shown as it is."""


class EvaluationError(AidcError):
    """The program can't be evaluated: which argument or name is wrong."""


class InventoryError(AidcError):
    """What exists contradicts itself, or the account does not say what exists."""


class NotHereError(AidcError):
    """The command does not apply to this environment; the message says what does."""


class AccountError(AidcError):
    """The account can't be asked: no credentials, the wrong ones, or a configuration that can't be used."""


class ImageError(AidcError):
    """The newest image of a fleet can't be told."""


class RemedyError(AidcError):
    """A node can't be cordoned or replaced: which, and why; what was done to the others was told before."""
