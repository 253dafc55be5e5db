import pytest

from stacks.settings import Settings
from tests.stacks.documents import VALID, changed, settings_of, told

WORKERS = VALID["fleets"]["workers"]
JUMP = {"address": "bastion", "hostKey": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43}"}
THROUGH_HOST = {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef0"}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"access": {"through": "connect-endpoint", "jump": JUMP}},
            (
                "access.through: connect-endpoint is declared, and connections go by access.jump\n"
                "    Remove access.jump, or this."
            ),
        ),
        (
            {
                "access": {"through": "connect-endpoint", "identityFile": ".sandbox/id_ed25519"},
                "sandbox": {"isolation": "namespaces"},
            },
            "access.through: the nodes of a sandbox are here, not behind a connect-endpoint\n    Remove it.",
        ),
        (
            {"access": {"through": "connect-endpoint", "port": 2222}},
            (
                "access.through: an EC2 Instance Connect Endpoint reaches port 22, not 2222\n"
                "    Remove access.port, or write `through: jump-host`."
            ),
        ),
        (
            {
                "access__through": "connect-endpoint",
                "fleets": {"a": {**WORKERS, "nodes": 13}, "b": {**WORKERS, "scaling": {"minimum": 1, "maximum": 8}}},
            },
            (
                "access.through: an EC2 Instance Connect Endpoint carries 20 connections at once, and there are 21"
                " nodes\n    Write `through: jump-host`."
            ),
        ),
        (
            {"access": THROUGH_HOST, "network__nat": "none", "network__endpoints": ["ssm"]},
            (
                "access.through: without NAT, the jump host has no way to Systems Manager\n"
                "    Add ssmmessages to network.endpoints, or write `network.nat: one`."
            ),
        ),
        (
            {"access": {"through": "jump-host"}},
            "access.jumpHost: through jump-host needs its image\n    Add `jumpHost: {image: ami-…}`.",
        ),
        (
            {"access": {**THROUGH_HOST, "through": "direct"}},
            "access.jumpHost: through direct declares no jump host\n    Remove it, or write `through: jump-host`.",
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(changes: dict[str, object], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert [expected] == told(changed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"access": {"through": "connect-endpoint"}, "fleets__workers__nodes": 20},
        {"access": {"through": "connect-endpoint", "proxyCommand": "aws --profile ops ec2-instance-connect …"}},
        {"access": THROUGH_HOST, "network__nat": "none", "network__endpoints": ["ssmmessages", "ssm"]},
        {"access": {**THROUGH_HOST, "port": 2222}, "fleets__workers__nodes": 128},
        {"access": {"jump": JUMP}},
    ],
)
def test_what_the_rules_allow(changes: dict[str, object]) -> None:
    """The other side of each bound."""
    assert isinstance(settings_of(changed(**changes)), Settings)
