"""The Kubernetes cluster: who reaches its API, what it logs and keeps secret, and for how long it is supported."""

from components.cluster.kubernetes_versions import ENDED, NEWEST, SUPPORTED
from policies.customer_keys import is_made_from_key
from policies.rule import Level, Rule, Severity, Subject, example
from policies.security_rules import is_world
from policies.unknown import NotEvaluatedError

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html"


def eks_endpoint_closed(subject: Subject) -> str | None:
    """Judge a cluster: its API is reached from inside the network, from outside by named blocks only."""
    network = subject.resource.get("vpcConfig", {})
    public, blocks = network.get("endpointPublicAccess"), network.get("publicAccessCidrs")
    if public is not None and not public:
        return None
    if not blocks:
        return "the internet may reach its API: public access is on, which EKS does where nothing is said"
    world = [each for each in blocks if is_world(each)]
    return f"the internet ({', '.join(world)}) may reach its API" if world else None


def eks_secrets_encrypted(subject: Subject) -> str | None:
    """Judge a cluster: Kubernetes' secrets are encrypted with a key of one's own."""
    cluster, stack = subject.resource, subject.stack
    given = cluster.get("encryptionConfig", {})
    keyed = is_made_from_key(stack, cluster, "encryptionConfig") or (given.get("provider") or {}).get("keyArn")
    named = "secrets" in (given.get("resources") or ())
    return None if named and keyed else "its secrets are encrypted with no key of yours"


def eks_logs(subject: Subject) -> str | None:
    """Judge a cluster: its control plane writes down everything that it can."""
    missing = [each for each in LOGS if each not in subject.resource.get("enabledClusterLogTypes", ())]
    return f"its control plane does not log {', '.join(missing)}" if missing else None


def eks_supported_version(subject: Subject) -> str | None:
    """Judge a cluster: AWS supports its version of Kubernetes today, without extra charge.

    Raises:
        NotEvaluatedError: the version is newer than those known here.
    """
    version = str(subject.resource.get("version", ""))
    if not version:
        return "it names no version, so that EKS chooses"
    ends = {known: each.standard_support_ends for known, each in SUPPORTED.items()} | ENDED
    if version not in ends:
        if _number(version) > _number(NEWEST):
            raise NotEvaluatedError(f"nothing is known here of Kubernetes {version}, only of versions up to {NEWEST}")
        return f"AWS no longer supports Kubernetes {version}"
    ended = ends[version] < subject.today
    return f"AWS's standard support of Kubernetes {version} ended on {ends[version]}" if ended else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def eks_deletion_protection(subject: Subject) -> str | None:
    """Judge a cluster: EKS refuses to delete it, whoever asks."""
    return None if subject.resource.get("deletionProtection") else "EKS deletes it without a question"


def node_group_no_open_ssh(subject: Subject) -> str | None:
    """Judge a node group: where EKS opens SSH to its nodes, it does so for named security groups."""
    access = subject.resource.get("remoteAccess", {})
    opened = access.get("ec2SshKey") and not access.get("sourceSecurityGroupIds")
    return "EKS opens SSH on its nodes to the internet" if opened else None


_CLUSTER = example(CLUSTER, {"vpcConfig": {"endpointPublicAccess": True}, "version": "1.33"})

EKS_ENDPOINT_CLOSED = Rule(
    name="eks-endpoint-closed",
    description="A cluster's API is not open to the internet.",
    types=(CLUSTER,),
    judge=eks_endpoint_closed,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Set endpoint_public_access=False, or name in public_access_cidrs who may reach it from outside.",
    reference=f"{CONTROLS}#eks-1",
    example=(_CLUSTER,),
    checkov=("CKV_AWS_38", "CKV_AWS_39"),
)

EKS_SECRETS_ENCRYPTED = Rule(
    name="eks-secrets-encrypted",
    description="A cluster encrypts Kubernetes' secrets with a key of your own.",
    types=(CLUSTER,),
    judge=eks_secrets_encrypted,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation='Set encryption_config to a key\'s ARN and resources=["secrets"].',
    reference=f"{CONTROLS}#eks-3",
    example=(_CLUSTER,),
    checkov=("CKV_AWS_58",),
)

EKS_LOGS = Rule(
    name="eks-logs",
    description="A cluster's control plane logs all that it can.",
    types=(CLUSTER,),
    judge=eks_logs,
    level=Level.ADVISORY,
    severity=Severity.MEDIUM,
    remediation=f"Set enabled_cluster_log_types to {', '.join(LOGS)}.",
    reference=f"{CONTROLS}#eks-8",
    example=(_CLUSTER,),
    checkov=("CKV_AWS_37",),
)

EKS_SUPPORTED_VERSION = Rule(
    name="eks-supported-version",
    description="AWS supports a cluster's version of Kubernetes, without extra charge.",
    types=(CLUSTER,),
    judge=eks_supported_version,
    level=Level.ADVISORY,
    severity=Severity.HIGH,
    remediation=f"Write a newer version, one minor version at a time; the newest known here is {NEWEST}.",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    example=(_CLUSTER,),
    checkov=("CKV_AWS_339",),
)

EKS_DELETION_PROTECTION = Rule(
    name="eks-deletion-protection",
    description="A cluster can't be deleted before its deletion protection is taken off.",
    types=(CLUSTER,),
    judge=eks_deletion_protection,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Set deletion_protection=True.",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
    example=(_CLUSTER,),
)

NODE_GROUP_NO_OPEN_SSH = Rule(
    name="node-group-no-open-ssh",
    description="No node group has EKS open SSH to the internet.",
    types=(NODE_GROUP,),
    judge=node_group_no_open_ssh,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Leave remote_access out and use SSM, or name source_security_group_ids.",
    reference="https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html",
    example=(example(NODE_GROUP, {"remoteAccess": {"ec2SshKey": "team"}}),),
    checkov=("CKV_AWS_100",),
)

RULES = (
    EKS_ENDPOINT_CLOSED,
    EKS_SECRETS_ENCRYPTED,
    EKS_LOGS,
    EKS_SUPPORTED_VERSION,
    EKS_DELETION_PROTECTION,
    NODE_GROUP_NO_OPEN_SSH,
)
