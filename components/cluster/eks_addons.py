"""EKS add-ons: what every cluster of ours has, each at one version, with the one role that it needs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from components.account.service_role import Trust, document, service_role
from components.cluster.kubernetes_versions import SUPPORTED
from components.cluster.pod_addresses import WARM_PREFIXES


class Identity(NamedTuple):
    """What an add-on may do at AWS, through Pod Identity.

    Attributes:
        role: how the role's name ends; `<cluster>-<role>` and Pulumi's suffix fit IAM's 64 characters.
        service_accounts: those of its Kubernetes service accounts that call AWS.
        policies: managed policies, by name.
        own: statements of a policy of its own.
    """

    role: str
    service_accounts: tuple[str, ...]
    policies: tuple[str, ...] = ()
    own: tuple[Mapping[str, Any], ...] = ()


class Addon(NamedTuple):
    """One add-on; `version` is empty where it follows the version of Kubernetes (`kubernetes_versions`)."""

    version: str
    identity: Identity | None = None
    configuration: Mapping[str, Any] | None = None


POD_IDENTITY = Trust("pods.eks.amazonaws.com", ("sts:AssumeRole", "sts:TagSession"))

# Pods get whole /28 prefixes: with `efa-only` interfaces the types with many cards have one interface left for pods.
PREFIX_DELEGATION = {"env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": str(WARM_PREFIXES)}}
# A file system is declared beside the cluster, where it is backed up and protected: pods mount it, claims make none.
SEE_FILE_SYSTEMS = {
    "Effect": "Allow",
    "Action": ["fsx:DescribeFileSystems"],
    "Resource": ["arn:aws:fsx:*:*:file-system/*"],
}

# Versions: what clusters at 1.34 to 1.36 ran, as published. vpc-cni, ebs-csi, cloudwatch: log of an upgrade through
# 1.34, 1.35 and 1.36, 2026-09-24. eks-pod-identity-agent: a cluster made at 1.36, 2026-09-16. efs-csi, fsx-csi: pins of
# AWS's "global capacity orchestrator" sample, 2026-09. eks-node-monitoring-agent: a production plan, 2026-08-22.
# The policies are those that the EKS user guide names for each add-on ("AWS add-ons"), or less.
# `aws eks describe-addon-versions --kubernetes-version 1.36 --addon-name …` shows newer ones.
AGENT = {"eks-pod-identity-agent": Addon("v1.3.10-eksbuild.3")}  # before all that have a role (terraform-aws-eks#3260)
BEFORE_NODES = {  # no node gets ready without these
    "vpc-cni": Addon(
        "v1.22.4-eksbuild.3",  # `efa-only` needs 1.18.5
        Identity("vpc-cni", ("aws-node",), ("AmazonEKS_CNI_Policy",)),
        PREFIX_DELEGATION,
    ),
    "kube-proxy": Addon(""),
}
AFTER_NODES = {  # these have pods that must run somewhere before the add-on counts as created
    "coredns": Addon(""),
    "aws-ebs-csi-driver": Addon(
        "v1.66.0-eksbuild.1",  # the V2 policy covers only volumes that the driver has made itself
        Identity("ebs-csi", ("ebs-csi-controller-sa",), ("AmazonEBSCSIDriverPolicyV2",)),
    ),
    "aws-efs-csi-driver": Addon(
        "v3.4.2-eksbuild.1",
        Identity("efs-csi", ("efs-csi-controller-sa",), ("service-role/AmazonEFSCSIDriverPolicy",)),
    ),
    "aws-fsx-csi-driver": Addon(
        "v1.10.0-eksbuild.1", Identity("fsx-csi", ("fsx-csi-controller-sa",), own=(SEE_FILE_SYSTEMS,))
    ),
    "eks-node-monitoring-agent": Addon("v1.7.0-eksbuild.1"),
    "amazon-cloudwatch-observability": Addon(
        "v6.7.0-eksbuild.1",
        Identity("cloudwatch", ("cloudwatch-agent",), ("CloudWatchAgentServerPolicy", "AWSXrayWriteOnlyAccess")),
    ),
}
FOLLOWS_KUBERNETES = {"coredns": "coredns", "kube-proxy": "kube_proxy"}


class Target(NamedTuple):
    """The cluster that add-ons are declared for: its component's name, its name at AWS, its version, its tags."""

    component: str
    name: pulumi.Input[str]
    version: str
    tags: Mapping[str, str]


def declare_addons(
    cluster: Target, addons: Mapping[str, Addon], parent: pulumi.Resource, after: Sequence[pulumi.Resource]
) -> list[aws.eks.Addon]:
    """Declare add-ons, each with a role of its own where it calls AWS, once `after` is there."""
    return [
        aws.eks.Addon(
            f"{cluster.component}-{name}",
            cluster_name=cluster.name,
            addon_name=name,
            addon_version=addon_version(name, addon, cluster.version),
            configuration_values=json.dumps(addon.configuration) if addon.configuration else None,
            pod_identity_associations=_associations(cluster, addon.identity, parent) if addon.identity else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",  # what stands here is what runs there
            tags={**cluster.tags, "Name": f"{cluster.component}-{name}"},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
        for name, addon in addons.items()
    ]


def _associations(
    cluster: Target, identity: Identity, parent: pulumi.Resource
) -> list[aws.eks.AddonPodIdentityAssociationArgsDict]:
    name, child = f"{cluster.component}-{identity.role}", pulumi.ResourceOptions(parent=parent)
    role = service_role(name, {"trust": POD_IDENTITY, "policies": identity.policies, "tags": cluster.tags}, child)
    arn = role.arn
    if identity.own:
        policy = json.dumps(document(*identity.own))
        own = aws.iam.RolePolicy(f"{name}-own", role=role.name, policy=policy, opts=child)
        arn = pulumi.Output.all(role.arn, own.id).apply(lambda known: str(known[0]))
    return [{"role_arn": arn, "service_account": each} for each in identity.service_accounts]


def addon_version(name: str, addon: Addon, kubernetes: str) -> str:
    """The version of an add-on on a cluster at this version of Kubernetes."""
    return addon.version or str(getattr(SUPPORTED[kubernetes], FOLLOWS_KUBERNETES[name]))
