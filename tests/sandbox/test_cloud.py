import json

import pytest

from playbooks import account
from playbooks.account import Clients
from playbooks.plan.evaluate import evaluate, record
from playbooks.plan.graph import Graph
from sandbox.cloud import Cloud
from sandbox.errors import SandboxError
from sandbox.resources import ROWS, NotHeld
from stacks.environment import load, names
from tests.projects import ROOT


@pytest.fixture
def created(client: Clients) -> tuple[Graph, Cloud]:
    """The sandbox environment, created."""
    cloud = Cloud(client, {"sandbox-workers-1": "127.42.0.77"})
    return evaluate(load(ROOT, "sandbox"), cloud.make), cloud


def test_instances_stand_in_their_subnet_at_the_address_they_had(created: tuple[Graph, Cloud], client: Clients) -> None:
    """A rebuild moves none of them; new ones take the next free address."""
    reservations = client("ec2").describe_instances()["Reservations"]
    found = sorted(instance["PrivateIpAddress"] for each in reservations for instance in each["Instances"])

    assert found == ["127.42.0.4", "127.42.0.5", "127.42.0.6", "127.42.0.77"]
    assert sorted(created[1].addresses.values()) == found


@pytest.mark.usefixtures("created")
def test_the_launch_template_holds_every_interface(client: Clients) -> None:
    """Both network cards of the type, as declared, with real ids in them."""
    ec2 = client("ec2")
    (version,) = ec2.describe_launch_template_versions(Versions=["$Latest"])["LaunchTemplateVersions"]
    interfaces = version["LaunchTemplateData"]["NetworkInterfaces"]

    slots = [(each["NetworkCardIndex"], each["DeviceIndex"], each["InterfaceType"]) for each in interfaces]
    assert slots == [(0, 0, "interface"), (0, 1, "efa-only"), (1, 0, "efa-only")]
    assert all(each["SubnetId"].startswith("subnet-") and each["Groups"][0].startswith("sg-") for each in interfaces)


@pytest.mark.usefixtures("created")
def test_security_groups_let_through_what_is_declared_and_no_more(client: Clients) -> None:
    """The rule that EC2 gives every new group is gone; the default group is closed."""
    groups = {group["GroupName"]: group for group in client("ec2").describe_security_groups()["SecurityGroups"]}
    fabric = groups["sandbox-workers-fabric-group"]
    own = [pair["GroupId"] for rule in fabric["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
    vpc_default = next(
        group
        for group in client("ec2").describe_security_groups()["SecurityGroups"]
        if group["GroupName"] == "default" and group["VpcId"] == fabric["VpcId"]
    )

    assert own == [fabric["GroupId"]]
    assert [rule["IpProtocol"] for rule in fabric["IpPermissionsEgress"]] == ["-1"]
    assert (vpc_default["IpPermissions"], vpc_default["IpPermissionsEgress"]) == ([], [])


@pytest.mark.usefixtures("created")
def test_the_bucket_is_versioned_and_encrypted_with_its_key(client: Clients) -> None:
    """Ids flow on: the encryption rule names the key that moto made."""
    s3 = client("s3")
    (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"])
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]

    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is True
    assert client("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_what_moto_cannot_hold_is_named_with_the_reason(created: tuple[Graph, Cloud]) -> None:
    """And nothing else of the sandbox is left out."""
    assert created[1].kept == {
        "aws:ec2/instance:Instance networkInterfaces": "moto gives an instance the first interface only",
        "aws:ec2/placementGroup:PlacementGroup": "moto has no CreatePlacementGroup",
        "aws:s3/bucketPolicy:BucketPolicy": "moto leaves a policy's conditions aside, so it would deny everything",
    }


def test_moto_still_has_no_placement_groups(client: Clients) -> None:
    """The day that it has, the row can be written."""
    with pytest.raises(NotImplementedError):
        client("ec2").create_placement_group(GroupName="group", Strategy="cluster")


def test_moto_still_leaves_a_policys_conditions_aside(client: Clients) -> None:
    """A denial that holds for other callers only must not deny; the day it does not, the policy can be created."""
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    resource, condition = "arn:aws:s3:::data/*", {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource, "Condition": condition}
    s3.put_bucket_policy(Bucket="data", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

    with pytest.raises(s3.exceptions.ClientError, match="Forbidden|AccessDenied"):
        s3.put_object(Bucket="data", Key="k", Body=b"over https, as boto3 does")


@pytest.mark.parametrize("environment", names(ROOT))
@pytest.mark.usefixtures("client")
def test_every_environment_can_be_created(environment: str) -> None:
    """In its own region: each of its types has a row, and each property a place or a reason."""
    loaded = load(ROOT, environment)
    cloud = Cloud(account.clients(loaded.settings.region), {})
    graph = evaluate(loaded, cloud.make)

    assert {resource.type for resource in graph if resource.custom} <= set(ROWS)
    not_held = {kind for kind, row in ROWS.items() if isinstance(row, NotHeld)}
    assert set(cloud.kept) - not_held <= {"aws:ec2/instance:Instance networkInterfaces"}


def test_a_type_without_a_row_is_kept_as_declared(client: Clients) -> None:
    """It is in the graph, and in the list of what is not in moto."""
    import pulumi_aws as aws  # noqa: PLC0415 - half a second that only this test needs

    cloud = Cloud(client, {})
    graph = record(lambda: aws.sqs.Queue("queue"), "test", {}, cloud.make)

    assert [resource.name for resource in graph] == ["queue"]
    assert cloud.kept == {"aws:sqs/queue:Queue": "the sandbox has no way to create it"}


def test_a_refusal_names_the_resource_and_what_moto_said(client: Clients) -> None:
    """A person can find it in the program."""
    import pulumi_aws as aws  # noqa: PLC0415 - as above

    with pytest.raises(SandboxError, match=r"net \(aws:ec2/vpc:Vpc\) can't be created: .*InvalidParameterValue"):
        record(lambda: aws.ec2.Vpc("net", cidr_block="what"), "test", {}, Cloud(client, {}).make)
