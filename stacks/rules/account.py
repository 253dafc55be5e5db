"""Which account an environment may be created in."""

from collections.abc import Sequence

from stacks.rules.rule import Refusal, Rule
from stacks.settings import ACCOUNTS


def account_is_named(accounts: Sequence[str] | None, sandbox: object) -> Refusal | None:
    """With the credentials of another account Pulumi would create the whole environment there."""
    if accounts is not None or sandbox is not None:
        return None
    command = "aws sts get-caller-identity --query Account --output text"
    return Refusal("missing: which account is this for?", f'Add `{ACCOUNTS}: ["…"]`; `{command}` tells yours.')


RULES = (Rule(ACCOUNTS, (ACCOUNTS, "sandbox"), account_is_named),)
