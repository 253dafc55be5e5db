import json
from typing import Any

import pytest

from policies.identity import (
    ATTACHMENT,
    ATTACHMENT_TO_MANY,
    ATTACHMENTS,
    DOCUMENTS,
    IAM_NO_WILDCARDS,
    KEY,
    KMS_ROTATION,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_CONFLICTS,
)
from policies.rule import example
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import word

BUCKET = "arn:aws:s3:::checkpoints"
SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
CNI = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"


def of_statement(**statement: Any) -> str | None:  # noqa: ANN401 - what a statement may hold
    """What is said of a policy that allows this: JSON text, of one bare statement."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})
    return word(IAM_NO_WILDCARDS, example(ROLE_POLICY, {"policy": policy}))


def test_a_policy_that_names_actions_and_resources_passes() -> None:
    """Operations by a prefix are named."""
    assert of_statement(Action=["s3:GetObject", "s3:PutObject"], Resource=f"{BUCKET}/*") is None
    assert of_statement(Action="s3:Get*", Resource=[BUCKET, f"{BUCKET}/*"]) is None


@pytest.mark.parametrize("actions", ["*", ["s3:GetObject", "*:*"], "s3:*", ["S3:*"]])
def test_no_policy_allows_every_action_or_a_whole_service(actions: str | list[str]) -> None:
    """A single action or a list, whatever the resource."""
    assert "it allows " in str(of_statement(Action=actions, Resource=BUCKET))


@pytest.mark.parametrize("resource", ["*", "arn:aws:s3:::*", ["arn:aws:s3:::checkpoints", "*"]])
def test_no_policy_allows_on_every_resource_what_has_one(resource: str | list[str]) -> None:
    """The actions that have one are told."""
    assert str(of_statement(Action=["s3:GetObject", "sts:GetCallerIdentity"], Resource=resource)).startswith(
        "it allows s3:GetObject on "
    )


def test_actions_without_a_resource_may_be_allowed_on_all() -> None:
    """There is nothing else to write; a condition narrows as a resource does."""
    assert of_statement(Action=["ec2:DescribeInstances", "ecr:GetAuthorizationToken"], Resource="*") is None
    assert of_statement(Action=["ssmmessages:*"], Resource="*") is None
    narrowed = {"StringEquals": {"aws:ResourceTag/environment": "dev"}}
    assert of_statement(Action="ec2:StopInstances", Resource="*", Condition=narrowed) is None
    assert of_statement(Action="*", Resource="*", Condition=narrowed) is not None


def test_no_policy_allows_all_but_some() -> None:
    """What AWS adds tomorrow is allowed today."""
    assert of_statement(NotAction="iam:*", Resource=BUCKET) == "it allows every action but iam:*"
    assert "every resource but" in str(of_statement(Action="s3:GetObject", NotResource=[BUCKET]))


def test_what_is_denied_may_be_everything() -> None:
    """A wildcard in a Deny takes away."""
    assert of_statement(Effect="Deny", Action="*", Resource="*") is None


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_policies_of_every_kind_are_judged(kind: str) -> None:
    """As an object too, which the SDK takes where text would do."""
    statement = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}

    assert word(IAM_NO_WILDCARDS, example(kind, {"policy": {"Statement": [statement]}})) == "it allows *"


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_administrators_policy_is_attached_to_nobody(kind: str) -> None:
    """By none of the ways to attach one."""
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

    assert word(IAM_NO_WILDCARDS, example(kind, {"policyArn": administrator})) is not None
    assert word(IAM_NO_WILDCARDS, example(kind, {"policyArn": SSM})) is None
    assert word(IAM_NO_WILDCARDS, example(ROLE, {"managedPolicyArns": [administrator]})) is not None


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::111111111111:root", "*"]}])
def test_nobody_may_take_on_a_role_unasked(principal: str | dict[str, Any]) -> None:
    """A condition asks."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    asked = {**statement, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}

    def said(of: dict[str, Any]) -> str | None:
        return word(IAM_NO_WILDCARDS, example(ROLE, {"assumeRolePolicy": json.dumps({"Statement": [of]})}))

    assert said(statement) == "anyone may take on the role"
    assert said(asked) is None
    assert said({**statement, "Principal": {"Service": "ec2.amazonaws.com"}}) is None


def test_policies_inside_a_role_are_judged() -> None:
    """They are policies."""
    inline = {"name": "all", "policy": json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})}

    assert word(IAM_NO_WILDCARDS, example(ROLE, {"inlinePolicies": [inline]})) == "it allows *"


def test_a_policy_that_can_not_be_read_is_not_judged() -> None:
    """Neither a pass nor a violation."""
    for policy in ("no JSON", "[]", Unknown("policy")):
        with pytest.raises(NotEvaluatedError):
            word(IAM_NO_WILDCARDS, example(ROLE_POLICY, {"policy": policy}))


def test_a_role_has_its_policies_in_one_way() -> None:
    """On itself, or beside it."""
    own, bare = example(ROLE, {"managedPolicyArns": [SSM]}), example(ROLE, {})
    inline = example(ROLE, {"inlinePolicies": [{"name": "own", "policy": "{}"}]})

    assert word(ROLE_POLICY_CONFLICTS, own) is None
    assert word(ROLE_POLICY_CONFLICTS, bare, example(ATTACHMENT, {"policyArn": CNI}, role=bare)) is None
    assert "managedPolicyArns" in str(
        word(ROLE_POLICY_CONFLICTS, own, example(ATTACHMENT, {"policyArn": CNI}, role=own))
    )
    assert word(ROLE_POLICY_CONFLICTS, own, example(ATTACHMENT_TO_MANY, {"policyArn": CNI}, roles=own)) is not None
    assert "inlinePolicies" in str(
        word(ROLE_POLICY_CONFLICTS, inline, example(ROLE_POLICY, {"policy": "{1}"}, role=inline))
    )


def test_a_role_without_policies_on_itself_has_no_conflict_whatever_stands_beside_it() -> None:
    """A preview does not know the policies beside it, and need not."""
    role = example(ROLE, {})
    written = example(ROLE_POLICY, {"policy": Unknown("policy")}, role=role)

    assert word(ROLE_POLICY_CONFLICTS, role, written) is None


def test_what_a_refresh_writes_into_a_role_is_no_conflict() -> None:
    """The provider reads all policies of a role, whoever attached them; an empty one is no policy."""
    role = example(ROLE, {"managedPolicyArns": [SSM], "inlinePolicies": [{"name": "", "policy": ""}]})

    assert word(ROLE_POLICY_CONFLICTS, role, example(ATTACHMENT, {"policyArn": SSM}, role=role)) is None


def test_a_key_is_rotated_where_aws_can() -> None:
    """Asymmetric keys, keys for signatures and those of a store of one's own are left aside."""
    assert word(KMS_ROTATION, example(KEY, {"enableKeyRotation": True})) is None
    assert word(KMS_ROTATION, example(KEY, {"enableKeyRotation": False, "keyUsage": "ENCRYPT_DECRYPT"})) is not None
    assert word(KMS_ROTATION, example(KEY, {"customerMasterKeySpec": "RSA_4096"})) is None
    assert word(KMS_ROTATION, example(KEY, {"keyUsage": "GENERATE_VERIFY_MAC"})) is None
    assert word(KMS_ROTATION, example(KEY, {"customKeyStoreId": "cks-1"})) is None
