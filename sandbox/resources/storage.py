"""Buckets, Lustre file systems, and the keys that encrypt."""

from collections.abc import Mapping
from typing import Any

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.request import tag_list
from sandbox.resources.row import Arguments, NotHeld, Row, physical_name


def _rotate(client: Client, key: str, resource: Resource) -> None:
    if resource.properties.get("enableKeyRotation"):
        client.enable_key_rotation(KeyId=key)


def _bucket_place(bucket: Resource, region: str) -> Arguments:
    """A bucket's name and where it stands; us-east-1 is S3's own region and is not said."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return {"Bucket": physical_name(bucket), **place}


def _tag_bucket(client: Client, bucket: str, resource: Resource) -> None:
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_list(resource.properties["tags"])})


def _part_of_bucket(operation: str, under: str, **more: Any) -> Row:  # noqa: ANN401 - what a Row takes
    return Row("s3", operation, "@Bucket", under=under, beside=("bucket",), **more)


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:kms/key:Key": Row(
        "kms",
        "create_key",
        "KeyMetadata.KeyId",
        ignored=("enableKeyRotation", "tags", "region"),  # the sandbox has one region
        more=lambda key, _: {
            "Tags": [{"TagKey": name, "TagValue": value} for name, value in key.properties["tags"].items()]
        },
        outputs={"arn": "KeyMetadata.Arn", "keyId": "KeyMetadata.KeyId"},
        then=_rotate,
    ),
    "aws:s3/bucket:Bucket": Row(
        "s3",
        "create_bucket",
        "@Bucket",
        names={"objectLockEnabled": "ObjectLockEnabledForBucket"},
        ignored=("tags",),
        more=_bucket_place,
        outputs={"bucket": "@Bucket"},
        then=_tag_bucket,
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _part_of_bucket("put_bucket_versioning", ""),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _part_of_bucket(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _part_of_bucket(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _part_of_bucket(
        "put_public_access_block", "PublicAccessBlockConfiguration"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _part_of_bucket(
        "put_bucket_ownership_controls", "OwnershipControls", names={"rule": "Rules"}
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _part_of_bucket(
        "put_object_lock_configuration", "ObjectLockConfiguration", names={"rule": "Rule"}
    ),
    "aws:s3/bucketLogging:BucketLogging": NotHeld("moto asks for the log bucket's policy, which it is not given"),
    "aws:s3/bucketPolicy:BucketPolicy": NotHeld("moto leaves a policy's conditions aside, so it would deny everything"),
    "aws:fsx/lustreFileSystem:LustreFileSystem": Row(
        "fsx",
        "create_file_system",
        "FileSystem.FileSystemId",
        under="LustreConfiguration",
        beside=("storageCapacity", "storageType", "fileSystemTypeVersion", "securityGroupIds", "kmsKeyId", "tags"),
        ignored=("subnetIds", "skipFinalBackup"),
        more=lambda lustre, _: {"FileSystemType": "LUSTRE", "SubnetIds": [lustre.properties["subnetIds"]]},
        outputs={"arn": "FileSystem.ResourceARN", "dnsName": "FileSystem.DNSName"},
    ),
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": NotHeld(
        "moto has no CreateDataRepositoryAssociation"
    ),
}
