import json
from collections.abc import Callable

import pulumi_aws as aws
import pytest

from components.fleet.fleet import Fleet, FleetArgs
from components.fleet.instance_profile import BucketAccess, InstanceProfile
from playbooks.account import Clients
from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from sandbox.cloud import Cloud
from tests.components.fleet.test_fleet import ARGS

BUCKET: BucketAccess = {"arn": "arn:aws:s3:::data", "key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"}


def created(client: Clients, program: Callable[[], object]) -> tuple[Graph, Cloud]:
    """What a program declares, created."""
    cloud = Cloud(client, {})
    return record(program, "test", {"aws:region": "us-east-1"}, cloud.make), cloud


def test_a_role_is_created_with_its_policies_and_its_profile(client: Clients) -> None:
    """Moto reads the policies as IAM does, and knows AWS's own by their ARNs."""
    _, cloud = created(client, lambda: InstanceProfile("nodes", {"buckets": [BUCKET], "tags": {"owner": "us"}}))
    iam = client("iam")
    (profile,) = iam.list_instance_profiles()["InstanceProfiles"]
    (role,) = profile["Roles"]
    name = role["RoleName"]
    (own,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]

    assert cloud.kept == {}
    assert iam.get_role_policy(RoleName=name, PolicyName=own)["PolicyDocument"]["Statement"][0]["Sid"] == "Buckets"
    assert attached["PolicyName"] == "AmazonSSMManagedInstanceCore"


def test_a_policy_of_ones_own_can_be_attached(client: Clients) -> None:
    """By the ARN that moto gives it; a name that the program gives is the name."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}

    def program() -> None:
        role = aws.iam.Role("role", name="mine", assume_role_policy=json.dumps({"Version": "2012-10-17"}))
        policy = aws.iam.Policy("policy", policy=json.dumps(document), tags={"owner": "us"})
        aws.iam.RolePolicyAttachment("both", role=role.name, policy_arn=policy.arn)

    created(client, program)
    (attached,) = client("iam").list_attached_role_policies(RoleName="mine")["AttachedPolicies"]

    assert attached["PolicyName"].startswith("policy-")


@pytest.fixture
def ground(client: Clients) -> FleetArgs:
    """A fleet's arguments with a real subnet and security group in them."""
    ec2 = client("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=network)["GroupId"]
    return {**ARGS, "subnet_id": subnet, "security_group_id": group}


def test_an_auto_scaling_group_starts_its_nodes(client: Clients, ground: FleetArgs) -> None:
    """As many as wanted, in the group's subnet, with the tags by which they are found."""
    created(client, lambda: Fleet("training", {**ground, "scaling": {"minimum": 1, "maximum": 4}}))
    found = [each for page in client("ec2").describe_instances()["Reservations"] for each in page["Instances"]]
    tags = [{tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in found]

    assert {each["SubnetId"] for each in found} == {ground["subnet_id"]}
    assert [(each["fleet"], each["node"]) for each in tags] == [("training", "scaled")] * 3


def test_numbered_nodes_stand_beside_those_of_a_group(client: Clients, ground: FleetArgs) -> None:
    """The group's nodes take addresses that nobody has told of, and that no other can have."""

    def program() -> None:
        Fleet("scaled", {**ground, "scaling": {"minimum": 1, "maximum": 4}})
        Fleet("numbered", ground)

    _, cloud = created(client, program)
    found = [each for page in client("ec2").describe_instances()["Reservations"] for each in page["Instances"]]

    assert len({each["PrivateIpAddress"] for each in found}) == 6
    assert sorted(cloud.addresses) == ["numbered-0", "numbered-1", "numbered-2"]
