import fnmatch
import json
from collections.abc import Mapping
from typing import Any

import pytest

from playbooks.bootstrap.policies import BOUNDARY, Account, Policy, boundary, deploy, state, tls_only, trust

ACCOUNT = Account("aws", "111111111111", "us-east-2")
KEY = "arn:aws:kms:us-east-2:111111111111:key/12345678-1234-1234-1234-123456789012"
ROLE = "arn:aws:iam::111111111111:role/"
INLINE_AT_MOST, MANAGED_AT_MOST = 10240, 6144  # IAM quotas: characters without white space


def size(policy: Policy) -> int:
    """As IAM counts."""
    return len(json.dumps(policy, separators=(",", ":")))


def statements(policy: Policy, effect: str, action: str, resource: str) -> list[Mapping[str, Any]]:
    """The statements that speak of an action on a resource, whatever their conditions."""
    return [
        each
        for each in policy["Statement"]
        if each["Effect"] == effect
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in each["Action"])
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in each["Resource"])
    ]


def test_only_the_repositorys_jobs_in_their_github_environment_may_take_the_role() -> None:
    """Without the subject every repository of GitHub could."""
    (statement,) = trust(ACCOUNT, "example/data-centre", "prod")["Statement"]

    assert statement["Principal"] == {
        "Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
    }
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example/data-centre:environment:prod",
        }
    }


def test_the_policies_fit() -> None:
    """With the longest environment's name that a role's name has room for, and both inline ones together."""
    name = "e" * 40

    assert size(state(ACCOUNT, KEY)) + size(deploy(ACCOUNT, name, ["us-east-2", "us-west-2"])) < INLINE_AT_MOST
    assert size(boundary(ACCOUNT, KEY)) < MANAGED_AT_MOST


def test_roles_are_passed_to_named_services_only() -> None:
    """No pattern of another statement lets iam:PassRole slip through."""
    (statement,) = statements(deploy(ACCOUNT, "prod", ["us-east-2"]), "Allow", "iam:PassRole", f"{ROLE}prod-x")

    assert "ec2.amazonaws.com" in statement["Condition"]["StringEquals"]["iam:PassedToService"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateRole", f"{ROLE}staging-workers"),
        ("iam:PutRolePolicy", f"{ROLE}ai-datacenter-ci-prod"),
        ("iam:CreateUser", "arn:aws:iam::111111111111:user/me"),
        ("s3:GetObject", "arn:aws:s3:::staging-checkpoints/a"),
        ("iam:PutUserPolicy", "arn:aws:iam::111111111111:user/me"),
    ],
)
def test_the_role_of_one_environment_has_no_say_in_another(action: str, resource: str) -> None:
    """What bears another name is out of its reach."""
    assert statements(deploy(ACCOUNT, "prod", ["us-east-2"]), "Allow", action, resource) == []


def test_services_are_used_in_the_environments_regions_only() -> None:
    """A stolen session starts no machines elsewhere."""
    (statement,) = statements(deploy(ACCOUNT, "prod", ["us-east-2", "us-west-2"]), "Allow", "ec2:RunInstances", "*")

    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["us-east-2", "us-west-2"]}}


def test_keys_are_told_apart_by_the_environments_tag() -> None:
    """Another environment's data can't be decrypted."""
    policy = deploy(ACCOUNT, "prod", ["us-east-2"])
    (decrypt,) = statements(policy, "Allow", "kms:Decrypt", KEY)

    assert decrypt["Condition"] == {"StringEquals": {"aws:ResourceTag/environment": "prod"}}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PutRolePolicy", f"{ROLE}ai-datacenter-ci-prod"),
        ("iam:DeleteRolePermissionsBoundary", f"{ROLE}ai-datacenter-ci-dev"),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::111111111111:policy/{BOUNDARY}"),
        (
            "iam:DeleteOpenIDConnectProvider",
            "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
        ),
        ("s3:DeleteBucketPolicy", ACCOUNT.bucket_arn),
        ("s3:PutBucketVersioning", ACCOUNT.bucket_arn),
        ("s3:PutLifecycleConfiguration", ACCOUNT.bucket_arn),
        ("s3:DeleteObjectVersion", f"{ACCOUNT.bucket_arn}/.pulumi/stacks/ai-datacenter/prod.json"),
        ("kms:ScheduleKeyDeletion", KEY),
        ("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/me"),
    ],
)
def test_no_ci_role_can_change_what_holds_it_or_undo_the_state(action: str, resource: str) -> None:
    """Whatever its own policies say."""
    assert statements(boundary(ACCOUNT, KEY), "Deny", action, resource)


def test_the_state_is_written_and_read_and_its_key_used() -> None:
    """What `pulumi up` needs is not denied by the bounds."""
    for action, resource in (("s3:PutObject", f"{ACCOUNT.bucket_arn}/a"), ("kms:Decrypt", KEY)):
        assert statements(state(ACCOUNT, KEY), "Allow", action, resource)
        assert statements(boundary(ACCOUNT, KEY), "Deny", action, resource) == []


def test_the_bucket_is_reached_by_tls_only() -> None:
    """The bucket and its objects, for everybody."""
    (statement,) = tls_only(ACCOUNT)["Statement"]

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Resource"] == [ACCOUNT.bucket_arn, f"{ACCOUNT.bucket_arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
