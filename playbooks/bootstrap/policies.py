"""Who may do what: every policy that `aidc bootstrap` writes, as pure data."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Policy = Mapping[str, Any]
Statement = Mapping[str, Any]
GITHUB = "token.actions.githubusercontent.com"
KEY_ALIAS = "alias/ai-datacenter-state"
CI_ROLE = "ai-datacenter-ci"  # of the environment prod: ai-datacenter-ci-prod
BOUNDARY = "ai-datacenter-ci-boundary"
STS = "sts.amazonaws.com"  # the audience that aws-actions/configure-aws-credentials asks GitHub's token for

REGIONAL = ("autoscaling", "backup", "backup-storage", "ec2", "ec2-instance-connect", "eks", "fsx", "logs", "sns")
PASSED_TO = ("ec2", "eks", "backup", "pods.eks", "vpc-flow-logs")  # services that the environment's roles are for
SERVICE_LINKED = ("autoscaling", "backup", "eks", "eks-nodegroup", "fsx", "s3.data-source.lustre.fsx", "spot")
READING = ("kms:ListAliases", "s3:ListAllMyBuckets", "ssm:GetParameter", "ssm:GetParameters")
COSTS = (
    *("budgets:ModifyBudget", "budgets:ViewBudget", "budgets:TagResource", "budgets:ListTagsForResource"),
    *("ce:CreateAnomaly*", "ce:DeleteAnomaly*", "ce:GetAnomaly*", "ce:UpdateAnomaly*"),
    *("ce:ListCostAllocationTags", "ce:UpdateCostAllocationTagsStatus", "ce:ListTagsForResource", "ce:TagResource"),
)
IDENTITIES = (  # one by one: `iam:*Role` would be iam:PassRole too
    *(f"iam:{verb}Role" for verb in ("Create", "Delete", "Get", "Update", "Tag", "Untag")),
    *(f"iam:{verb}RolePolicy" for verb in ("Attach", "Delete", "Detach", "Get", "Put")),
    *("iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListRoleTags", "iam:ListInstanceProfilesForRole"),
    *("iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy"),
    *(f"iam:{verb}InstanceProfile" for verb in ("Create", "Delete", "Get", "Tag", "Untag")),
    *("iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
    *(f"iam:{verb}Policy" for verb in ("Create", "Delete", "Get", "Tag", "Untag")),
    *("iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:GetPolicyVersion", "iam:ListPolicyVersions"),
)


class Account(NamedTuple):
    """Where the policies hold.

    Attributes:
        partition: `aws`, or that of China or GovCloud.
        id: the account's 12 digits.
        region: where the state bucket and its key are.
    """

    partition: str
    id: str
    region: str

    def arn(self, service: str, resource: str, region: str = "") -> str:
        """The ARN of something in this account."""
        return f"arn:{self.partition}:{service}:{region}:{self.id}:{resource}"

    @property
    def bucket(self) -> str:
        """The state bucket's name: the account's digits make it unique, and tell whose it is."""
        return f"ai-datacenter-state-{self.id}-{self.region}"

    @property
    def bucket_arn(self) -> str:
        """The state bucket's ARN."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def github_arn(self) -> str:
        """The ARN of GitHub's OIDC provider."""
        return self.arn("iam", f"oidc-provider/{GITHUB}")


def policy(*statements: Statement) -> Policy:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **conditions: Mapping[str, Any]) -> Statement:
    """A statement that allows; conditions by their operators."""
    return _statement("Allow", sid, actions, resources, conditions)


def deny(sid: str, actions: Sequence[str], resources: Sequence[str], **conditions: Mapping[str, Any]) -> Statement:
    """A statement that denies."""
    return _statement("Deny", sid, actions, resources, conditions)


def _statement(
    effect: str, sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any]
) -> Statement:
    said = {"Sid": sid, "Effect": effect, "Action": list(actions), "Resource": list(resources)}
    return {**said, "Condition": dict(conditions)} if conditions else said


