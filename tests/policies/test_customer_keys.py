import pytest

from policies.customer_keys import has_customer_key
from policies.rule import example
from policies.stack import Stack

VAULT = "aws:backup/vault:Vault"
KEY = example("aws:kms/key:Key", {})


def keyed(named: str | None) -> bool:
    """Whether a vault that names this has a key of one's own."""
    vault = example(VAULT, {"kmsKeyArn": named})
    return has_customer_key(Stack([vault]), vault, "kmsKeyArn")


def test_a_key_of_the_stack_is_ones_own() -> None:
    """Whatever its ARN will be."""
    vault = example(VAULT, {}, kmsKeyArn=KEY)

    assert has_customer_key(Stack([vault, KEY]), vault, "kmsKeyArn")


def test_a_key_that_is_named_is_ones_own() -> None:
    """By its ARN or an alias."""
    assert keyed("arn:aws:kms:us-east-1:111111111111:key/0a1b2c3d-0000-0000-0000-000000000000")
    assert keyed("alias/team")


@pytest.mark.parametrize(
    "named",
    [
        None,
        "",
        "alias/aws/backup",
        "arn:aws:kms:us-east-1:111111111111:alias/aws/backup",
        "0a1b2c3d-0000-0000-0000-000000000000",
        "arn:aws:backup:us-east-1:111111111111:backup-vault:dev",
    ],
)
def test_aws_own_key_is_not(named: str | None) -> None:
    """Nor is what the provider makes up where nothing was said."""
    assert not keyed(named)
