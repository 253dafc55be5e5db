import gzip
from base64 import b64encode
from typing import Any

import pytest

from policies.compute import (
    ADDRESS,
    ADDRESS_ASSOCIATION,
    AMI_OWNER_PINNED,
    ENCRYPTED_BY_DEFAULT,
    IMDSV2_REQUIRED,
    INSTANCE,
    NO_PUBLIC_IP,
    OLD_TEMPLATE,
    OWN_IMAGES,
    TEMPLATE,
    USERDATA_NO_SECRETS,
    VOLUME,
    VOLUMES_ENCRYPTED,
)
from policies.rule import Rule, example
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import word

SCRIPT = "#!/bin/bash\nhuggingface-cli login --token hf_" + "a1B2" * 8 + "\n"
NODES = example(TEMPLATE, {"metadataOptions": {"httpTokens": "required"}})
FOLLOWER = example(INSTANCE, {"launchTemplate": {"id": "lt-1"}}, launchTemplate=NODES)
STRANGER = example(INSTANCE, {"launchTemplate": {"id": "lt-0123456789abcdef0"}})
KEY = example("aws:kms/key:Key", {})


def of_template(rule: Rule, properties: dict[str, Any]) -> str | None:
    """What a rule says of a launch template."""
    return word(rule, example(TEMPLATE, properties))


def test_the_metadata_service_wants_a_token() -> None:
    """Or is off; where nothing is said, EC2 asks for none."""
    assert of_template(IMDSV2_REQUIRED, {"metadataOptions": {"httpTokens": "required"}}) is None
    assert of_template(IMDSV2_REQUIRED, {"metadataOptions": {"httpEndpoint": "disabled"}}) is None
    assert of_template(IMDSV2_REQUIRED, {"metadataOptions": {"httpPutResponseHopLimit": 1}}) is not None
    assert of_template(IMDSV2_REQUIRED, {}) is not None
    assert word(IMDSV2_REQUIRED, example(OLD_TEMPLATE, {})) is not None


@pytest.mark.parametrize("rule", [IMDSV2_REQUIRED, VOLUMES_ENCRYPTED], ids=lambda rule: rule.name)
def test_an_instance_follows_its_template(rule: Rule) -> None:
    """The template is judged on its own; of one that is not declared here nothing is known."""
    assert word(rule, FOLLOWER, NODES) is None
    with pytest.raises(NotEvaluatedError, match="its launch template is not declared here"):
        word(rule, STRANGER)


def test_what_an_instance_says_itself_goes_before_its_template() -> None:
    """It overrides the template."""
    own = {"launchTemplate": {"id": "lt-1"}, "metadataOptions": {"httpTokens": "optional"}}

    assert word(IMDSV2_REQUIRED, example(INSTANCE, own, launchTemplate=NODES), NODES) is not None


def test_no_machine_asks_for_a_public_address() -> None:
    """Launch templates say so in text, on any of their interfaces."""
    private, public = {"deviceIndex": 0, "associatePublicIpAddress": "false"}, {"associatePublicIpAddress": "true"}

    assert of_template(NO_PUBLIC_IP, {"networkInterfaces": [private]}) is None
    assert of_template(NO_PUBLIC_IP, {"networkInterfaces": [private, public]}) == "it asks for a public address"
    assert word(NO_PUBLIC_IP, example(INSTANCE, {"associatePublicIpAddress": True})) is not None
    assert word(NO_PUBLIC_IP, example(INSTANCE, {"associatePublicIpAddress": False})) is None


def test_no_public_address_is_bound_to_a_machine() -> None:
    """By the address itself, or by an association."""
    instance = example(INSTANCE, {})

    assert word(NO_PUBLIC_IP, instance, example(ADDRESS, {}, instance=instance)) == "eip binds a public address to it"
    assert word(NO_PUBLIC_IP, instance, example(ADDRESS_ASSOCIATION, {}, instanceId=instance)) is not None
    assert word(NO_PUBLIC_IP, instance, example(ADDRESS, {"domain": "vpc"})) is None


