import pytest

from playbooks.plan.made_up import outputs, promised


def test_every_plain_output_that_the_type_promises_is_there() -> None:
    """Text is told by its name, a number is 1; what may be absent stays absent."""
    made = outputs("aws:ec2/launchTemplate:LaunchTemplate", "t", {})

    assert made["latestVersion"] == 1
    assert made["arn"] == "arn:aws:ec2:us-east-1:123456789012:launchTemplate/t"
    assert "imageId" not in made


def test_inputs_are_kept_as_they_were_given() -> None:
    """Only what nobody said is made up."""
    assert "cidrBlock" not in outputs("aws:ec2/vpc:Vpc", "v", {"cidrBlock": "10.0.0.0/16"})


def test_a_buckets_arn_names_the_bucket() -> None:
    """Policies are written with it, and read by rules."""
    assert outputs("aws:s3/bucket:Bucket", "b", {"bucket": "data"})["arn"] == "arn:aws:s3:::data"


def test_promised_outputs_are_plain() -> None:
    """Blocks and lists are left out."""
    assert set(promised("aws:ec2/instance:Instance").values()) <= {str, int, bool}


def test_an_unknown_type_is_named() -> None:
    """No output is made up for what the SDK does not have."""
    with pytest.raises(LookupError, match="aws:nope/nothing:Nothing"):
        outputs("aws:nope/nothing:Nothing", "n", {})
