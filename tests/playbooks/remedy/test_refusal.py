import pytest

from playbooks.account import Clients
from playbooks.errors import RemedyError
from playbooks.remedy.refusal import doing


def test_what_aws_refuses_is_told_in_its_words(client: Clients) -> None:
    """With what was to be done to which node."""
    with (
        pytest.raises(RemedyError, match="AWS does not end workers-3: .*InvalidInstanceID.NotFound"),
        doing("end workers-3"),
    ):
        client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