def tls_only(account: Account) -> Policy:
    """The state bucket's policy: no request without TLS."""
    resources = [account.bucket_arn, f"{account.bucket_arn}/*"]
    without_tls = {"aws:SecureTransport": "false"}
    return policy({**deny("TlsOnly", ["s3:*"], resources, Bool=without_tls), "Principal": "*"})


def trust(account: Account, repository: str, environment: str) -> Policy:
    """Who may take the CI role: jobs of one repository that run in its GitHub environment of the same name.

    Without the `sub` condition every repository of GitHub could. GitHub documentation, "Configuring OpenID Connect in
    Amazon Web Services".
    """
    token = {f"{GITHUB}:aud": STS, f"{GITHUB}:sub": f"repo:{repository}:environment:{environment}"}
    return policy(
        {
            "Sid": "GitHubEnvironment",
            "Effect": "Allow",
            "Principal": {"Federated": account.github_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": token},
        }
    )


def state(account: Account, key_arn: str) -> Policy:
    """What Pulumi needs of its state: the objects of the bucket, and the key to encrypt and decrypt with."""
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    return policy(
        allow("StateList", ["s3:ListBucket", "s3:GetBucketLocation"], [account.bucket_arn]),
        allow("StateObjects", objects, [f"{account.bucket_arn}/*"]),
        allow("StateKey", ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], [key_arn]),
    )


def deploy(account: Account, environment: str, regions: Sequence[str]) -> Policy:
    """What the environment is made of: services in its regions; roles, buckets and keys that bear its name or tag."""
    there = {"aws:RequestedRegion": list(regions)}
    roles, profiles, policies = (
        account.arn("iam", f"{kind}/{environment}-*") for kind in ("role", "instance-profile", "policy")
    )
    keys, aliases = (account.arn("kms", each, "*") for each in ("key/*", f"alias/{environment}-*"))
    buckets = [f"arn:{account.partition}:s3:::{environment}-{each}" for each in ("*", "*/*")]
    passed, linked = {"iam:PassedToService": _hosts(PASSED_TO)}, {"iam:AWSServiceName": _hosts(SERVICE_LINKED)}
    return policy(
        allow("Services", [f"{service}:*" for service in REGIONAL], ["*"], StringEquals=there),
        allow("Reading", READING, ["*"]),
        allow("Costs", COSTS, ["*"]),
        allow("Buckets", ["s3:*"], buckets),
        allow("NewKeys", ["kms:CreateKey", "kms:TagResource"], ["*"], StringEquals=_tagged("Request", environment)),
        allow("Keys", ["kms:*"], [keys], StringEquals=_tagged("Resource", environment)),
        allow("KeyNames", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], [aliases]),
        allow("Identities", IDENTITIES, [roles, profiles, policies]),
        allow("PassRoles", ["iam:PassRole"], [roles], StringEquals=passed),
        allow("ServiceLinkedRoles", ["iam:CreateServiceLinkedRole"], ["*"], StringEquals=linked),
    )


def boundary(account: Account, key_arn: str) -> Policy:
    """What no CI role can do, whatever else it is allowed: change what holds it, or undo what state rests on."""
    itself = [account.arn("iam", f"{each}-*") for each in (f"role/{CI_ROLE}", f"policy/{CI_ROLE}")]
    alias = account.arn("kms", KEY_ALIAS, account.region)
    bucket = ["s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucket*", "s3:Put*Configuration"]
    key = ["kms:DisableKey*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DeleteAlias", "kms:UpdateAlias"]
    people = ["iam:*User", "iam:*AccessKey", "iam:*LoginProfile", "iam:*SAMLProvider", "organizations:*", "account:*"]
    return policy(
        allow("Otherwise", ["*"], ["*"]),
        deny("ItselfStays", ["iam:*"], [*itself, account.github_arn]),
        deny("StateStays", bucket, [account.bucket_arn, f"{account.bucket_arn}/*"]),
        deny("StateKeyStays", key, [key_arn, alias]),
        deny("NoPeople", people, ["*"]),
    )


def _tagged(whose: str, environment: str) -> Mapping[str, str]:
    return {f"aws:{whose}Tag/environment": environment}


def _hosts(services: Sequence[str]) -> list[str]:
    return [f"{service}.amazonaws.com" for service in services]
