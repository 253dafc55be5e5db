"""The roles that AWS Backup acts as: one that backs up, and one that restores for a test and nothing else."""

from collections.abc import Collection, Mapping
from typing import TypedDict

import pulumi

from components.account.service_role import Trust, service_role

BACKUP = Trust("backup.amazonaws.com")
# AWS Backup developer guide, "Managed policies for AWS Backup". S3 has policies of its own for both ways.
FOR_ALL = {
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup",
    "restore": "service-role/AWSBackupServiceRolePolicyForRestores",
}
FOR_S3 = {"backup": "AWSBackupServiceRolePolicyForS3Backup", "restore": "AWSBackupServiceRolePolicyForS3Restore"}


class BackupRoleArgs(TypedDict):
    """What a role is made from."""

    duty: str
    """`backup` or `restore`."""

    kinds: Collection[str]
    """The kinds of what is backed up or restored."""

    partition: str
    """AWS's partition, `aws` for most of the world."""

    tags: Mapping[str, str]
    """Tags of every resource."""


def backup_role(name: str, args: BackupRoleArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """A role with AWS's own policies for its duty; its ARN is to be had once it has them."""
    duty = args["duty"]
    policies = [FOR_ALL[duty], *([FOR_S3[duty]] if "S3" in args["kinds"] else [])]
    return service_role(
        f"{name}-{duty}-role",
        {
            "trust": BACKUP,
            "policies": policies,
            "tags": args["tags"],
            "partition": args["partition"],
            "description": f"AWS Backup, {duty}, for {name}",
        },
        pulumi.ResourceOptions(parent=parent),
    ).arn
