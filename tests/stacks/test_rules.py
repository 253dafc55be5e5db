import pytest

from stacks.rules import RULES
from stacks.rules.fleets import LONGEST_ROLE, fleet_name_is_free
from stacks.rules.storage import LONGEST_BUCKET
from stacks.settings import Settings
from stacks.shape import kind_at
from tests.stacks.documents import GONE, VALID, changed, settings_of, told

RESERVED = {"purchase": "capacity-block", "reservation": "cr-0123456789abcdef0"}
BLOCK = {"starts": "2026-12-01T11:30:00Z", "ends": "2026-12-15T11:30:00Z", "instances": 2}
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
            {"fleets__workers__block": BLOCK},
            (
                "fleets.workers.block: purchase on-demand is no Capacity Block\n"
                "    Remove it, or write `purchase: capacity-block`."
            ),
        ),
        (
            {"fleets__workers": {**WORKERS, **RESERVED, "block": {**BLOCK, "starts": BLOCK["ends"]}}},
            (
                "fleets.workers.block.ends: the block would end before it starts (2026-12-15T11:30:00Z)\n"
                "    Write a time after 2026-12-15T11:30:00Z."
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
            {"fleets__workers__without": [2]},
            "fleets.workers.without: there is no node 2\n    Write numbers from 0 to 1, or more `nodes`.",
        ),
        (
            {"fleets__workers__without": [0, 1]},
            "fleets.workers.without: no node is left\n    Leave out fewer, or remove the fleet.",
        ),
        (
            {"fleets__workers__without": [1], "fleets__workers__scaling": {"minimum": 1, "maximum": 4}},
            (
                "fleets.workers.without: the nodes of an Auto Scaling group have no numbers\n"
                "    Remove it, or remove `scaling`."
            ),
        ),
        (
            {"fleets__workers__scaling": {"minimum": 3, "maximum": 4}},
            "fleets.workers.scaling: 2 nodes are not between 3 and 4\n    Write minimum <= nodes <= maximum.",
        ),
        (
            {"fleets__workers__rootVolume": {"throughputMibPerSecond": 1000}},
            (
                "fleets.workers.rootVolume: 1,000 MiB/s need 4,000 IOPS or more (gp3: 4 a MiB/s)\n"
                "    Write a larger sizeGib or iops, or less of the others."
            ),
        ),
        (
            {"fleets__workers__instanceType": "m7i.large", "fleets__workers__localDisks": "/scratch"},
            (
                "fleets.workers.localDisks: m7i.large has no local NVMe disks\n"
                "    Remove it, or write an instance type that has."
            ),
        ),
        (
            {"fleets__workers__buckets": ["checkpoint"]},
            'fleets.workers.buckets: no bucket "checkpoint"\n    Did you mean checkpoints? Known: checkpoints.',
        ),
        (
            {"fleets__workers__buckets": ["logs"], "buckets": GONE},
            'fleets.workers.buckets: no bucket "logs"\n    Declare it under buckets: `logs: {}`.',
        ),
        (
            {"fleets__workers__lustre": {"name": "data"}},
            (
                'fleets.workers.lustre: no Lustre file system "data"\n'
                "    Declare it under lustre: `data: {zone: us-east-1a, …}`."
            ),
        ),
        (
            {
                "fleets__workers__lustre": {"name": "data"},
                "lustre": {"data": {"zone": "us-east-1b", "capacityGib": 1200, "throughput": 125}},
            },
            (
                "fleets.workers.lustre: data stands in us-east-1b, and the fleet in us-east-1a\n"
                "    Write the zone of both as us-east-1a or us-east-1b, or mount another."
            ),
        ),
        (
            {"fleets__workers__stopProtection": True, "fleets__workers__purchase": "spot"},
            "fleets.workers.stopProtection: AWS takes spot instances back all the same\n    Remove it.",
        ),
        (
            {
                "fleets__workers__terminationProtection": True,
                "fleets__workers__scaling": {"minimum": 1, "maximum": 4},
            },
            "fleets.workers.terminationProtection: an Auto Scaling group ends its nodes all the same\n    Remove it.",
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
            {"fleets__workers__localDisks": "/scratch", "smoke__storage__scratch": "/scratch-2"},
            (
                "smoke.storage.scratch: the local disks of workers at /scratch would not be measured\n"
                "    Remove it: each fleet's localDisks are measured then, and `~` where it has none."
            ),
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
                "network.zones[0]: the private subnet 10.1.0.0/25 of us-east-1a has 123 free addresses, and 124 are"
                " asked for (fleets.a 100, fleets.b 24)\n"
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
        {"fleets__workers": {**WORKERS, **RESERVED, "block": BLOCK}},
        {"access": {"agent": False, "identityFile": "~/.ssh/id_ed25519"}},
        {"access": {"proxyCommand": "nc -X connect %h %p"}},
        {"smoke__storage__bucket": "checkpoints"},
        {"fleets__workers__without": [0]},
        {
            "fleets__workers__lustre": {"name": "data", "folder": "/data"},
            "lustre": {"data": {"zone": "us-east-1a", "capacityGib": 1200, "throughput": 125}},
        },
        {"fleets__workers__scaling": {"minimum": 0, "maximum": 2}},
        {"fleets__workers__localDisks": "/opt/dlami/nvme", "fleets__workers__buckets": ["checkpoints"]},
        {"fleets__workers__localDisks": "/scratch", "smoke__storage__scratch": "/scratch/smoke"},
        {"smoke__storage__scratch": "/opt/dlami/nvme"},
        {"fleets__workers__rootVolume": {"iops": 4000, "throughputMibPerSecond": 1000}},
        {"fleets__workers__stopProtection": True, "fleets__workers__terminationProtection": True},
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


def test_a_fleet_name_fits_with_its_role() -> None:
    """64 characters are IAM's bound, and no other name that is made of the fleet's has a tighter one."""
    room = LONGEST_ROLE - len("dev--role") - 8

    assert isinstance(settings_of(changed(fleets={"f" * room: WORKERS})), Settings)
    (mistake,) = told(changed(fleets={"f" * (room + 1): WORKERS}))
    assert mistake.startswith(f"fleets.{'f' * (room + 1)}: 1 character too many for an IAM role, whose name is dev-f")


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
