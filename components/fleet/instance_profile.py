"""What a fleet's nodes may do in the account: be reached by Systems Manager, and use the buckets they are given."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components.account.service_role import Trust, document, trust_policy

EC2 = Trust("ec2.amazonaws.com")

# Session Manager, and nothing that reads data (Systems Manager user guide, "Configure instance permissions")
SSM_ACCESS = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"

ON_BUCKETS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation")
ON_OBJECTS = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)


class BucketAccess(TypedDict):
    """A bucket that the nodes read and write."""

    arn: pulumi.Input[str]
    """The bucket's ARN."""

    key_arn: pulumi.Input[str] | None
    """The ARN of the KMS key that encrypts it; None where somebody else grants the use of the key."""


class InstanceProfileArgs(TypedDict):
    """What an instance profile is made from."""

    buckets: Sequence[BucketAccess]
    """The buckets that the nodes read and write; none gives them no data at all."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class InstanceProfile(pulumi.ComponentResource):
    """A role for EC2 instances, with least privilege, and the profile through which instances have it.

    Attributes:
        arn: the profile's ARN.
        role_name: the role's name.
    """

    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: InstanceProfileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:InstanceProfile", name, {}, opts)
        child, tags = pulumi.ResourceOptions(parent=self), {**args["tags"], "Name": name}
        role = aws.iam.Role(
            f"{name}-role",
            description=f"Nodes of {name}",
            assume_role_policy=json.dumps(trust_policy(EC2)),
            tags=tags,
            opts=child,
        )
        aws.iam.RolePolicyAttachment(f"{name}-sessions", role=role.name, policy_arn=SSM_ACCESS, opts=child)
        if args["buckets"]:
            known: pulumi.Output[Any] = pulumi.Output.from_input(list(args["buckets"]))  # mappings that hold outputs
            granted = known.apply(bucket_access)
            aws.iam.RolePolicy(f"{name}-buckets", role=role.name, policy=pulumi.Output.json_dumps(granted), opts=child)
        profile = aws.iam.InstanceProfile(f"{name}-profile", role=role.name, tags=tags, opts=child)
        self.arn, self.role_name = profile.arn, role.name
        self.register_outputs({"arn": self.arn, "roleName": self.role_name})


def bucket_access(buckets: Sequence[Mapping[str, str | None]]) -> dict[str, Any]:
    """The policy that lets read and write these buckets and no others, and use their keys through S3 only."""
    arns = [bucket["arn"] for bucket in buckets]
    keys = [bucket["key_arn"] for bucket in buckets if bucket["key_arn"]]
    through_s3 = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
    statements: list[dict[str, Any]] = [
        {"Sid": "Buckets", "Action": list(ON_BUCKETS), "Resource": arns},
        {"Sid": "Objects", "Action": list(ON_OBJECTS), "Resource": [f"{arn}/*" for arn in arns]},
        {"Sid": "Keys", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": keys, "Condition": through_s3},
    ]
    allowed = [{"Effect": "Allow", **statement} for statement in statements if statement["Resource"]]
    return document(*allowed)
