from typing import Any

import boto3
import pytest
from botocore.model import StructureShape

from sandbox.request import Request, request


def shape(service: str, operation: str) -> StructureShape:
    """The input of an AWS operation."""
    client: Any = boto3.Session(region_name="us-east-1").client(service)  # type: ignore[call-overload]
    found = client.meta.service_model.operation_model(operation).input_shape
    assert isinstance(found, StructureShape)
    return found


def test_properties_find_their_arguments_whatever_the_letter_case() -> None:
    """S3 writes `SSEAlgorithm`, the provider `sseAlgorithm`."""
    rules = shape("s3", "PutBucketEncryption").members["ServerSideEncryptionConfiguration"]
    assert isinstance(rules, StructureShape)

    made = request(rules, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]}, {})

    assert made == Request({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}, ())


def test_a_property_without_a_place_is_named_with_its_path() -> None:
    """Nothing is dropped in silence, at no depth."""
    made = request(shape("ec2", "RunInstances"), {"launchTemplate": {"colour": "red", "version": "1"}, "speed": 9}, {})

    assert made == Request({"LaunchTemplate": {"Version": "1"}}, ("launchTemplate.colour", "speed"))


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"tags": {"owner": "us"}}, {"Tags": [{"Key": "owner", "Value": "us"}]}),
        ({"resourceType": None}, {}),
        ({"resourceType": "volume"}, {"ResourceType": "volume"}),
    ],
)
def test_values_take_the_form_that_aws_wants(given: dict[str, Any], taken: dict[str, Any]) -> None:
    """Tags become pairs, and what is not said is not sent."""
    template = shape("ec2", "CreateLaunchTemplate").members["LaunchTemplateData"]
    assert isinstance(template, StructureShape)

    made = request(template, {"tagSpecifications": [given]}, {})

    assert made.arguments == {"TagSpecifications": [taken]}


def test_a_truth_written_as_text_is_a_truth() -> None:
    """The provider takes `deleteOnTermination` as text."""
    template = shape("ec2", "CreateLaunchTemplate").members["LaunchTemplateData"]
    assert isinstance(template, StructureShape)

    made = request(template, {"networkInterfaces": [{"deleteOnTermination": "true"}]}, {})

    assert made.arguments == {"NetworkInterfaces": [{"DeleteOnTermination": True}]}


def test_a_block_that_stands_once_becomes_a_list() -> None:
    """`rule` of an ownership control is the only one of its `Rules`."""
    controls = shape("s3", "PutBucketOwnershipControls").members["OwnershipControls"]
    assert isinstance(controls, StructureShape)

    made = request(controls, {"rule": {"objectOwnership": "BucketOwnerEnforced"}}, {"rule": "Rules"})

    assert made.arguments == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
