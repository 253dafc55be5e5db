from playbooks.account import Clients
from playbooks.engine.orphans import how_to_adopt, matches, regions, unknown_to
from playbooks.engine.state import Kept, State
from playbooks.engine.tagged import Tagged
from stacks.environment import load
from tests.projects import ROOT

FLEET = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet::dev-workers"
URN = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet$aws:ec2/instance:Instance::dev-workers-1"
INSTANCE = "aws:ec2/instance:Instance"


def wanted(kind: str, name: str) -> Kept:
    """What the engine wants to make."""
    return Kept(f"a::b::{kind}::{name}", kind, FLEET, "", False, {}, {})


def tagged(arn: str, name: str) -> Tagged:
    """A resource of dev's."""
    return Tagged(arn, "us-east-1", {"Name": name})


def test_what_was_wanted_is_matched_by_its_kind_and_its_name() -> None:
    """A volume has its instance's name, and is not it."""
    instance = tagged("arn:aws:ec2:us-east-1:1:instance/i-1", "dev-workers-1")
    volume = tagged("arn:aws:ec2:us-east-1:1:volume/vol-1", "dev-workers-1")
    other = tagged("arn:aws:ec2:us-east-1:1:instance/i-2", "dev-workers-2")

    (match,) = matches([wanted(INSTANCE, "dev-workers-1")], [volume, instance, other])
    assert (match.found.id, match.adoptable) == ("i-1", True)
    assert how_to_adopt(match, "dev").endswith(f"--parent parent={FLEET} {INSTANCE} dev-workers-1 i-1 --stack dev")


def test_kinds_are_the_same_in_an_arn_and_in_a_type() -> None:
    """`launch-template` is LaunchTemplate; the id of what is not EC2's can't be told from its ARN."""
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    cluster = "aws:eks/cluster:Cluster"
    found = matches(
        [wanted(template, "dev-t"), wanted(cluster, "dev-c")],
        [
            tagged("arn:aws:ec2:us-east-1:1:launch-template/lt-1", "dev-t"),
            tagged("arn:aws:eks:us-east-1:1:cluster/c", "dev-c"),
        ],
    )

    assert [each.adoptable for each in found] == [True, False]


def test_an_instance_that_was_started_by_a_call_that_failed_is_known_to_no_state(client: Clients) -> None:
    """What a state knows is no orphan."""
    tags = {"environment": "dev", "managed-by": "ai-datacenter", "Name": "dev-workers-1"}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    started = client("ec2").run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": listed}],
    )
    identity = started["Instances"][0]["InstanceId"]
    known = State((Kept(URN, INSTANCE, "", identity, False, {"region": "us-west-2"}, {}),), (), settled=True)
    settings = load(ROOT, "dev").settings

    assert [each.id for each in unknown_to([], lambda _: client, settings)] == [identity]
    assert unknown_to([known], lambda _: client, settings) == []
    assert regions([known], settings) == {"us-east-1", "us-west-2"}
