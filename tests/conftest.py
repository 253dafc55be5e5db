"""What tests of several parts share: an AWS in this process."""

from collections.abc import Iterator

import moto
import pytest

from playbooks import account
from playbooks.account import Clients
from sandbox.managed_policies import know_managed_policies


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Maker of boto3 clients of an empty moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    know_managed_policies()  # as the sandbox's moto does
    with moto.mock_aws():
        yield account.clients("us-east-1")