def test_user_data_holds_no_secret_however_it_is_wrapped() -> None:
    """Plain, in base64, in gzip; the secret itself is not told again."""
    wrapped = b64encode(gzip.compress(SCRIPT.encode())).decode()
    said = "its user data holds a Hugging Face token"

    assert word(USERDATA_NO_SECRETS, example(INSTANCE, {"userData": SCRIPT})) == said
    assert word(USERDATA_NO_SECRETS, example(INSTANCE, {"userDataBase64": wrapped})) == said
    assert of_template(USERDATA_NO_SECRETS, {"userData": wrapped}) == said
    assert of_template(USERDATA_NO_SECRETS, {"userData": b64encode(b"#!/bin/bash\nset -eu\n").decode()}) is None


def test_user_data_that_is_not_known_yet_is_not_judged() -> None:
    """It is made from the file system's name, say."""
    with pytest.raises(NotEvaluatedError, match="userData"):
        of_template(USERDATA_NO_SECRETS, {"userData": Unknown("userData")})


def test_every_volume_of_a_template_is_encrypted() -> None:
    """Instance store and suppressed devices are no volumes; a template without any leaves it to the image."""
    encrypted = {"deviceName": "/dev/sda1", "ebs": {"encrypted": "true"}}
    plain = {"deviceName": "/dev/sdb", "ebs": {"encrypted": "false"}}
    local = {"deviceName": "/dev/sdc", "virtualName": "ephemeral0"}

    assert of_template(VOLUMES_ENCRYPTED, {"blockDeviceMappings": [encrypted, local]}) is None
    assert of_template(VOLUMES_ENCRYPTED, {"blockDeviceMappings": [encrypted, plain]}) == "not encrypted: /dev/sdb"
    assert "names no volume" in str(of_template(VOLUMES_ENCRYPTED, {"blockDeviceMappings": [local]}))


def test_every_volume_of_an_instance_is_encrypted() -> None:
    """The root volume, and those beside it."""
    root, data = {"rootBlockDevice": {"encrypted": True}}, {"deviceName": "/dev/sdb", "encrypted": False}

    assert word(VOLUMES_ENCRYPTED, example(INSTANCE, root)) is None
    assert word(VOLUMES_ENCRYPTED, example(INSTANCE, {})) is not None
    assert word(VOLUMES_ENCRYPTED, example(INSTANCE, {**root, "ebsBlockDevices": [data]})) == "not encrypted: /dev/sdb"
    assert word(VOLUMES_ENCRYPTED, example(OLD_TEMPLATE, root)) is None


def test_a_region_that_encrypts_by_default_encrypts_all() -> None:
    """The same region, and while it is on."""
    bare = example(TEMPLATE, {})

    assert word(VOLUMES_ENCRYPTED, bare, example(ENCRYPTED_BY_DEFAULT, {})) is None
    assert word(VOLUMES_ENCRYPTED, bare, example(ENCRYPTED_BY_DEFAULT, {"enabled": False})) is not None
    assert word(VOLUMES_ENCRYPTED, bare, example(ENCRYPTED_BY_DEFAULT, {"region": "eu-west-1"})) is not None


def test_a_volume_of_its_own_has_a_key_of_ones_own() -> None:
    """It outlives the machine, and so may its snapshots."""
    encrypted = example(VOLUME, {"encrypted": True})

    assert word(VOLUMES_ENCRYPTED, example(VOLUME, {})) == "it is not encrypted"
    assert word(VOLUMES_ENCRYPTED, encrypted) == "it is encrypted with AWS's own key"
    assert word(VOLUMES_ENCRYPTED, example(VOLUME, {"encrypted": True}, kmsKeyId=KEY), KEY) is None


def test_an_image_stands_in_the_settings() -> None:
    """Never a parameter that moves, nor an id that a look-up found."""
    assert of_template(AMI_OWNER_PINNED, {"imageId": "ami-0123456789abcdef0"}) is None
    assert "stands nowhere in the settings" in str(of_template(AMI_OWNER_PINNED, {"imageId": "ami-0fedcba9876543210"}))
    assert "is looked up when" in str(of_template(AMI_OWNER_PINNED, {"imageId": "resolve:ssm:/golden/latest"}))
    assert word(AMI_OWNER_PINNED, example(INSTANCE, {"ami": "ami-0fedcba9876543210"})) is not None
    assert of_template(AMI_OWNER_PINNED, {}) is None


def test_an_image_that_the_stack_makes_is_its_own() -> None:
    """A copy, say, that is encrypted with the team's key."""
    copy = example(OWN_IMAGES[1], {})

    assert word(AMI_OWNER_PINNED, example(TEMPLATE, {"imageId": "ami-0fedcba9876543210"}, imageId=copy), copy) is None
