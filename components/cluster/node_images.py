"""EKS's own images: which one suits an instance type, and what its nodes are told at first boot. Pure."""

from components.catalogue.instance_types import InstanceType

# By the accelerators' maker and the architecture, as `AMITypes` of the EKS API has them. Amazon Linux 2023 has NVIDIA's
# or Neuron's driver and, on types with EFA, the fabric's software and 5,128 huge pages of 2 MiB set aside
# (EKS user guide, "Run machine learning training with EFA").
IMAGES = {
    ("", "x86_64"): "AL2023_x86_64_STANDARD",
    ("", "arm64"): "AL2023_ARM_64_STANDARD",
    ("NVIDIA", "x86_64"): "AL2023_x86_64_NVIDIA",
    ("NVIDIA", "arm64"): "AL2023_ARM_64_NVIDIA",
    ("AWS", "x86_64"): "AL2023_x86_64_NEURON",
}
ROOT_DEVICE = "/dev/xvda"  # of every Amazon Linux 2023 image
NODE_CONFIG = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    flags:
    - --max-pods={pods}
{disks}
--//--
"""
STRIPED_DISKS = """\
  instance:
    localStorage:
      strategy: RAID0
"""


def image_type(kind: InstanceType) -> str:
    """The image, by EKS's name for it.

    Raises:
        LookupError: EKS has none for it.
    """
    needs = (kind.accelerator_manufacturer, kind.architecture)
    if needs not in IMAGES:
        raise LookupError(f"EKS has no image for {kind.name} ({' '.join(filter(None, needs))})")
    return IMAGES[needs]


def node_config(kind: InstanceType, pods_per_node: int) -> str:
    """What the launch template adds to the configuration that EKS writes: pods at most, and striped local disks.

    EKS's own part comes after this one and sets `maxPods` for interfaces without prefixes; a flag of the kubelet wins
    over both.
    """
    return NODE_CONFIG.format(pods=pods_per_node, disks=STRIPED_DISKS if kind.disk_nvme else "")
