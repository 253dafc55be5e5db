import pytest
from botocore.exceptions import NoCredentialsError, TokenRetrievalError
from botocore.stub import Stubber

from playbooks import account
from playbooks.account import Client, Clients
from playbooks.caller import Caller, caller
from playbooks.errors import AccountError

MOTOS = "123456789012"


def refusing(code: str) -> Clients:
    """Clients whose STS refuses the credentials."""
    sts = account.clients("us-east-1")("sts")
    stub = Stubber(sts)
    stub.add_client_error("get_caller_identity", code, "The security token included in the request is so")
    stub.activate()
    return lambda _service: sts


def raising(error: Exception) -> Clients:
    """Clients that can't sign a call."""

    class Sts:
        def get_caller_identity(self) -> None:
            raise error

    sts: Client = Sts()
    return lambda _service: sts


def test_credentials_of_an_allowed_account_are_told(client: Clients) -> None:
    """With the partition, which ARNs need."""
    found = caller(client, (MOTOS,))

    assert found.account == MOTOS
    assert found.partition == "aws"
    assert Caller("1", "arn:aws-us-gov:iam::1:user/me").partition == "aws-us-gov"


def test_credentials_of_another_account_are_refused(client: Clients) -> None:
    """Whose they are, and whose they should be."""
    with pytest.raises(AccountError, match=f"of account {MOTOS} .* belongs into 111111111111 or 222222222222; choose"):
        caller(client, ("111111111111", "222222222222"))


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", r"the AWS credentials have expired \(ExpiredToken\): sign in again"),
        ("ExpiredTokenException", "the AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
        ("SignatureDoesNotMatch", "AWS does not know these credentials"),
        ("RegionDisabledException", "STS refuses to say whose credentials these are"),
    ],
)
def test_what_is_wrong_with_credentials_is_said_at_once(code: str, said: str) -> None:
    """After one call: an expired token stays expired, so nothing is tried again."""
    with pytest.raises(AccountError, match=said):
        caller(refusing(code), (MOTOS,))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "there are no AWS credentials: sign in"),
        (TokenRetrievalError(provider="sso", error_msg="Token has expired"), "the AWS sign-in has expired"),
    ],
)
def test_what_is_missing_is_said(error: Exception, said: str) -> None:
    """Before any call."""
    with pytest.raises(AccountError, match=said):
        caller(raising(error), (MOTOS,))
