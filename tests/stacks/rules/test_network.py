import pytest

from stacks.settings import Settings
from tests.stacks.documents import VALID, changed, settings_of, told

WORKERS = VALID["fleets"]["workers"]
EXISTING = {
    "vpc": "vpc-0123456789abcdef0",
    "privateSubnets": {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"network__avoid": ["10.0.0.0/16", "10.1.128.0/20"]},
            (
                "network.cidr: 10.1.0.0/16 overlaps 10.1.128.0/20 of network.avoid\n"
                "    Write a block that is clear of it."
            ),
        ),
        (
            {"network__avoid": ["10.0.0.1/16"]},
            (
                "network.avoid[0]: 10.0.0.1/16 is an address inside a network\n"
                "    Write 10.0.0.0/16, the network that holds it."
            ),
        ),
        (
            {"network__zones": ["us-east-1a", "use1-az4"]},
            (
                "network.zones: some zones are told by name and some by id\n"
                "    Write all by name, or all by id (`use1-az4`)."
            ),
        ),
        (
            {"network__zones": ["use1-az4", "usw2-az1"], "fleets__workers__zone": "use1-az4"},
            "network.zones[1]: usw2-az1 is not a zone of us-east-1\n    Write one of its zones, such as use1-az1.",
        ),
        (
            {"network__endpoints": ["sts", "ecr.api", "sts"]},
            "network.endpoints: sts stands there more than once\n    Write each service once.",
        ),
        (
            {"network__endpoints": ["ecr"]},
            (
                'network.endpoints[0]: there is no "ecr"\n'
                "    Did you mean ec2? Known: ec2, ecr.api, ecr.dkr, eks, eks-auth, fsx, kms, logs, monitoring,"
                " secretsmanager, ssm, ssmmessages, sts."
            ),
        ),
        (
            {"network__flowLogs": {"retentionDays": 100}},
            (
                "network.flowLogs.retentionDays: CloudWatch Logs keeps nothing for 100 days\n"
                "    Write 120; it offers 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827,"
                " 2192, 2557, 2922, 3288, 3653."
            ),
        ),
        (
            {"network__existing": {**EXISTING, "privateSubnets": {"us-east-1a": "subnet-0123456789abcdef0"}}},
            (
                "network.existing.privateSubnets: there are subnets for us-east-1a, and network.zones has us-east-1a,"
                " us-east-1b\n    Write a subnet for each zone of network.zones, and for no other."
            ),
        ),
        (
            {"network__existing": EXISTING, "network__nat": "none", "network__flowLogs": {}},
            (
                "network.existing: the network is there already, and network.nat, network.flowLogs would change it\n"
                "    Remove network.nat, network.flowLogs."
            ),
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(changes: dict[str, object], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert [expected] == told(changed(**changes))


def test_endpoints_and_the_way_in_take_addresses_too() -> None:
    """With three endpoints and a jump host, four addresses of the first zone's subnet are not for nodes."""
    settings = {
        "network__cidr": "10.1.0.0/22",
        "network__endpoints": ["ecr.api", "ecr.dkr", "sts"],
        "access": {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef0"}},
    }

    assert told(changed(**settings, fleets__workers__nodes=119)) == []
    (mistake,) = told(changed(**settings, fleets__workers__nodes=120))
    assert mistake.startswith(
        "network.zones[0]: the private subnet 10.1.0.0/25 of us-east-1a has 123 free addresses, and 124 are asked for"
        " (fleets.workers 120, network.endpoints 3, access.through 1)"
    )


def test_an_auto_scaling_group_is_counted_at_its_largest() -> None:
    """It grows by itself, and would stop growing in silence."""
    scaling = {"minimum": 1, "maximum": 124}

    (mistake,) = told(changed(network__cidr="10.1.0.0/22", fleets__workers__scaling=scaling))
    assert "(fleets.workers 124)" in mistake


@pytest.mark.parametrize(
    "changes",
    [
        {"network__avoid": ["10.0.0.0/16", "10.2.0.0/16", "192.168.7.1/32"]},
        {"network__zones": ["use1-az4", "use1-az6"], "fleets__workers__zone": "use1-az6"},
        {"network__nat": "per-zone", "network__endpoints": ["ecr.api", "eks-auth"], "network__flowLogs": {}},
        {"network__existing": EXISTING},
        {"network__existing": EXISTING, "network__cidr": "10.1.0.0/22", "fleets__workers__nodes": 1000},
    ],
)
def test_what_the_rules_allow(changes: dict[str, object]) -> None:
    """The other side of each bound; how large another's subnets are is not said."""
    assert isinstance(settings_of(changed(**changes)), Settings)


@pytest.mark.parametrize(
    ("changes", "role"),
    [
        ({"network__flowLogs": {}}, "-flow-logs-role"),
        (
            {"access": {"through": "jump-host", "jumpHost": {"image": "ami-0123456789abcdef0"}}},
            "-jump-host-identity-role",
        ),
    ],
)
def test_the_roles_of_an_environment_have_names_that_fit(changes: dict[str, object], role: str) -> None:
    """64 characters are IAM's bound, the random ones counted."""
    room = 64 - 8 - len(role)
    values = changed(**changes, name="e" * room, buckets={}, fleets={"w": WORKERS})
    longer = changed(**changes, name="e" * (room + 1), buckets={}, fleets={"w": WORKERS})

    assert told(values, "e" * room) == []
    assert any("1 character too many for an IAM role" in each for each in told(longer, "e" * (room + 1)))
