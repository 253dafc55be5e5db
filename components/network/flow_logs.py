"""Flow logs: which addresses of a VPC spoke with which, what was let through and what was refused."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components.account.arn import parsed
from components.account.key_policy import cloudwatch_logs_writes, key_policy
from components.network import log_retention

SHORTEST_INTERVAL_SECONDS = 60  # or 600, in which a fault of a minute can't be told from one of ten


class FlowLogsArgs(TypedDict):
    """What flow logs are made from."""

    vpc_id: pulumi.Input[str]
    """The VPC whose traffic is logged."""

    retention_days: int
    """For how many days they are kept: one of the times that CloudWatch Logs offers."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class FlowLogs(pulumi.ComponentResource):
    """All traffic of a VPC to a log group of its own, encrypted with a key of its own; both are protected.

    Attributes:
        log_group_name: the log group's name, `/vpc/<name>`.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:FlowLogs", name, {}, opts)
        refuse_mistakes(args)
        self._name, self._args = name, args
        self._tags = {**args["tags"], "Name": name}
        self._child = pulumi.ResourceOptions(parent=self)
        key, key_policy = self._key()
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=log_group_name(name),
            retention_in_days=args["retention_days"],
            kms_key_id=key.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=[key_policy]),
        )
        role, permission = self._role(group, key)
        aws.ec2.FlowLog(
            f"{name}-vpc",
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=SHORTEST_INTERVAL_SECONDS,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.log_group_name = group.name
        self.register_outputs({"logGroupName": self.log_group_name})

    def _key(self) -> tuple[aws.kms.Key, aws.kms.KeyPolicy]:
        """The key, and the policy that lets CloudWatch Logs use it for this one log group."""
        key = aws.kms.Key(
            f"{self._name}-key",
            description=f"Flow logs {self._name}",
            enable_key_rotation=True,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        policy = aws.kms.KeyPolicy(
            f"{self._name}-key-policy",
            key_id=key.key_id,
            policy=pulumi.Output.json_dumps(
                key.arn.apply(lambda arn: key_policy(arn, [cloudwatch_logs_writes(arn, log_group_name(self._name))]))
            ),
            opts=self._child,
        )
        return key, policy

    def _role(self, group: aws.cloudwatch.LogGroup, key: aws.kms.Key) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role that the flow logs service writes as, and what it may."""
        role = aws.iam.Role(
            f"{self._name}-role",
            description=f"Writes the flow logs {self._name}",
            assume_role_policy=pulumi.Output.json_dumps(key.arn.apply(trust_policy)),
            tags=self._tags,
            opts=self._child,
        )
        permission = aws.iam.RolePolicy(
            f"{self._name}-write",
            role=role.name,
            policy=pulumi.Output.json_dumps(group.arn.apply(write_policy)),
            opts=self._child,
        )
        return role, permission


def refuse_mistakes(args: FlowLogsArgs) -> None:
    """Refuse a time that CloudWatch Logs does not offer.

    Raises:
        pulumi.InputPropertyError: the time, and the next longer one.
    """
    days = args["retention_days"]
    if days not in log_retention.DAYS:
        better = f"write {log_retention.next_allowed(days)}"
        raise pulumi.InputPropertyError("retention_days", f"CloudWatch Logs keeps nothing for {days} days; {better}")


def log_group_name(name: str) -> str:
    """The log group's name, known before the group is there: its key's policy names it."""
    return f"/vpc/{name}"


def trust_policy(key_arn: str) -> dict[str, Any]:
    """Who may be the role: the flow logs service, for flow logs of the account and region that the key is in.

    Source: Amazon VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs".
    """
    key = parsed(key_arn)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": key.account},
                    "ArnLike": {"aws:SourceArn": f"arn:{key.partition}:ec2:{key.region}:{key.account}:vpc-flow-log/*"},
                },
            }
        ],
    }


def write_policy(group_arn: str) -> dict[str, Any]:
    """What the role may: write streams of its own log group. The group is there, so it may create none."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogStream",
                    "logs:DescribeLogGroups",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                "Resource": f"{group_arn}:*",
            }
        ],
    }
