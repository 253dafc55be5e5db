"""`aidc bootstrap`: every step in its order, and what to type next."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from playbooks.account import Clients
from playbooks.bootstrap.ci_role import Ci, ci_steps
from playbooks.bootstrap.policies import KEY_ALIAS, Account
from playbooks.bootstrap.state import bucket_steps, key_arn, key_steps
from playbooks.bootstrap.step import Outcome, Step, settle
from playbooks.caller import caller
from playbooks.errors import AccountError


class Wish(NamedTuple):
    """What is asked for.

    Attributes:
        environment: its name.
        region: where the state is kept.
        accounts: those that the environment may be in.
        repository: GitHub's `owner/name` whose CI gets a role; None for no role.
        more_regions: where the role may work besides, such as the one that backups are copied to.
    """

    environment: str
    region: str
    accounts: Sequence[str]
    repository: str | None = None
    more_regions: Sequence[str] = ()


def bootstrap(wish: Wish, clients: Clients, tell: Callable[[str], object]) -> int:
    """Make what is missing, tell each step, and return how many changed something.

    Raises:
        AccountError: the credentials can't be used or are of another account; or AWS refused a step.
    """
    who = caller(clients, wish.accounts)
    account = Account(who.partition, who.account, wish.region)
    tell(f"Account {account.id} as {who.arn}, region {account.region}")
    changes = 0
    for step, outcome in settle(_steps(wish, account, clients)):
        tell(f"  {outcome:<8} {step.what}")
        changes += outcome is not Outcome.KEPT
    for line in next_lines(wish, account):
        tell(line)
    tell(f"{changes} of these were made or changed." if changes else "Nothing has changed: all of it was there.")
    return changes


def _steps(wish: Wish, account: Account, clients: Clients) -> Iterator[Step]:
    """In the order in which one needs the other: the key's ARN is known once its steps are done."""
    kms = clients("kms")
    yield from key_steps(kms)
    key = key_arn(kms)
    yield from bucket_steps(clients("s3"), account, key)
    if wish.repository is not None:
        ci = Ci(wish.environment, wish.repository, (wish.region, *wish.more_regions))
        yield from ci_steps(clients("iam"), account, ci, key)


def next_lines(wish: Wish, account: Account) -> Iterator[str]:
    """What to type next, and what to tell CI."""
    provider = f"awskms://{KEY_ALIAS}?region={account.region}"
    yield "Next:"
    yield f"  pulumi login 's3://{account.bucket}?region={account.region}&awssdk=v2'"
    for stack in (wish.environment, f"{wish.environment}-platform"):
        yield f"  pulumi stack init {stack} --secrets-provider='{provider}'"
    if wish.repository is not None:
        role = account.arn("iam", f"role/{Ci(wish.environment, wish.repository, ()).role}")
        yield f"  CI of {wish.repository}, in its environment {wish.environment}: role-to-assume: {role}"


def allowed_accounts(accounts: Sequence[str], asked: str | None) -> Sequence[str]:
    """The accounts that may be worked in: the environment's, or the one of them that is asked for.

    Raises:
        AccountError: the environment is not for the account that is asked for.
    """
    if asked is None:
        return accounts
    if asked not in accounts:
        raise AccountError(f"--account {asked} is none of aws:allowedAccountIds ({', '.join(accounts)})")
    return (asked,)
