"""What keeps data, by type, and how AWS Backup knows it."""

from collections.abc import Mapping

from policies.stack import Resource, Stack

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
REPOSITORY = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
VAULT = "aws:backup/vault:Vault"
AIR_GAPPED_VAULT = "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
LOGGING = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")

# What AWS Backup can back up, with an ARN of the kind, without `arn:<partition>:` (its developer guide, "Feature
# availability by resource"): a selection may take all of a kind by a pattern.
BACKED_UP: Mapping[str, str] = {
    **dict.fromkeys(BUCKETS, "s3:::name"),
    LUSTRE: "fsx:region:account:file-system/id",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "fsx:region:account:file-system/id",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "fsx:region:account:file-system/id",
    "aws:fsx/ontapVolume:OntapVolume": "fsx:region:account:volume/file-system/id",
    "aws:efs/fileSystem:FileSystem": "elasticfilesystem:region:account:file-system/id",
    "aws:ebs/volume:Volume": "ec2:region:account:volume/id",
    "aws:dynamodb/table:Table": "dynamodb:region:account:table/name",
    "aws:rds/instance:Instance": "rds:region:account:db:name",
    "aws:rds/cluster:Cluster": "rds:region:account:cluster:name",
}
# What is lost for good with one `pulumi destroy`; without its key, encrypted data is as lost as if it were deleted.
STATEFUL = (
    *BACKED_UP,
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:kms/key:Key",
    "aws:eks/cluster:Cluster",
    VAULT,
    AIR_GAPPED_VAULT,
)


def is_scratch(file_system: Resource) -> bool:
    """Whether a Lustre file system keeps no copy of its data; FSx makes such a one where no deployment is named."""
    return str(file_system.get("deploymentType", "SCRATCH_1")).startswith("SCRATCH")


def is_linked(stack: Stack, file_system: Resource) -> bool:
    """Whether a Lustre file system is linked to a bucket: FSx backs up none that is, and the bucket holds the data."""
    inside = file_system.get("importPath") or file_system.get("exportPath")
    return bool(inside or stack.users(file_system, REPOSITORY, key="fileSystemId"))


def takes_access_logs(stack: Stack, bucket: Resource) -> bool:
    """Whether S3 writes the access logs of other buckets to this one."""
    inside = stack.users(bucket, *BUCKETS, key="logging") + stack.users(bucket, *BUCKETS, key="loggings")
    return bool(inside or stack.users(bucket, *LOGGING, key="targetBucket"))
