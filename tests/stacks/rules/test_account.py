import pytest

from stacks.settings import Settings
from tests.stacks.documents import GONE, changed, settings_of, told

LOOPBACK = {"network__cidr": "127.42.0.0/16", "sandbox": {}, "access__identityFile": ".sandbox/id_ed25519"}


def test_an_environment_without_a_sandbox_names_its_account() -> None:
    """With another's credentials the whole of it would be made there."""
    (mistake,) = told(changed(**{"aws:allowedAccountIds": GONE}))

    assert mistake == (
        "aws:allowedAccountIds: missing: which account is this for?\n"
        '    Add `aws:allowedAccountIds: ["…"]`;'
        " `aws sts get-caller-identity --query Account --output text` tells yours."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {**LOOPBACK, "aws:allowedAccountIds": GONE},
        {"aws:allowedAccountIds": ["012345678901", "111111111111"]},
    ],
)
def test_what_is_allowed(changes: dict[str, object]) -> None:
    """A sandbox has no account; an environment may have several."""
    assert isinstance(settings_of(changed(**changes)), Settings)


def test_an_account_that_is_no_text_is_told_how_to_write_it() -> None:
    """Digits without quotes are a number."""
    assert told(changed(**{"aws:allowedAccountIds": [111111111111]})) == [
        'aws:allowedAccountIds[0]: 111111111111 is not text\n    Write "111111111111", in quotes.'
    ]
