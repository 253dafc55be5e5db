"""Roles, their policies, and the profiles through which instances have them."""

from collections.abc import Callable, Mapping

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.resources.row import Arguments, NotHeld, Row, physical_name


def _name(member: str) -> Callable[[Resource, str], Arguments]:
    """IAM wants a name for everything; the provider makes one up where the program gives none, and so does a row."""
    return lambda resource, _region: {member: resource.properties.get("name") or physical_name(resource)}


def _add_role(client: Client, profile: str, resource: Resource) -> None:
    client.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=resource.properties["role"])


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:iam/role:Role": Row(
        "iam",
        "create_role",
        "Role.RoleName",
        names={"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName"},
        ignored=("forceDetachPolicies",),
        more=_name("RoleName"),
        outputs={"arn": "Role.Arn", "name": "Role.RoleName", "uniqueId": "Role.RoleId"},
    ),
    "aws:iam/policy:Policy": Row(
        "iam",
        "create_policy",
        "Policy.Arn",
        names={"policy": "PolicyDocument", "name": "PolicyName"},
        more=_name("PolicyName"),
        outputs={"arn": "Policy.Arn", "name": "Policy.PolicyName", "policyId": "Policy.PolicyId"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Row(
        "iam",
        "put_role_policy",
        "@PolicyName",
        names={"role": "RoleName", "policy": "PolicyDocument", "name": "PolicyName"},
        more=_name("PolicyName"),
        outputs={"name": "@PolicyName"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Row(
        "iam", "attach_role_policy", "@PolicyArn", names={"role": "RoleName"}
    ),
    "aws:iam/instanceProfile:InstanceProfile": Row(
        "iam",
        "create_instance_profile",
        "InstanceProfile.InstanceProfileName",
        names={"name": "InstanceProfileName"},
        ignored=("role",),
        more=_name("InstanceProfileName"),
        outputs={
            "arn": "InstanceProfile.Arn",
            "name": "InstanceProfile.InstanceProfileName",
            "uniqueId": "InstanceProfile.InstanceProfileId",
        },
        then=_add_role,
    ),
}
