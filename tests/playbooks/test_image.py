from typing import Any

import pytest
from botocore.stub import Stubber

from components.catalogue.instance_types import instance_type
from playbooks import image
from playbooks.account import Clients
from playbooks.errors import AccountError, ImageError
from playbooks.image import Comparison, Image
from stacks.settings import Fleet
from tests.stacks.documents import VALID, settings_of

OURS, NEWEST = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
OLD = Image(OURS, "PyTorch 2.9", "2026-03-20T00:00:00.000Z", "2028-03-20T00:00:00.000Z", "x86_64", "/dev/sda1", 75)
NEW = OLD._replace(id=NEWEST, name="PyTorch 2.10", created="2026-11-20T00:00:00.000Z", deprecated="")


def fleet(**changed: object) -> Fleet:
    """A fleet with other settings."""
    return settings_of({**VALID, "fleets": {"workers": {**VALID["fleets"]["workers"], **changed}}}).fleets["workers"]


def described(each: Image) -> dict[str, Any]:
    """An image as DescribeImages tells it."""
    return {
        "ImageId": each.id,
        "Name": each.name,
        "CreationDate": each.created,
        "DeprecationTime": each.deprecated,
        "Architecture": each.architecture,
        "RootDeviceName": each.root_device,
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
            {"DeviceName": each.root_device, "Ebs": {"VolumeSize": each.root_gib}},
        ],
    }


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (
            "p5.48xlarge",
            "/aws/service/deeplearning/ami/x86_64/oss-nvidia-driver-gpu-pytorch-2.10-ubuntu-24.04/latest/ami-id",
        ),
        (
            "g5g.16xlarge",
            "/aws/service/deeplearning/ami/arm64/oss-nvidia-driver-gpu-pytorch-2.10-ubuntu-24.04/latest/ami-id",
        ),
        ("trn2.48xlarge", "/aws/service/neuron/dlami/multi-framework/ubuntu-24.04/latest/image_id"),
        ("c7g.large", "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"),
        ("c6in.32xlarge", "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
    ],
)
def test_the_parameter_suits_the_accelerator_and_the_processor(name: str, parameter: str) -> None:
    """An image without the driver would start and be of no use."""
    assert image.default_parameter(instance_type(name)) == parameter


def test_the_settings_own_parameter_goes_before() -> None:
    """Such as that of a team's own images."""
    assert image.parameter_of(fleet(imageParameter="/our/images/latest")) == "/our/images/latest"


def test_the_newest_and_the_declared_are_compared(client: Clients) -> None:
    """Deprecated ones included, for that is what one wants to hear of."""
    ssm, ec2 = client("ssm"), client("ec2")
    wanted = {"Filters": [{"Name": "image-id", "Values": [OURS, NEWEST]}], "IncludeDeprecated": True}
    with Stubber(ssm) as parameters, Stubber(ec2) as images:
        parameters.add_response("get_parameter", {"Parameter": {"Value": NEWEST}}, {"Name": "/our/newest"})
        images.add_response("describe_images", {"Images": [described(NEW), described(OLD)]}, wanted)
        found = image.compare(ssm, ec2, fleet(imageParameter="/our/newest"))

    assert found == Comparison("/our/newest", OURS, OLD, NEW)


def test_a_parameter_is_followed_to_the_image_that_it_names(client: Clients) -> None:
    """All the way through moto."""
    ssm, ec2 = client("ssm"), client("ec2")
    image_id = ec2.describe_images()["Images"][0]["ImageId"]
    ssm.put_parameter(Name="/our/newest", Value=image_id, Type="String")
    found = image.compare(ssm, ec2, fleet(imageParameter="/our/newest"))

    assert (found.newest.id, found.declared) == (image_id, None)


def test_a_parameter_that_is_not_there_names_the_way_to_find_one(client: Clients) -> None:
    """AWS drops the parameters of old PyTorch versions."""
    with pytest.raises(ImageError, match="us-east-1 has no SSM parameter /aws/service/deeplearning/.*imageParameter"):
        image.compare(client("ssm"), client("ec2"), fleet())


def test_a_parameter_that_names_no_image_is_told(client: Clients) -> None:
    """It may hold anything, if it is one's own."""
    ssm = client("ssm")
    ssm.put_parameter(Name="/our/newest", Value="ami-0000", Type="String")

    with pytest.raises(ImageError, match="/our/newest names ami-0000, and EC2 shows no such image in this region"):
        image.compare(ssm, client("ec2"), fleet(imageParameter="/our/newest"))


def test_a_refusal_is_told_with_what_to_do(client: Clients) -> None:
    """As of every question to the account."""
    ssm = client("ssm")
    with Stubber(ssm) as parameters:
        parameters.add_client_error("get_parameter", "AccessDeniedException", "no")
        with pytest.raises(AccountError, match=r"AWS does not say what /our/newest holds: .*get-caller-identity"):
            image.compare(ssm, client("ec2"), fleet(imageParameter="/our/newest"))


def test_what_changed_is_told_with_names_days_and_deprecation() -> None:
    """And the line to write, and what becomes of the nodes that run."""
    assert image.told("workers", fleet(), Comparison("/our/newest", OURS, OLD, NEW)) == [
        "Newest by /our/newest:",
        f"  {NEWEST}  PyTorch 2.10",
        "  created 2026-11-20T00:00:00.000Z",
        "fleets.workers.image is another:",
        f"  {OURS}  PyTorch 2.9",
        "  created 2026-03-20T00:00:00.000Z, deprecated from 2028-03-20T00:00:00.000Z",
        f"To take the newest for nodes made from then on: `image: {NEWEST}`. Running nodes keep theirs.",
    ]


def test_the_newest_itself_is_told_so() -> None:
    """Nothing is to be done."""
    lines = image.told("workers", fleet(image=NEWEST), Comparison("/our/newest", NEWEST, NEW, NEW))

    assert lines[-1] == "fleets.workers.image is this one."


def test_an_image_that_is_gone_is_told() -> None:
    """A node that is replaced could not start."""
    lines = image.told("workers", fleet(), Comparison("/our/newest", OURS, None, NEW))

    assert f"  {OURS}" in lines
    assert "  EC2 shows no such image in this region: it is gone, private, or another region's." in lines


def test_what_of_the_settings_does_not_go_with_the_image_is_told() -> None:
    """EC2 would make a second disk of a root device of another name, and refuse a smaller root volume."""
    strange = NEW._replace(architecture="arm64", root_device="/dev/xvda", root_gib=300)

    assert image.misfits(fleet(), strange) == [
        "It is an arm64 image, and p5.48xlarge is x86_64.",
        "Its root device is /dev/xvda: write `rootVolume: {device: /dev/xvda}`.",
        "Its root volume has 300 GiB: write `rootVolume: {sizeGib: 300}`.",
    ]


def test_an_unknown_fleet_names_the_nearest() -> None:
    """And lists those that there are."""
    with pytest.raises(ImageError, match=r'dev has no fleet "worker". Did you mean workers\?'):
        image.fleet_of(settings_of(VALID), "worker")
