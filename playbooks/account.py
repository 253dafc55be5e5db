"""The AWS account behind an environment: boto3 clients that wait out throttling and give up in bounded time."""

from collections.abc import Callable
from typing import Any

Client = Any  # a boto3 client; the services differ by name only
Clients = Callable[[str], Client]


def clients(region: str, **session: str) -> Clients:
    """A maker of clients by service name; `session` is what else `boto3.Session.client` takes."""
    import boto3  # noqa: PLC0415 - a third of a second that `aidc --help` should not cost
    from botocore.config import Config  # noqa: PLC0415

    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)
    made: Any = boto3.Session(region_name=region)  # its stubs know services by literal names only
    return lambda service: made.client(service, config=config, **session)
