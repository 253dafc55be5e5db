"""A role that one service of AWS takes on, with managed policies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws


class Trust(NamedTuple):
    """Which service takes a role on, and with which actions."""

    service: str
    actions: tuple[str, ...] = ("sts:AssumeRole",)


class ServiceRole(NamedTuple):
    """A role that a service takes on.

    Attributes:
        name: the role's name.
        arn: its ARN, known once its policies are attached.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class ServiceRoleArgs(TypedDict):
    """What a role is made from."""

    trust: Trust
    """Who takes it on."""

    policies: Sequence[str]
    """Managed policies of AWS, by name."""

    tags: Mapping[str, str]
    """Tags of the role."""

    partition: NotRequired[str]
    """AWS's partition; `aws`, most of the world's, where nothing is said."""

    description: NotRequired[str]
    """What it is for."""


def service_role(name: str, args: ServiceRoleArgs, opts: pulumi.ResourceOptions) -> ServiceRole:
    """Declare a role and attach its policies, all with these options."""
    role = aws.iam.Role(
        name,
        description=args.get("description"),
        assume_role_policy=json.dumps(trust_policy(args["trust"])),
        tags={**args["tags"], "Name": name},
        opts=opts,
    )
    attached = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role.name,
            policy_arn=f"arn:{args.get('partition', 'aws')}:iam::aws:policy/{policy}",
            opts=opts,
        ).id
        for policy in args["policies"]
    ]
    return ServiceRole(role.name, pulumi.Output.all(role.arn, *attached).apply(lambda known: str(known[0])))


def trust_policy(trust: Trust) -> dict[str, Any]:
    """Who may take the role on."""
    return document({"Effect": "Allow", "Principal": {"Service": trust.service}, "Action": list(trust.actions)})


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
