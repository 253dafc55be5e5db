"""Who may do what: policies without wildcards, roles whose policies don't undo each other, keys that change."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from policies.iam_document import Statement, listed, statements
from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT_TO_MANY = "aws:iam/policyAttachment:PolicyAttachment"
KEY = "aws:kms/key:Key"
DOCUMENTS = (
    "aws:iam/policy:Policy",
    ROLE_POLICY,
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
ATTACHMENTS = (
    ATTACHMENT,
    ATTACHMENT_TO_MANY,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
)
# Actions that IAM ties to no resource, so that "*" is all there is to write (Service Authorization Reference).
WITHOUT_RESOURCE = (
    "autoscaling:describe*",
    "ce:get*",
    "cloudwatch:describealarm*",
    "cloudwatch:getmetricdata",
    "cloudwatch:getmetricstatistics",
    "cloudwatch:listmetrics",
    "cloudwatch:putmetricdata",
    "ec2:describe*",
    "ec2messages:*",
    "ecr:getauthorizationtoken",
    "eks:describeaddonversions",
    "eks:listclusters",
    "elasticloadbalancing:describe*",
    "kms:generaterandom",
    "kms:listaliases",
    "kms:listkeys",
    "pricing:*",
    "s3:listallmybuckets",
    "servicequotas:get*",
    "servicequotas:list*",
    "ssmmessages:*",
    "sts:getcalleridentity",
    "tag:get*",
    "xray:getsampling*",
    "xray:puttelemetryrecords",
    "xray:puttracesegments",
)


def iam_no_wildcards(subject: Subject) -> str | None:
    """Judge what a policy allows, what a role takes on, and who may take it on: none of it is 'everything'."""
    return "; ".join(dict.fromkeys(_wildcards(subject.resource))) or None


def _wildcards(resource: Resource) -> Iterator[str]:
    for statement in statements(resource.get("assumeRolePolicy"), "Allow"):
        yield from _anyone(statement)
    inline = [each.get("policy") for each in resource.get("inlinePolicies", ())]
    for policy in [resource.get("policy"), *inline]:
        for statement in statements(policy, "Allow"):
            yield from _everything(statement)
    for arn in [*resource.get("managedPolicyArns", ()), resource.get("policyArn", "")]:
        if str(arn).endswith(":policy/AdministratorAccess"):
            yield "it attaches AdministratorAccess, which allows everything"


def _anyone(statement: Statement) -> Iterator[str]:
    """A trust policy that any account's principals meet."""
    principal = statement.get("Principal")
    trusted = listed(principal.get("AWS")) if isinstance(principal, Mapping) else listed(principal)
    if "*" in trusted and not statement.get("Condition"):
        yield "anyone may take on the role"


def _everything(statement: Statement) -> Iterator[str]:
    if "NotAction" in statement:
        yield f"it allows every action but {', '.join(listed(statement['NotAction']))}"
    if "NotResource" in statement:
        yield f"it allows every resource but {', '.join(listed(statement['NotResource']))}"
    actions = [str(each) for each in listed(statement.get("Action"))]
    whole = [each for each in actions if _is_whole_service(each) and each.lower() not in WITHOUT_RESOURCE]
    if whole:
        yield f"it allows {', '.join(whole)}"
    everywhere = [each for each in listed(statement.get("Resource")) if _is_everything(str(each))]
    bound = [each for each in actions if each not in whole and not _has_no_resource(each)]
    if everywhere and bound and not statement.get("Condition"):
        yield f"it allows {', '.join(bound)} on {', '.join(everywhere)}"


def _is_whole_service(action: str) -> bool:
    """`*`, `*:*` or `s3:*`."""
    return action.rpartition(":")[2].strip("*") == ""


def _has_no_resource(action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern) for pattern in WITHOUT_RESOURCE)


def _is_everything(resource: str) -> bool:
    """`*`, or all resources of a service, such as `arn:aws:s3:::*`."""
    return resource.split(":", 5)[-1].strip("*") == ""


def role_policy_conflicts(subject: Subject) -> str | None:
    """Judge a role: its policies are set on itself, or attached by resources beside it, not both ways.

    A refresh writes what is attached into the role's own properties as well: what nothing else attaches is its own.
    """
    role, stack = subject.resource, subject.stack
    attached = stack.users(role, ATTACHMENT, key="role") + stack.users(role, ATTACHMENT_TO_MANY, key="roles")
    written = stack.users(role, ROLE_POLICY, key="role")
    inline = [each["policy"] for each in role.get("inlinePolicies", ()) if each.get("policy")]
    own = {
        "managedPolicyArns": _own(role.get("managedPolicyArns", ()), attached, "policyArn"),
        "inlinePolicies": _own(inline, written, "policy"),
    }
    keys, beside = [key for key, is_own in own.items() if is_own], [each.name for each in (*attached, *written)]
    if not keys or not beside:
        return None
    return f"it sets {' and '.join(keys)} on itself and has {', '.join(beside)} beside it: one undoes the other"


def _own(values: Sequence[str], beside: Sequence[Resource], key: str) -> bool:
    """Whether a role has a policy that none of the resources beside it gives it."""
    return bool(values) and not set(values) <= {each.get(key) for each in beside}


def kms_rotation(subject: Subject) -> str | None:
    """Judge a key: AWS changes its material every year, where it can."""
    key = subject.resource
    symmetric = key.get("customerMasterKeySpec", "") in ("", "SYMMETRIC_DEFAULT")
    encrypts = key.get("keyUsage", "") in ("", "ENCRYPT_DECRYPT")
    if not (symmetric and encrypts) or key.get("customKeyStoreId"):
        return None  # KMS rotates none of these (KMS developer guide, "Rotate AWS KMS keys")
    return None if key.get("enableKeyRotation") else "its key material is never changed"


_ADMINISTRATOR = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_ROLE = example(ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]})

IAM_NO_WILDCARDS = Rule(
    name="iam-no-wildcards",
    description="No policy allows every action, a whole service, or every resource where one can be named.",
    types=(*DOCUMENTS, *ATTACHMENTS, ROLE),
    judge=iam_no_wildcards,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Name the actions that are needed and the ARNs that they are needed on, or narrow the statement by a"
    " Condition.",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    example=(example(ROLE_POLICY, {"policy": _ADMINISTRATOR}),),
    checkov=("CKV_AWS_60", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274", "CKV_AWS_355"),
)

ROLE_POLICY_CONFLICTS = Rule(
    name="role-policy-conflicts",
    description="A role has its policies set on itself, or attached by resources beside it, never both ways.",
    types=(ROLE,),
    judge=role_policy_conflicts,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Attach all by aws.iam.RolePolicyAttachment and aws.iam.RolePolicy, and leave inline_policies and"
    " managed_policy_arns out.",
    reference="https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/",
    example=(_ROLE, example(ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"}, role=_ROLE)),
)

KMS_ROTATION = Rule(
    name="kms-rotation",
    description="Every key that AWS can rotate is rotated.",
    types=(KEY,),
    judge=kms_rotation,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Set enable_key_rotation=True: the key's id stays, and what was encrypted before stays readable.",
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    example=(example(KEY, {}),),
    checkov=("CKV_AWS_7",),
)

RULES = (IAM_NO_WILDCARDS, ROLE_POLICY_CONFLICTS, KMS_ROTATION)
