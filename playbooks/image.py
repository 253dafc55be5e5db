"""The machine image of a fleet: what the settings say, and the newest that its public SSM parameter names."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from components.catalogue.instance_types import InstanceType, instance_type
from playbooks.account import Client
from playbooks.errors import ImageError
from playbooks.inventory import answering
from stacks.mistakes import instead, shown
from stacks.settings import Fleet, Settings

# By who made the type's accelerators. Sources: AWS Deep Learning AMIs developer guide, "Finding the ID of a DLAMI"
# (/aws/service/deeplearning/ami/<architecture>/<ami type>/latest/ami-id); AWS Neuron documentation, "Neuron DLAMI User
# Guide" (<prefix>/latest/image_id); Ubuntu on AWS, "Find Ubuntu images".
PARAMETERS = {
    "NVIDIA": "/aws/service/deeplearning/ami/{architecture}/oss-nvidia-driver-gpu-pytorch-2.10-ubuntu-24.04"
    "/latest/ami-id",
    "AWS": "/aws/service/neuron/dlami/multi-framework/ubuntu-24.04/latest/image_id",
    "": "/aws/service/canonical/ubuntu/server/24.04/stable/current/{debian_architecture}/hvm/ebs-gp3/ami-id",
}
DEBIAN = {"x86_64": "amd64", "arm64": "arm64"}


class Image(NamedTuple):
    """A machine image, as EC2 describes it.

    Attributes:
        id: `ami-…`.
        name: the name that its owner gave it.
        created: when, in UTC as ISO 8601.
        deprecated: from when on its owner advises against it; empty where that is not said.
        architecture: `x86_64` or `arm64`.
        root_device: what it calls its root device.
        root_gib: size of its root volume; a node's own can't be smaller.
    """

    id: str
    name: str
    created: str
    deprecated: str
    architecture: str
    root_device: str
    root_gib: int


class Comparison(NamedTuple):
    """A fleet's image beside the newest one.

    Attributes:
        parameter: the SSM parameter that names the newest.
        declared_id: the image in the settings.
        declared: what EC2 knows of it; None where it knows no such image.
        newest: what the parameter names.
    """

    parameter: str
    declared_id: str
    declared: Image | None
    newest: Image


def fleet_of(settings: Settings, name: str) -> Fleet:
    """A fleet by its name.

    Raises:
        ImageError: the environment has no such fleet, or it is the cluster's.
    """
    if name not in settings.fleets:
        raise ImageError(f"{settings.name} has no fleet {shown(name)}. {instead(name, tuple(settings.fleets))}")
    if settings.fleets[name].cluster:
        raise ImageError(f"{name} is the cluster's: its nodes start from a release of EKS's own image, not by an id")
    return settings.fleets[name]


def parameter_of(fleet: Fleet) -> str:
    """The SSM parameter that names a fleet's newest image: the settings' own, or the one that suits the type."""
    return fleet.image_parameter or default_parameter(instance_type(fleet.instance_type))


def default_parameter(kind: InstanceType) -> str:
    """The public parameter of an image with the drivers that a type needs."""
    return PARAMETERS.get(kind.accelerator_manufacturer, PARAMETERS[""]).format(
        architecture=kind.architecture, debian_architecture=DEBIAN[kind.architecture]
    )


def compare(ssm: Client, ec2: Client, fleet: Fleet) -> Comparison:
    """A fleet's image beside the newest one.

    Raises:
        ImageError: there is no such parameter in the region, or it names no image that can be seen.
        AccountError: the account does not answer.
    """
    parameter = parameter_of(fleet)
    newest_id = _value(ssm, parameter)
    with answering("what these images are"):
        # By filter, since one id that is gone would refuse them all; the deprecated are left out unless asked for.
        found = ec2.describe_images(
            Filters=[{"Name": "image-id", "Values": [fleet.image, newest_id]}], IncludeDeprecated=True
        )["Images"]
    images = {each["ImageId"]: _image(each) for each in found}
    if newest_id not in images:
        raise ImageError(f"{parameter} names {newest_id}, and EC2 shows no such image in this region")
    return Comparison(parameter, fleet.image, images.get(fleet.image), images[newest_id])


def _value(ssm: Client, parameter: str) -> str:
    with answering(f"what {parameter} holds"):
        try:
            return str(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            path, _, _ = parameter.rpartition("/latest")
            listing = f"`aws ssm get-parameters-by-path --recursive --path {path.rpartition('/')[0] or '/aws/service'}`"
            raise ImageError(
                f"{ssm.meta.region_name} has no SSM parameter {parameter}; {listing} lists what there is: write one as"
                " the fleet's imageParameter"
            ) from error


def _image(said: Mapping[str, Any]) -> Image:
    device = said.get("RootDeviceName", "")
    root = [each for each in said["BlockDeviceMappings"] if each["DeviceName"] == device and "Ebs" in each]
    return Image(
        said["ImageId"],
        said["Name"],
        said["CreationDate"],
        said.get("DeprecationTime", ""),
        said["Architecture"],
        device,
        root[0]["Ebs"].get("VolumeSize", 0) if root else 0,
    )


def misfits(fleet: Fleet, image: Image) -> list[str]:
    """What of the settings does not go with an image, and what to write instead."""
    kind, volume, told = instance_type(fleet.instance_type), fleet.root_volume, []
    if image.architecture != kind.architecture:
        told.append(f"It is an {image.architecture} image, and {kind.name} is {kind.architecture}.")
    if image.root_device != volume.device:
        told.append(f"Its root device is {image.root_device}: write `rootVolume: {{device: {image.root_device}}}`.")
    if image.root_gib > volume.size_gib:
        told.append(f"Its root volume has {image.root_gib} GiB: write `rootVolume: {{sizeGib: {image.root_gib}}}`.")
    return told


def told(fleet_name: str, fleet: Fleet, found: Comparison) -> list[str]:
    """The comparison, in lines for a person."""
    newest, declared = found.newest, found.declared
    lines = [f"Newest by {found.parameter}:", *_described(newest)]
    if found.declared_id == newest.id:
        lines.append(f"fleets.{fleet_name}.image is this one.")
    else:
        missing = "  EC2 shows no such image in this region: it is gone, private, or another region's."
        lines.append(f"fleets.{fleet_name}.image is another:")
        lines += _described(declared) if declared else [f"  {found.declared_id}", missing]
        lines.append(
            f"To take the newest for nodes made from then on: `image: {newest.id}`. Running nodes keep theirs."
        )
    return [*lines, *misfits(fleet, newest)]


def _described(image: Image) -> list[str]:
    deprecation = f", deprecated from {image.deprecated}" if image.deprecated else ""
    return [f"  {image.id}  {image.name}", f"  created {image.created}{deprecation}"]
