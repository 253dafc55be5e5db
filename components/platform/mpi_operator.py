"""The MPI Operator: it turns an MPIJob into a launcher, workers and the keys by which the one reaches the others.

Upstream publishes a manifest, no chart. These are that manifest's objects, with the image held at one version and the
pod templates inside an MPIJob left to the API server, which checks them when the operator makes pods of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.platform.chart_versions import MPI_OPERATOR

NAME = "mpi-operator"
LABELS = {"app": NAME}
API_GROUP = "kubeflow.org"
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


class MpiOperator(pulumi.ComponentResource):
    """The operator, what it may do, and the kind of object that it works on.

    Attributes:
        job_kind: the definition of MPIJob; whatever watches or makes MPIJobs depends on it.
    """

    job_kind: kubernetes.apiextensions.v1.CustomResourceDefinition

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:MpiOperator", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.job_kind = kubernetes.apiextensions.v1.CustomResourceDefinition(
            f"{name}-job-kind",
            metadata={"name": f"mpijobs.{API_GROUP}"},
            spec=job_kind(),
            opts=child,
        )
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata={"name": MPI_OPERATOR.namespace}, opts=child
        )
        account = self._account(name, namespace)
        self._deployment(name, account)
        self.register_outputs({})

    def _account(self, name: str, namespace: kubernetes.core.v1.Namespace) -> kubernetes.core.v1.ServiceAccount:
        """The operator's account and its rights."""
        child = pulumi.ResourceOptions(parent=self)
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={"name": NAME, "namespace": MPI_OPERATOR.namespace},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        role = kubernetes.rbac.v1.ClusterRole(f"{name}-role", metadata={"name": NAME}, rules=rights(), opts=child)
        kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata={"name": NAME},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
            subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": MPI_OPERATOR.namespace}],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role, account]),
        )
        return account

    def _deployment(self, name: str, account: kubernetes.core.v1.ServiceAccount) -> None:
        kubernetes.apps.v1.Deployment(
            f"{name}-deployment",
            metadata={"name": NAME, "namespace": MPI_OPERATOR.namespace, "labels": LABELS},
            spec={
                "replicas": 1,
                "selector": {"match_labels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": pod()},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, self.job_kind]),
        )


def pod() -> kubernetes.core.v1.PodSpecArgsDict:
    """The operator's pod; without a toleration it stays off the nodes that are paid for their accelerators."""
    return {
        "service_account_name": NAME,
        "containers": [
            {
                "name": NAME,
                "image": f"{MPI_OPERATOR.image}:{MPI_OPERATOR.version}",
                "args": ["-alsologtostderr", f"--lock-namespace={MPI_OPERATOR.namespace}"],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                "security_context": {
                    "allow_privilege_escalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
            }
        ],
    }


def rights() -> list[kubernetes.rbac.v1.PolicyRuleArgsDict]:
    """What the operator does to whom; those of the released manifest, less the schedulers that are not installed."""
    allowed: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
        ("", ("configmaps", "secrets", "services"), ("create", "list", "watch", "update")),
        ("", ("pods",), ("create", "get", "list", "watch", "delete", "update", "patch")),
        ("", ("events",), ("create", "patch")),
        ("batch", ("jobs",), ("create", "list", "update", "watch")),
        ("apiextensions.k8s.io", ("customresourcedefinitions",), ("get",)),
        (API_GROUP, ("mpijobs", "mpijobs/finalizers", "mpijobs/status"), ("*",)),
        ("coordination.k8s.io", ("leases",), ("*",)),
        ("scheduling.k8s.io", ("priorityclasses",), ("get", "list", "watch")),
    )
    return [
        {"api_groups": [group], "resources": list(resources), "verbs": list(verbs)}
        for group, resources, verbs in allowed
    ]


def job_kind() -> kubernetes.apiextensions.v1.CustomResourceDefinitionSpecArgsDict:
    """The definition of MPIJob, v2beta1."""
    return {
        "group": API_GROUP,
        "names": {"kind": "MPIJob", "list_kind": "MPIJobList", "plural": "mpijobs", "singular": "mpijob"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v2beta1",
                "served": True,
                "storage": True,
                "schema": {"open_apiv3_schema": job_schema()},
                "subresources": {"status": {}},
                "additional_printer_columns": [
                    {"name": "Age", "type": "date", "json_path": ".metadata.creationTimestamp"},
                    {"name": "State", "type": "string", "json_path": ".status.conditions[-1:].type"},
                ],
            }
        ],
    }


def job_schema() -> Any:  # noqa: ANN401 - a JSON schema; the SDK's type of it takes no `x-kubernetes-…` key as it is
    """What an MPIJob may say (pkg/apis/kubeflow/v2beta1/types.go of v0.8.2), with the defaults of the manifest."""
    replicas: Mapping[str, Any] = {
        "type": "object",
        "required": ["template"],
        "properties": {
            "replicas": {"type": "integer", "minimum": 0},
            "restartPolicy": {"type": "string"},
            "template": ANYTHING,
        },
    }
    policy: Mapping[str, Any] = {
        "type": "object",
        "properties": {
            "activeDeadlineSeconds": {"type": "integer", "format": "int64"},
            "backoffLimit": {"type": "integer"},
            "cleanPodPolicy": {"type": "string", "enum": ["None", "Running", "All"]},
            "managedBy": {"type": "string"},
            "schedulingPolicy": ANYTHING,
            "suspend": {"type": "boolean", "default": False},
            "ttlSecondsAfterFinished": {"type": "integer"},
        },
    }
    spec: Mapping[str, Any] = {
        "type": "object",
        "required": ["mpiReplicaSpecs"],
        "properties": {
            "launcherCreationPolicy": {
                "type": "string",
                "enum": ["AtStartup", "WaitForWorkersReady"],
                "default": "AtStartup",
            },
            "mpiImplementation": {"type": "string", "enum": ["OpenMPI", "Intel", "MPICH"], "default": "OpenMPI"},
            "mpiReplicaSpecs": {
                "type": "object",
                "required": ["Launcher"],
                "properties": {"Launcher": replicas, "Worker": replicas},
            },
            "runLauncherAsWorker": {"type": "boolean", "default": False},
            "runPolicy": policy,
            "slotsPerWorker": {"type": "integer", "default": 1},
            "sshAuthMountPath": {"type": "string", "default": "/root/.ssh"},
        },
    }
    return {"type": "object", "properties": {"spec": spec, "status": ANYTHING}}
