"""The roles of a cluster: its own, its nodes', and one for each add-on that calls AWS."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

MANAGED_POLICIES = "arn:aws:iam::aws:policy/"


class Trust(NamedTuple):
    """Which service takes a role on, and with which actions."""

    service: str
    actions: tuple[str, ...] = ("sts:AssumeRole",)


CLUSTER = Trust("eks.amazonaws.com")
NODES = Trust("ec2.amazonaws.com")
POD_IDENTITY = Trust("pods.eks.amazonaws.com", ("sts:AssumeRole", "sts:TagSession"))


class ServiceRole(NamedTuple):
    """A role that a service takes on.

    Attributes:
        name: the role's name.
        arn: its ARN, known once its policies are attached.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def service_role(
    name: str, trust: Trust, policies: Sequence[str], tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> ServiceRole:
    """Declare a role with managed policies of AWS, which are given by name."""
    role = aws.iam.Role(
        name, assume_role_policy=json.dumps(trust_policy(trust)), tags={**tags, "Name": name}, opts=opts
    )
    attached = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role.name,
            policy_arn=f"{MANAGED_POLICIES}{policy}",
            opts=opts,
        ).id
        for policy in policies
    ]
    arn = pulumi.Output.all(role.arn, *attached).apply(lambda known: str(known[0]))
    return ServiceRole(role.name, arn)


def trust_policy(trust: Trust) -> dict[str, Any]:
    """Who may take the role on."""
    return document({"Effect": "Allow", "Principal": {"Service": trust.service}, "Action": list(trust.actions)})


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
