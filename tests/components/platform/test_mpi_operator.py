from components.platform.chart_versions import MPI_OPERATOR
from components.platform.mpi_operator import MpiOperator
from tests.components.conftest import Declare, properties


def test_the_image_is_pinned(declare: Declare) -> None:
    """The released manifest names `0.8`, which moves."""
    (deployment,) = properties(declare(lambda: MpiOperator("operator")), "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]

    assert container["image"] == f"mpioperator/mpi-operator:{MPI_OPERATOR.version}"
    assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_the_operator_may_do_what_it_does_as_its_own_account(declare: Declare) -> None:
    """Deployment, account, role and binding are about one another, in one namespace."""
    graph = declare(lambda: MpiOperator("operator"))
    (deployment,), (account,) = properties(graph, "Deployment"), properties(graph, "ServiceAccount")
    (role,), (binding,) = properties(graph, "ClusterRole"), properties(graph, "ClusterRoleBinding")
    (namespace,) = properties(graph, "Namespace")

    assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == account["metadata"]["name"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == [
        {
            "kind": "ServiceAccount",
            "name": account["metadata"]["name"],
            "namespace": account["metadata"]["namespace"],
        }
    ]
    assert {each["metadata"]["namespace"] for each in (deployment, account)} == {namespace["metadata"]["name"]}


def test_the_kind_keeps_what_a_pod_template_says(declare: Declare) -> None:
    """The API server would drop fields that a definition does not know."""
    (kind,) = properties(declare(lambda: MpiOperator("operator")), "CustomResourceDefinition")
    (version,) = kind["spec"]["versions"]
    job = version["schema"]["openAPIV3Schema"]["properties"]

    assert kind["metadata"]["name"] == "mpijobs.kubeflow.org"
    for replica in ("Launcher", "Worker"):
        template = job["spec"]["properties"]["mpiReplicaSpecs"]["properties"][replica]["properties"]["template"]
        assert template == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
