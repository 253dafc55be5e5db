"""The software that runs in a cluster beside the jobs: each piece at one version, with where it comes from."""

from datetime import date
from typing import NamedTuple


class Chart(NamedTuple):
    """One Helm chart.

    Attributes:
        chart: its name in the repository, or its whole address where it is kept in an OCI registry.
        repository: address of the repository; empty for an OCI registry.
        version: the chart's version.
        released: the day of that version.
        namespace: where it is installed.
        source: where version and day stand.
    """

    chart: str
    repository: str
    version: str
    released: date
    namespace: str
    source: str


class Image(NamedTuple):
    """One container image, for software that comes without a chart; attributes as those of a chart."""

    image: str
    version: str
    released: date
    namespace: str
    source: str


CHARTS = {
    # 0.19.0 to 0.19.2 hand every RDMA device to each container with a GPU, EFA's among them (k8s-device-plugin#1692)
    "nvidia-device-plugin": Chart(
        chart="nvidia-device-plugin",
        repository="https://nvidia.github.io/k8s-device-plugin",
        version="0.19.3",
        released=date(2026, 6, 16),
        namespace="nvidia-device-plugin",
        source="github.com/NVIDIA/k8s-device-plugin, tag v0.19.3",
    ),
    # Before 0.5.10 the NVLink controllers of a p6-b200 passed for EFA devices (sagemaker-hyperpod-cli#282)
    "efa-device-plugin": Chart(
        chart="aws-efa-k8s-device-plugin",
        repository="https://aws.github.io/eks-charts",
        version="v0.5.30",
        released=date(2026, 7, 21),
        namespace="kube-system",
        source="github.com/aws/eks-charts, stable/aws-efa-k8s-device-plugin; the plugin itself is v0.5.20",
    ),
    "dcgm-exporter": Chart(
        chart="dcgm-exporter",
        repository="https://nvidia.github.io/dcgm-exporter/helm-charts",
        version="4.8.1",
        released=date(2026, 2, 9),
        namespace="dcgm-exporter",
        source="github.com/NVIDIA/dcgm-exporter, tag 4.5.2-4.8.1",
    ),
    "jobset": Chart(
        chart="oci://registry.k8s.io/jobset/charts/jobset",
        repository="",
        version="0.12.0",
        released=date(2026, 5, 8),
        namespace="jobset-system",
        source="github.com/kubernetes-sigs/jobset, tag v0.12.0",
    ),
    "kueue": Chart(
        chart="oci://registry.k8s.io/kueue/charts/kueue",
        repository="",
        version="0.19.2",
        released=date(2026, 8, 20),
        namespace="kueue-system",
        source="github.com/kubernetes-sigs/kueue, tag v0.19.2; it needs Kubernetes 1.29 or newer",
    ),
}
# No chart is published, and the released manifest names the image `0.8`, which moves with every patch. 0.8.0 has bugs.
MPI_OPERATOR = Image(
    image="mpioperator/mpi-operator",
    version="0.8.2",
    released=date(2026, 7, 2),
    namespace="mpi-operator",
    source="github.com/kubeflow/mpi-operator, RELEASE.md and deploy/v2beta1/mpi-operator.yaml of v0.8.2",
)
