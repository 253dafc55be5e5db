import pytest

from components.catalogue.instance_types import instance_type
from components.cluster.node_images import image_type, node_config


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("p5.48xlarge", "AL2023_x86_64_NVIDIA"),
        ("g5g.xlarge", "AL2023_ARM_64_NVIDIA"),
        ("trn2.48xlarge", "AL2023_x86_64_NEURON"),
        ("m7i.xlarge", "AL2023_x86_64_STANDARD"),
        ("m7g.xlarge", "AL2023_ARM_64_STANDARD"),
    ],
)
def test_each_kind_of_hardware_has_its_image(name: str, image: str) -> None:
    """Drivers come with the image."""
    assert image == image_type(instance_type(name))


def test_hardware_without_an_image_is_named() -> None:
    """An image without the driver would leave the accelerators idle."""
    odd = instance_type("trn2.48xlarge")._replace(architecture="arm64")

    with pytest.raises(LookupError, match=r"EKS has no image for trn2.48xlarge \(AWS arm64\)"):
        image_type(odd)


def test_pods_are_bounded_by_a_flag_which_wins_over_what_eks_writes_later() -> None:
    """EKS's own part sets `maxPods` in the kubelet's file."""
    assert "    flags:\n    - --max-pods=32\n" in node_config(instance_type("m7i.xlarge"), 32)


@pytest.mark.parametrize(("name", "striped"), [("p5.48xlarge", True), ("m7i.xlarge", False)])
def test_local_disks_become_one_where_there_are_some(name: str, striped: bool) -> None:
    """The kubelet and the images of containers stand on it then."""
    assert striped == ("strategy: RAID0" in node_config(instance_type(name), 32))
