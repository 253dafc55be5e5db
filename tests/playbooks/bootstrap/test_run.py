import json
from typing import Any

import pytest

from playbooks.account import Client, Clients
from playbooks.bootstrap.policies import BOUNDARY, KEY_ALIAS
from playbooks.bootstrap.run import Wish, allowed_accounts, bootstrap
from playbooks.errors import AccountError

MOTOS = "123456789012"
WISH = Wish("prod", "us-east-1", (MOTOS,), "example/data-centre")
BUCKET = f"ai-datacenter-state-{MOTOS}-us-east-1"
OTHER = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
LIMITS = f"arn:aws:iam::{MOTOS}:policy/{BOUNDARY}"


def run(client: Clients, wish: Wish = WISH) -> list[str]:
    """What a bootstrap tells."""
    said: list[str] = []
    bootstrap(wish, client, said.append)
    return said


def outcomes(said: list[str], outcome: str) -> list[str]:
    """The steps that came out so."""
    return [line.split(maxsplit=1)[1] for line in said if line.split()[0] == outcome]


def trusted(iam: Client) -> dict[str, Any]:
    """The condition on who may take the role."""
    role = iam.get_role(RoleName="ai-datacenter-ci-prod")["Role"]
    condition: dict[str, Any] = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    return condition


def test_everything_is_made_the_first_time(client: Clients) -> None:
    """The bucket is closed, encrypted with the key, versioned and swept; the key rotates; the role is bounded."""
    said, s3, kms, iam = run(client), client("s3"), client("kms"), client("iam")
    key = kms.describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]
    encryption = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    role = iam.get_role(RoleName="ai-datacenter-ci-prod")["Role"]

    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
    assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"][0]["Sid"] == "TlsOnly"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == LIMITS
    assert sorted(iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]) == ["deploy", "state"]
    assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == []
    assert trusted(iam)["token.actions.githubusercontent.com:sub"] == "repo:example/data-centre:environment:prod"
    assert outcomes(said, "kept") == [
        "taken by example/data-centre in GitHub environment prod only",
        f"bounded by {BOUNDARY}",
    ]


def test_a_second_run_changes_nothing_and_says_so(client: Clients) -> None:
    """Not one call that writes."""
    run(client)
    said = run(client)

    assert (outcomes(said, "made"), outcomes(said, "changed")) == ([], [])
    assert said[-1] == "Nothing has changed: all of it was there."


def test_what_to_type_next_is_told(client: Clients) -> None:
    """The state's place, both layers' stacks with their key, and the role for CI."""
    said = run(client)
    key = f"awskms://{KEY_ALIAS}?region=us-east-1"

    assert f"  pulumi login 's3://{BUCKET}?region=us-east-1&awssdk=v2'" in said
    assert f"  pulumi stack init prod --secrets-provider='{key}'" in said
    assert f"  pulumi stack init prod-platform --secrets-provider='{key}'" in said
    assert said[-2].endswith(f"role-to-assume: arn:aws:iam::{MOTOS}:role/ai-datacenter-ci-prod")


def test_what_was_changed_by_hand_is_put_back(client: Clients) -> None:
    """Only that."""
    run(client)
    s3, iam = client("s3"), client("iam")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=BUCKET)
    iam.put_role_policy(RoleName="ai-datacenter-ci-prod", PolicyName="state", PolicyDocument=OTHER)
    said = run(client)

    assert outcomes(said, "made") == ["closed to the public"]
    assert outcomes(said, "changed") == ["versioned", "its policy state"]
    assert said[-1] == "3 of these were made or changed."


def test_another_repository_takes_the_role_over(client: Clients) -> None:
    """The trust policy names one."""
    run(client)
    said = run(client, WISH._replace(repository="example/other"))

    assert outcomes(said, "changed") == ["taken by example/other in GitHub environment prod only"]
    assert trusted(client("iam"))["token.actions.githubusercontent.com:sub"] == "repo:example/other:environment:prod"


def test_the_bounds_are_renewed_however_many_versions_there_are(client: Clients) -> None:
    """IAM keeps five; the oldest makes room."""
    run(client)
    iam = client("iam")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=LIMITS, PolicyDocument=OTHER, SetAsDefault=True)
    said = run(client)

    assert outcomes(said, "changed") == [f"policy {BOUNDARY}, the bounds of every CI role"]
    assert len(iam.list_policy_versions(PolicyArn=LIMITS)["Versions"]) == 5
    assert outcomes(run(client), "changed") == []


def test_a_second_environment_of_the_account_adds_its_role_only(client: Clients) -> None:
    """State bucket, key and provider serve all."""
    run(client)
    said = run(client, WISH._replace(environment="staging"))

    assert outcomes(said, "made") == ["role ai-datacenter-ci-staging", "its policy state", "its policy deploy"]


def test_without_a_repository_there_is_no_role(client: Clients) -> None:
    """Nobody is let in who wasn't named."""
    said = run(client, WISH._replace(repository=None))

    assert client("iam").list_roles()["Roles"] == []
    assert not any("role" in line for line in said)


def test_a_bucket_in_another_region_stands_there(client: Clients) -> None:
    """S3 has to be told of every region but its own."""
    run(client, WISH._replace(region="eu-north-1"))
    place = client("s3").get_bucket_location(Bucket=f"ai-datacenter-state-{MOTOS}-eu-north-1")

    assert place["LocationConstraint"] == "eu-north-1"


def test_another_account_is_refused_before_anything_is_made(client: Clients) -> None:
    """The credentials' account must be one of the environment's."""
    with pytest.raises(AccountError, match=f"of account {MOTOS} "):
        run(client, WISH._replace(accounts=("111111111111",)))

    assert client("s3").list_buckets()["Buckets"] == []


def test_a_key_that_is_about_to_go_is_not_replaced(client: Clients) -> None:
    """A new one could not read what the old one wrote."""
    run(client)
    kms = client("kms")
    kms.schedule_key_deletion(KeyId=kms.describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]["KeyId"])

    with pytest.raises(AccountError, match=r"is PendingDeletion, .*`aws kms cancel-key-deletion"):
        run(client)


def test_the_account_that_is_asked_for_is_one_of_the_environments() -> None:
    """`--account` narrows, and never widens."""
    assert allowed_accounts(("1", "2"), None) == ("1", "2")
    assert allowed_accounts(("1", "2"), "2") == ("2",)
    with pytest.raises(AccountError, match=r"--account 3 is none of aws:allowedAccountIds \(1, 2\)"):
        allowed_accounts(("1", "2"), "3")
