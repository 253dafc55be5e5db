"""The Kubernetes cluster on EKS: its control plane, who may use it, its add-ons, and the nodes that these run on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pulumi
import pulumi_aws as aws

from components.account.key_policy import cloudwatch_logs_writes, key_policy
from components.account.service_role import ServiceRole, ServiceRoleArgs, Trust, document, service_role
from components.cluster.args import ClusterArgs, Grant, refuse_mistakes
from components.cluster.eks_addons import AFTER_NODES, AGENT, BEFORE_NODES, Target, declare_addons
from components.cluster.kubernetes_versions import support_warning
from components.cluster.node_group import NodeGroup
from components.cluster.pod_addresses import SYSTEM_PODS

__all__ = ("Cluster", "ClusterArgs", "Grant")

CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
ACCESS_POLICIES = "arn:aws:eks::aws:cluster-access-policy/"
CONTROL_PLANE, NODES = Trust("eks.amazonaws.com"), Trust("ec2.amazonaws.com")
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore")


class Cluster(pulumi.ComponentResource):
    """A cluster that is reached from inside the network, logs all it does, and keeps its secrets encrypted.

    It is protected, by Pulumi and by EKS's own deletion protection.

    Attributes:
        name: the cluster's name, that of the component.
        region: its region.
        version: its version of Kubernetes.
        pods_per_node: how many pods run at most on each node of its node groups.
        endpoint: URL of the API server.
        certificate_authority: the API server's certificate authority, in base64.
        security_group_id: the group that EKS makes for control plane and nodes.
        oidc_issuer: URL of the cluster's token issuer.
        node_role_arn: the role of every node, for node groups.
        connection: what a client of the API server needs: name, region, endpoint and certificateAuthority.
    """

    name: pulumi.Output[str]
    region: str
    version: str
    pods_per_node: int
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    connection: Mapping[str, pulumi.Input[str]]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Cluster", name, {}, opts)
        refuse_mistakes(args)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.region, self.version, self.pods_per_node = args["region"], args["version"], args["pods_per_node"]
        if warning := support_warning(args["version"], datetime.now(UTC).date()):
            pulumi.log.warn(warning, self)
        cluster = self._control_plane()
        self.name, self.endpoint = cluster.name, cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.apply(lambda authority: str(authority.data))
        self.security_group_id = cluster.vpc_config.cluster_security_group_id.apply(str)
        self.oidc_issuer = cluster.identities.apply(issuer)
        self._access(cluster)
        self._nodes_and_addons(cluster)
        self.connection = {
            "name": self.name,
            "region": self.region,
            "endpoint": self.endpoint,
            "certificateAuthority": self.certificate_authority,
        }
        self.register_outputs(self.connection)

    def _named(self, role: str) -> dict[str, str]:
        return {**self._args["tags"], "Name": f"{self._name}-{role}"}

    def _control_plane(self) -> aws.eks.Cluster:
        args = self._args
        role = service_role(
            f"{self._name}-control-plane",
            {"trust": CONTROL_PLANE, "policies": ("AmazonEKSClusterPolicy",), "tags": args["tags"]},
            self._child,
        )
        key, key_allows = self._key()
        ready = [self._logs(key, key_allows), self._may_use(role, key)]
        return aws.eks.Cluster(
            self._name,
            name=self._name,  # the log group below has it in its name, and must be there before the cluster
            role_arn=role.arn,
            version=args["version"],
            upgrade_policy={"support_type": "STANDARD"},
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            bootstrap_self_managed_addons=False,
            vpc_config={
                "subnet_ids": args["subnet_ids"],
                "security_group_ids": [self._endpoint_group()],
                "endpoint_private_access": True,
                "endpoint_public_access": bool(args["public_cidrs"]),
                "public_access_cidrs": list(args["public_cidrs"]) or None,
            },
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            deletion_protection=True,
            tags={**args["tags"], "Name": self._name},
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=ready),
        )

    def _key(self) -> tuple[aws.kms.Key, aws.kms.KeyPolicy]:
        """One key for the secrets and the logs, and the policy that lets CloudWatch Logs use it for this log group."""
        key = aws.kms.Key(
            f"{self._name}-key",
            description=f"Secrets and control-plane logs of {self._name}",
            enable_key_rotation=True,
            tags=self._named("key"),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        group = log_group(self._name)
        policy = aws.kms.KeyPolicy(
            f"{self._name}-key-policy",
            key_id=key.key_id,
            policy=pulumi.Output.json_dumps(
                key.arn.apply(lambda arn: key_policy(arn, [cloudwatch_logs_writes(arn, group)]))
            ),
            opts=self._child,
        )
        return key, policy

    def _may_use(self, role: ServiceRole, key: aws.kms.Key) -> aws.iam.RolePolicy:
        policy = pulumi.Output.json_dumps(key.arn.apply(control_plane_policy))
        return aws.iam.RolePolicy(f"{self._name}-key", role=role.name, policy=policy, opts=self._child)

    def _logs(self, key: aws.kms.Key, policy: aws.kms.KeyPolicy) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=log_group(self._name),
            retention_in_days=self._args["log_retention_days"],
            kms_key_id=key.arn,
            tags=self._named("logs"),
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=[policy]),
        )

    def _endpoint_group(self) -> pulumi.Output[str]:
        """The private endpoint answers those inside the network; the group that EKS makes lets in nodes only."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoint",
            description="The API server's private endpoint: HTTPS from the network",
            vpc_id=self._args["vpc_id"],
            tags=self._named("endpoint"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoint-https",
            security_group_id=group.id,
            cidr_ipv4=self._args["private_cidr"],
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="HTTPS from the network",
            tags=self._named("endpoint"),
            opts=self._child,
        )
        return group.id

    def _access(self, cluster: aws.eks.Cluster) -> None:
        for who, grant in self._args["grants"].items():
            entry = aws.eks.AccessEntry(
                f"{self._name}-{who}",
                cluster_name=cluster.name,
                principal_arn=grant["principal"],
                type="STANDARD",
                tags=self._named(who),
                opts=self._child,
            )
            namespaces = list(grant.get("namespaces", ()))
            aws.eks.AccessPolicyAssociation(
                f"{self._name}-{who}",
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=f"{ACCESS_POLICIES}{grant['policy']}",
                access_scope={"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster"},
                opts=self._child,
            )

    def _nodes_and_addons(self, cluster: aws.eks.Cluster) -> None:
        """First what no node gets ready without, then the system nodes, then what runs on them."""
        args = self._args
        target = Target(self._name, cluster.name, args["version"], args["tags"])
        agent = declare_addons(target, AGENT, self, after=[])
        first = [*agent, *declare_addons(target, BEFORE_NODES, self, after=agent)]
        node_role: ServiceRoleArgs = {"trust": NODES, "policies": NODE_POLICIES, "tags": args["tags"]}
        self.node_role_arn = service_role(f"{self._name}-node", node_role, self._child).arn
        system = NodeGroup(
            f"{self._name}-system",
            {
                "cluster_name": cluster.name,
                "version": args["version"],
                "node_role_arn": self.node_role_arn,
                "instance_type": args["system_instance_type"],
                "nodes": args["system_nodes"],
                "image_release": args.get("system_image_release"),
                "pods_per_node": SYSTEM_PODS,
                "subnet_ids": args["subnet_ids"],
                "security_group_ids": [self.security_group_id],
                "tags": args["tags"],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=first),
        )
        declare_addons(target, AFTER_NODES, self, after=[system])


def log_group(cluster: str) -> str:
    """Where EKS writes the control plane's logs; it can't be told another place."""
    return f"/aws/eks/{cluster}/cluster"


def control_plane_policy(key: str) -> dict[str, Any]:
    """The control plane uses the key, and makes no log group: one made while it is deleted would stay behind.

    Source of the second: terraform-aws-eks#920.
    """
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
    return document(
        {"Effect": "Allow", "Action": actions, "Resource": key},
        {"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": "*"},
    )


def issuer(identities: Sequence[Any]) -> str:
    """The URL of the token issuer; a cluster has one identity with one issuer."""
    return str(identities[0].oidcs[0].issuer)
