"""The AWS account behind an environment: boto3 clients that wait out throttling and give up in bounded time."""

from collections.abc import Callable
from typing import Any

from playbooks.errors import AccountError

Client = Any  # a boto3 client; the services differ by name only
Clients = Callable[[str], Client]

PATIENCE: dict[str, Any] = {
    "retries": {"mode": "standard", "max_attempts": 5},
    "connect_timeout": 10,
    "read_timeout": 60,
}


def clients(region: str) -> Clients:
    """A maker of clients by service name, with the credentials that boto3 finds as the AWS command does.

    Raises:
        AccountError: the user's AWS configuration can't be used.
    """
    import boto3  # noqa: PLC0415 - a third of a second that `aidc --help` should not cost
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        session: Any = boto3.Session(region_name=region)  # its stubs know services by literal names only
    except BotoCoreError as error:
        raise AccountError(
            f"the AWS configuration can't be used: {error}; see AWS_PROFILE and ~/.aws/config"
        ) from error
    return lambda service: session.client(service, config=Config(**PATIENCE))
