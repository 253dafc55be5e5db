"""Whose credentials these are: asked of STS before anything is created, so that nothing lands in another's account."""

from collections.abc import Collection
from typing import NamedTuple

from playbooks.account import Clients
from playbooks.errors import AccountError

EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
INVALID = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AccessDenied")
SIGN_IN = "sign in again (`aws sso login`), or choose others with AWS_PROFILE"


class Caller(NamedTuple):
    """Who calls AWS.

    Attributes:
        account: the account's 12 digits.
        arn: the user, or the role's session.
    """

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, or that of China or GovCloud."""
        return self.arn.split(":")[1]


def caller(clients: Clients, allowed: Collection[str]) -> Caller:
    """Who calls AWS, if it is one of the allowed accounts.

    Raises:
        AccountError: there are no credentials, they have expired, AWS does not know them, or they are of another
            account; the message says which.
    """
    found = _asked(clients)
    if found.account not in allowed:
        raise AccountError(
            f"these credentials are of account {found.account} ({found.arn}), and the environment belongs into"
            f" {' or '.join(allowed)}; choose others with AWS_PROFILE"
        )
    return found


def _asked(clients: Clients) -> Caller:
    from botocore.exceptions import (  # noqa: PLC0415 - a third of a second that `aidc --help` should not cost
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        SSOError,
        TokenRetrievalError,
    )

    try:
        answer = clients("sts").get_caller_identity()
    except NoCredentialsError:
        raise AccountError(f"there are no AWS credentials: {SIGN_IN}") from None
    except (SSOError, TokenRetrievalError) as error:
        raise AccountError(f"the AWS sign-in has expired ({error}): {SIGN_IN}") from None
    except ClientError as error:
        raise AccountError(
            _refused(error.response["Error"]["Code"], error.response["Error"].get("Message", ""))
        ) from None
    except BotoCoreError as error:
        raise AccountError(f"STS, which knows whose credentials these are, can't be asked: {error}") from error
    return Caller(answer["Account"], answer["Arn"])


def _refused(code: str, message: str) -> str:
    """Which of the things that can be wrong with credentials it is."""
    if code in EXPIRED:
        return f"the AWS credentials have expired ({code}): {SIGN_IN}"
    if code in INVALID:
        return f"AWS does not know these credentials ({code}: {message}): {SIGN_IN}"
    return f"STS refuses to say whose credentials these are ({code}: {message})"
