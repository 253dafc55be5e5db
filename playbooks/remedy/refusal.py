"""What AWS refuses to do, told in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from playbooks.errors import RemedyError


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Have AWS do something to a node.

    Raises:
        RemedyError: it does not; with its own words.
    """
    try:
        yield
    except (BotoCoreError, ClientError, WaiterError) as error:
        raise RemedyError(f"AWS does not {what}: {error}") from error
