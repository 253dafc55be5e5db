import pytest

from components.storage.bucket import Bucket
from components.storage.log_bucket import LogBucket
from components.storage.lustre import Lustre
from playbooks.account import Clients
from playbooks.plan.evaluate import record
from sandbox.cloud import Cloud


def test_a_locked_and_tiered_bucket_stands_in_moto_as_declared(client: Clients) -> None:
    """The lock, and the move to another storage class; only policies and logging are kept in the graph."""
    cloud = Cloud(client, {})

    def program() -> None:
        logs = LogBucket("logs", {"source_prefix": "", "keep_days": 90, "tags": {"owner": "us"}})
        Bucket(
            "data",
            {
                "noncurrent_days": 30,
                "transition": {"days": 30, "storage_class": "STANDARD_IA"},
                "object_lock": {"mode": "GOVERNANCE", "days": 7},
                "log_bucket": logs.bucket,
                "linked_to_lustre": True,
                "tags": {"owner": "us"},
            },
        )

    record(program, "test", {}, cloud.make)
    s3 = client("s3")
    (data,) = (each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith("data-"))
    lock = s3.get_object_lock_configuration(Bucket=data)["ObjectLockConfiguration"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=data)["Rules"]

    assert lock["ObjectLockEnabled"] == "Enabled"
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 7, "Years": 0}
    assert rules[1]["Transitions"] == [{"Days": 30, "StorageClass": "STANDARD_IA"}]
    assert sorted(cloud.kept) == ["aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketPolicy:BucketPolicy"]


def test_a_file_system_stands_in_moto_as_declared(client: Clients) -> None:
    """In its subnet and group, with its key; what it is linked to is kept in the graph."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    cloud = Cloud(client, {})
    record(
        lambda: Lustre(
            "fast",
            {
                "vpc_id": vpc,
                "subnet_id": subnet,
                "client_security_groups": {},
                "capacity_gib": 4800,
                "throughput": 1000,
                "efa": True,
                "repositories": {"/data": {"bucket": "data"}},
                "tags": {"owner": "us"},
            },
        ),
        "test",
        {},
        cloud.make,
    )
    (found,) = client("fsx").describe_file_systems()["FileSystems"]

    assert (found["FileSystemType"], found["StorageCapacity"], found["SubnetIds"]) == ("LUSTRE", 4800, [subnet])
    assert found["LustreConfiguration"]["DeploymentType"] == "PERSISTENT_2"
    assert found["LustreConfiguration"]["EfaEnabled"] is True
    assert found["KmsKeyId"].startswith("arn:aws:kms:")
    assert list(cloud.kept) == ["aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"]


def test_moto_still_has_no_repositories(client: Clients) -> None:
    """The day that it has, the row can be written."""
    with pytest.raises(NotImplementedError):
        client("fsx").create_data_repository_association(
            FileSystemId="fs-0123456789abcdef0", FileSystemPath="/data", DataRepositoryPath="s3://data"
        )


def test_moto_still_wants_a_policy_on_a_log_bucket(client: Clients) -> None:
    """Which it can't be given, since moto would leave the conditions of its denials aside."""
    s3 = client("s3")
    for name in ("data", "access-logs"):
        s3.create_bucket(Bucket=name)

    with pytest.raises(s3.exceptions.ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(
            Bucket="data",
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "data/"}},
        )
