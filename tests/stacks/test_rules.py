import pytest

from stacks.rules import RULES
from stacks.rules.fleets import LONGEST_LAUNCH_TEMPLATE, fleet_name_is_free
from stacks.rules.storage import LONGEST_BUCKET
from stacks.settings import Settings
from stacks.shape import kind_at
from tests.stacks.documents import GONE, VALID, changed, settings_of, told

RESERVED = {"purchase": "capacity-block", "reservation": "cr-0123456789abcdef0"}
WORKERS = VALID["fleets"]["workers"]
IDENTITY = {"access__identityFile": ".sandbox/id_ed25519"}
LOOPBACK = {"network__cidr": "127.42.0.0/16", "sandbox": {}, **IDENTITY}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"network__cidr": "8.8.0.0/16"},
            (
                "network.cidr: 8.8.0.0/16 is not private\n"
                "    Write a network inside one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10."
            ),
        ),
        (
            {**LOOPBACK, "network__cidr": "10.1.0.0/16"},
            (
                "network.cidr: 10.1.0.0/16 can't hold a sandbox with isolation loopback\n"
                "    Write a network inside 127.0.0.0/8 and outside 127.0.0.0/16, such as 127.42.0.0/16."
            ),
        ),
        (
            {**LOOPBACK, "network__cidr": "127.0.0.0/16"},
            (
                "network.cidr: 127.0.0.0/16 can't hold a sandbox with isolation loopback\n"
                "    Write a network inside 127.0.0.0/8 and outside 127.0.0.0/16, such as 127.42.0.0/16."
            ),
        ),
        (
            {**LOOPBACK, "sandbox": {"isolation": "namespaces"}},
            (
                "network.cidr: 127.42.0.0/16 is not private\n"
                "    Write a network inside one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10."
            ),
        ),
        (
            {"network__zones": ["us-east-1a", "us-west-2b"]},
            "network.zones[1]: us-west-2b is not a zone of us-east-1\n    Write one of its zones, such as us-east-1a.",
        ),
        (
            {"network__zones": ["us-east-1a", "us-east-1a"]},
            "network.zones: us-east-1a stands there more than once\n    Write each zone once.",
        ),
        (
            {"network__zones": [f"us-east-1{letter}" for letter in "abcdefg"]},
            "network.zones: 7 zones\n    Write at most 6: the network is cut for so many.",
        ),
        (
            {"fleets__workers__zone": "us-east-1c"},
            (
                "fleets.workers.zone: the network has no zone us-east-1c\n"
                "    Write one of us-east-1a, us-east-1b, or append us-east-1c to network.zones."
            ),
        ),
        (
            {"fleets__workers__purchase": "capacity-block"},
            (
                "fleets.workers.reservation: purchase capacity-block needs one\n"
                "    Add `reservation: cr-…`; `aws ec2 describe-capacity-reservations` lists yours."
            ),
        ),
        (
            {"fleets__workers__reservation": "cr-0123456789abcdef0"},
            (
                "fleets.workers.reservation: purchase on-demand takes no reservation, and cr-0123456789abcdef0 is"
                " given\n"
                "    Remove it, or write `purchase: capacity-reservation` or `purchase: capacity-block`."
            ),
        ),
        (
            {"fleets__workers": {**WORKERS, **RESERVED, "placement": "cluster"}},
            (
                "fleets.workers.placement: cluster can't be had with purchase capacity-block: AWS has placed that"
                " capacity already, and instances forced into another group don't all fit (eksctl#7949)\n"
                "    Remove it, or write `placement: none`."
            ),
        ),
        (
            {"fleets__workers": {**WORKERS, "instanceType": "t3.micro", "placement": "cluster"}},
            (
                "fleets.workers.placement: t3.micro can't stand in a cluster placement group\n"
                "    Remove it, or write `placement: none`."
            ),
        ),
        (
            {"fleets": {"a": WORKERS, "a-1": WORKERS}},
            "fleets.a-1: node 1 of fleet a is called a-1 too\n    Rename one of the two fleets.",
        ),
        (
            {"smoke__storage__bucket": "checkpoint"},
            'smoke.storage.bucket: no bucket "checkpoint"\n    Did you mean checkpoints? Known: checkpoints.',
        ),
        (
            {"smoke__storage__bucket": "logs", "buckets": GONE},
            'smoke.storage.bucket: no bucket "logs"\n    Declare it under buckets: `logs: {}`.',
        ),
        (
            {
                "access__proxyCommand": "nc %h %p",
                "access__jump": {"address": "bastion", "hostKey": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43}"},
            },
            (
                "access.proxyCommand: a jump host and a proxy command are given\n"
                "    Remove access.jump or access.proxyCommand."
            ),
        ),
        (
            {"access__agent": False},
            (
                "access.agent: nothing to authenticate with: no SSH agent and no identityFile\n"
                "    Add `identityFile: ~/.ssh/id_ed25519`, or remove `agent: false` (the default is true)."
            ),
        ),
        (
            {"network__cidr": "127.42.0.0/16", "sandbox": {}, "access__agent": False},
            (
                "access.identityFile: missing, and the nodes of a sandbox let in no other key than the one that"
                " `aidc up` makes there\n"
                "    Add `identityFile: .sandbox/id_ed25519`."
            ),
        ),
        (
            {"network__cidr": "10.1.0.0/22", "fleets": {"a": {**WORKERS, "nodes": 100}, "b": {**WORKERS, "nodes": 24}}},
            (
                "network.zones[0]: the private subnet 10.1.0.0/25 of us-east-1a has 123 free addresses, and its"
                " fleets ask for 124 (a 100, b 24)\n"
                "    Write fewer nodes, another zone for a fleet, or a larger network.cidr (a /16 at most)."
            ),
        ),
        (
            {"fleets__workers__instanceType": "p6e-gb200.36xlarge"},
            (
                "fleets.workers.instanceType: p6e-gb200 is not supported: its network cards take `efa` and `efa-only`"
                " interfaces by turns, a layout of its own that Fleet does not make\n"
                "    Write a type of another family. `aws ec2 describe-instance-types` lists those of a region."
            ),
        ),
        (
            {"name": "prod"},
            'name: "prod" stands in the settings of dev\n    Write dev.',
        ),
        (
            {"tags__owner": {"secure": "v1:canary"}},
            (
                "tags.owner: the value is encrypted\n    Write it in plain text (`pulumi config set` without --secret):"
                " no setting is a secret, and aidc can't decrypt."
            ),
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(changes: dict[str, object], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert [expected] == told(changed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        LOOPBACK,
        {"network__cidr": "100.64.0.0/16"},
        {"network__cidr": "172.31.0.0/20"},
        {"network__cidr": "192.168.0.0/16", "sandbox": {"isolation": "namespaces"}, **IDENTITY},
        {"network__cidr": "10.1.0.0/22", "fleets__workers__nodes": 123},
        {
            "network__cidr": "10.1.0.0/22",
            "fleets": {"a": {**WORKERS, "nodes": 100}, "b": {**WORKERS, "nodes": 100, "zone": "us-east-1b"}},
        },
        {"network__zones": ["us-east-1a", "us-east-1-dfw-2a"]},
        {"fleets": {"a": WORKERS, "a-one": WORKERS, "b-1": WORKERS}},
        {"fleets__workers": {**WORKERS, **RESERVED, "placement": "none"}},
        {"access": {"agent": False, "identityFile": "~/.ssh/id_ed25519"}},
        {"access": {"proxyCommand": "nc -X connect %h %p"}},
        {"smoke__storage__bucket": "checkpoints"},
    ],
)
def test_what_the_rules_allow(changes: dict[str, object]) -> None:
    """The other side of each bound."""
    assert isinstance(settings_of(changed(**changes)), Settings)


def test_a_bucket_name_fits_with_the_random_suffix() -> None:
    """63 characters are S3's bound; `dev-`, the bucket and 8 random ones use it up."""
    room = LONGEST_BUCKET - len("dev-") - 8

    assert isinstance(settings_of(changed(buckets={"b" * room: {}})), Settings)
    (mistake,) = told(changed(buckets={"b" * (room + 2): {}}))
    assert mistake.startswith(
        f"buckets.{'b' * (room + 2)}: 2 characters too many for an S3 bucket, whose name is dev-b"
    )
    assert mistake.endswith("and the 8 characters that Pulumi adds (at most 63)\n    Shorten it by 2, or `name`.")


def test_a_fleet_name_fits_with_its_launch_template() -> None:
    """125 characters are the provider's bound, and no other name that is made of the fleet's has a tighter one."""
    room = LONGEST_LAUNCH_TEMPLATE - len("dev--template") - 8

    assert isinstance(settings_of(changed(fleets={"f" * room: WORKERS})), Settings)
    (mistake,) = told(changed(fleets={"f" * (room + 1): WORKERS}))
    assert mistake.startswith(
        f"fleets.{'f' * (room + 1)}: 1 character too many for a launch template, whose name is dev-f"
    )


def test_every_mistake_is_told_at_once() -> None:
    """A rule is asked wherever what it reads was accepted, however much else is wrong."""
    values = changed(
        network__cidr="10.1.2.0/16",
        fleets__workers__zone="us-east-1c",
        fleets__workers__nodes="2",
        fleets__workers__reservation="cr-0123456789abcdef0",
        fleets__second={"instanceTyp": "p5.48xlarge", "placement": "cluster", "purchase": "capacity-block"},
        smoke={"storage": {"bucket": "checkpoint"}, "clockOffsetSeconds": -1},
    )

    assert [each.partition(": ")[0] for each in told(values)] == [
        "network.cidr",
        "fleets.workers.nodes",
        "fleets.second.nodes",
        "fleets.second.zone",
        "fleets.second.image",
        "fleets.second.instanceTyp",
        "smoke.clockOffsetSeconds",
        "fleets.workers.zone",
        "fleets.workers.reservation",
        "fleets.second.reservation",
        "fleets.second.placement",
        "smoke.storage.bucket",
    ]


def test_nodes_are_counted_only_where_every_fleet_says_how_many() -> None:
    """A sum over what was refused would be a guess."""
    crowd = {**WORKERS, "nodes": 200}
    mistakes = told(changed(network__cidr="10.1.0.0/22", fleets={"a": crowd, "b": {**WORKERS, "nodes": 0}}))

    assert [each.partition(": ")[0] for each in mistakes] == ["fleets.b.nodes"]


def test_every_rule_reads_keys_that_exist() -> None:
    """A key renamed in the models must be renamed in the rules."""
    paths = [
        path.replace("**", "*").replace("*", "any") for rule in RULES for path in (rule.at, *rule.reads) if path != "*"
    ]
    steps = [
        tuple(0 if path == "network.zones.any" and step == "any" else step for step in path.split("."))
        for path in paths
    ]

    assert [path for path, step in zip(paths, steps, strict=True) if kind_at(step) is None] == []


def test_a_fleet_may_end_with_a_number_of_its_own() -> None:
    """Only the name of another fleet's node is taken."""
    assert fleet_name_is_free("a-1", {"a-1": {}, "b": {}}) is None
