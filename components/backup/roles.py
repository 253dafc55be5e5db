"""The roles that AWS Backup acts as: one that backs up, and one that restores for a test and nothing else."""

from collections.abc import Collection, Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
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
    child, duty = pulumi.ResourceOptions(parent=parent), args["duty"]
    role = aws.iam.Role(
        f"{name}-{duty}-role",
        description=f"AWS Backup, {duty}, for {name}",
        assume_role_policy=pulumi.Output.json_dumps(TRUST),
        tags={**args["tags"], "Name": f"{name}-{duty}"},
        opts=child,
    )
    policies = {"all": FOR_ALL[duty], **({"s3": FOR_S3[duty]} if "S3" in args["kinds"] else {})}
    attached: list[Any] = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{duty}-{whose}",
            role=role.name,
            policy_arn=f"arn:{args['partition']}:iam::aws:policy/{policy}",
            opts=child,
        ).id
        for whose, policy in policies.items()
    ]
    return pulumi.Output.all(role.arn, *attached).apply(lambda all_of_it: str(all_of_it[0]))
