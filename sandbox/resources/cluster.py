"""Clusters, their node groups, and what EKS has beside them."""

from collections.abc import Mapping

from playbooks.plan.graph import Resource
from sandbox.resources.row import Arguments, NotHeld, Row, physical_name


def _logging(cluster: Resource, _region: str) -> Arguments:
    logs = {"types": cluster.properties["enabledClusterLogTypes"], "enabled": True}
    return {"logging": {"clusterLogging": [logs]}}


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:eks/cluster:Cluster": Row(
        "eks",
        "create_cluster",
        "cluster.name",
        names={"vpcConfig": "resourcesVpcConfig"},
        ignored=("enabledClusterLogTypes",),
        more=_logging,
        outputs={
            "arn": "cluster.arn",
            "endpoint": "cluster.endpoint",
            "certificateAuthority": "cluster.certificateAuthority",
            "identities": "[{oidcs: [{issuer: cluster.identity.oidc.issuer}]}]",
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Row(
        "eks",
        "create_nodegroup",
        "nodegroup.nodegroupName",
        names={"nodeRoleArn": "nodeRole", "subnetIds": "subnets"},
        more=lambda group, _: {"nodegroupName": physical_name(group)},
        outputs={"arn": "nodegroup.nodegroupArn", "nodeGroupName": "nodegroup.nodegroupName"},
    ),
    "aws:eks/addon:Addon": NotHeld("moto has no CreateAddon"),
    "aws:eks/accessEntry:AccessEntry": NotHeld("moto has no CreateAccessEntry"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": NotHeld("moto has no AssociateAccessPolicy"),
}
