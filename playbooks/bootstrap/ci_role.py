"""The role that CI takes: by GitHub's word for a job, without a key that could be stolen."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from playbooks.account import Client
from playbooks.bootstrap.policies import (
    BOUNDARY,
    CI_ROLE,
    GITHUB,
    STS,
    Account,
    Policy,
    boundary,
    deploy,
    state,
    trust,
)
from playbooks.bootstrap.state import TAGS
from playbooks.bootstrap.step import Step, answer_or_none

NO_SUCH = ["NoSuchEntity"]
VERSIONS_AT_MOST = 5  # IAM quotas: versions of a managed policy
SESSION_SECONDS = 4 * 3600  # a Lustre file system and a cluster take long to make


class Ci(NamedTuple):
    """Who the role is for.

    Attributes:
        environment: ours, and GitHub's of the same name.
        repository: `owner/name`.
        regions: where the role may work.
    """

    environment: str
    repository: str
    regions: Sequence[str]

    @property
    def role(self) -> str:
        """The role's name."""
        return f"{CI_ROLE}-{self.environment}"


def ci_steps(iam: Client, account: Account, ci: Ci, key: str) -> Iterator[Step]:
    """GitHub as one whose word counts, the bounds of every CI role, and this environment's."""
    yield from _provider_steps(iam, account)
    limits = account.arn("iam", f"policy/{BOUNDARY}")
    yield _boundary_step(iam, limits, boundary(account, key))
    yield from _role_steps(iam, ci, limits, trust(account, ci.repository, ci.environment))
    policies = {"state": state(account, key), "deploy": deploy(account, ci.environment, ci.regions)}
    for name, document in policies.items():
        yield _inline_step(iam, ci.role, name, document)


def _provider_steps(iam: Client, account: Account) -> Iterator[Step]:
    def clients() -> object:
        arn = account.github_arn
        found = answer_or_none(lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn), NO_SUCH)
        return None if found is None else STS in found["ClientIDList"]

    def write() -> None:
        if clients() is None:
            iam.create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=[STS], Tags=_tags())
        else:
            iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=account.github_arn, ClientID=STS)

    yield Step(f"OIDC provider {GITHUB}", True, clients, write)


def _boundary_step(iam: Client, arn: str, document: Policy) -> Step:
    def look() -> object:
        found = answer_or_none(lambda: iam.get_policy(PolicyArn=arn), NO_SUCH)
        if found is None:
            return None
        version = found["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    def write() -> None:
        if look() is None:
            iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(document), Tags=_tags())
            return
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= VERSIONS_AT_MOST:
            oldest = min(
                (each for each in versions if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"]
            )
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)

    return Step(f"policy {BOUNDARY}, the bounds of every CI role", document, look, write)


def _role_steps(iam: Client, ci: Ci, limits: str, trusted: Policy) -> Iterator[Step]:
    """The role, made whole at once: it never stands without its bounds."""

    def role(path: Callable[[Mapping[str, Any]], object]) -> object:
        found = answer_or_none(lambda: iam.get_role(RoleName=ci.role), NO_SUCH)
        return None if found is None else path(found["Role"])

    yield Step(
        f"role {ci.role}",
        ci.role,
        lambda: role(lambda found: found["RoleName"]),
        lambda: iam.create_role(
            RoleName=ci.role,
            Description=f"CI of {ci.repository} for {ci.environment}",
            AssumeRolePolicyDocument=json.dumps(trusted),
            PermissionsBoundary=limits,
            MaxSessionDuration=SESSION_SECONDS,
            Tags=_tags(),
        ),
    )
    yield Step(
        f"taken by {ci.repository} in GitHub environment {ci.environment} only",
        trusted,
        lambda: role(lambda found: found["AssumeRolePolicyDocument"]),
        lambda: iam.update_assume_role_policy(RoleName=ci.role, PolicyDocument=json.dumps(trusted)),
    )
    yield Step(
        f"bounded by {BOUNDARY}",
        limits,
        lambda: role(lambda found: found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "none")),
        lambda: iam.put_role_permissions_boundary(RoleName=ci.role, PermissionsBoundary=limits),
    )


def _inline_step(iam: Client, role: str, name: str, document: Policy) -> Step:
    def look() -> object:
        found = answer_or_none(lambda: iam.get_role_policy(RoleName=role, PolicyName=name), NO_SUCH)
        return None if found is None else found["PolicyDocument"]

    return Step(
        f"its policy {name}",
        document,
        look,
        lambda: iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)),
    )


def _tags() -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in TAGS.items()]
