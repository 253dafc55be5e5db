"""Machines: how they start, what they start from, and what they are told."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.customer_keys import has_customer_key
from policies.rule import Level, Rule, Severity, Subject, example
from policies.secret_text import secrets_in
from policies.unknown import NotEvaluatedError
from policies.user_data import readable

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
OLD_TEMPLATE = "aws:ec2/launchConfiguration:LaunchConfiguration"
MACHINES = (INSTANCE, TEMPLATE, OLD_TEMPLATE)
ADDRESS = "aws:ec2/eip:Eip"
ADDRESS_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
VOLUME = "aws:ebs/volume:Volume"
ENCRYPTED_BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"
OWN_IMAGES = ("aws:ec2/ami:Ami", "aws:ec2/amiCopy:AmiCopy", "aws:ec2/amiFromInstance:AmiFromInstance")
IMAGE_KEYS = {INSTANCE: "ami", TEMPLATE: "imageId", OLD_TEMPLATE: "imageId"}
IMAGE_ID = re.compile(r"ami-(?:[0-9a-f]{17}|[0-9a-f]{8})")
CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html"


def is_true(value: object) -> bool:
    """Whether a truth is told: launch templates have theirs as text."""
    return str(value).lower() == "true"


def _follows_template(subject: Subject) -> bool:
    """Whether a machine has what it does not say itself from a launch template, which is judged on its own.

    Raises:
        NotEvaluatedError: the template is not declared here.
    """
    if subject.resource.type != INSTANCE or not subject.resource.get("launchTemplate"):
        return False
    if not subject.stack.behind(subject.resource, "launchTemplate", TEMPLATE):
        raise NotEvaluatedError("its launch template is not declared here")
    return True


def imdsv2_required(subject: Subject) -> str | None:
    """Judge a machine: the metadata service answers those with a session token only, or nobody."""
    options = subject.resource.get("metadataOptions")
    if not options:
        return None if _follows_template(subject) else "the metadata service answers requests without a token"
    if options.get("httpTokens") == "required" or options.get("httpEndpoint") == "disabled":
        return None
    return "the metadata service answers requests without a token"


def no_public_ip(subject: Subject) -> str | None:
    """Judge a machine: it asks for no public address, and none is bound to it."""
    machine, stack = subject.resource, subject.stack
    interfaces = machine.get("networkInterfaces", ()) if machine.type == TEMPLATE else ()
    asked = [machine.get("associatePublicIpAddress"), *(each.get("associatePublicIpAddress") for each in interfaces)]
    if any(map(is_true, asked)):
        return "it asks for a public address"
    bound = stack.users(machine, ADDRESS, key="instance") + stack.users(machine, ADDRESS_ASSOCIATION, key="instanceId")
    return f"{bound[0].name} binds a public address to it" if bound else None


def userdata_no_secrets(subject: Subject) -> str | None:
    """Judge a machine: its user data, however wrapped, holds no secret; whoever runs on it can read it."""
    given = [subject.resource.get(key, "") for key in ("userData", "userDataBase64")]
    texts = [text for each in given for text in readable(str(each))]
    found = list(dict.fromkeys(secret for text in texts for secret in secrets_in(text)))
    return f"its user data holds {', '.join(found)}" if found else None


def volumes_encrypted(subject: Subject) -> str | None:
    """Judge a machine or a volume: its volumes are encrypted, by itself or by the region's default.

    A volume of its own keeps data, and has a key of one's own.
    """
    resource, stack = subject.resource, subject.stack
    if resource.type == VOLUME:
        if not is_true(resource.get("encrypted")) and not _by_default(subject):
            return "it is not encrypted"
        return None if has_customer_key(stack, resource, "kmsKeyId") else "it is encrypted with AWS's own key"
    if _by_default(subject):
        return None
    return VOLUMES[resource.type](subject)


def _by_default(subject: Subject) -> bool:
    region = subject.resource.get("region", subject.settings.region)
    defaults = subject.stack.of(ENCRYPTED_BY_DEFAULT)
    return any(each.get("enabled", True) and each.get("region", subject.settings.region) == region for each in defaults)


def _of_template(subject: Subject) -> str | None:
    mappings = subject.resource.get("blockDeviceMappings", ())
    volumes = {str(each.get("deviceName")): each["ebs"] for each in mappings if each.get("ebs")}
    if not volumes:
        return "it names no volume, so that the root volume is as the image has it"
    return _plain(volumes)


def _of_machine(subject: Subject) -> str | None:
    machine = subject.resource
    root = machine.get("rootBlockDevice")
    if not root and not _follows_template(subject):
        return "it does not name its root volume, which is as the image has it"
    more = {str(each.get("deviceName")): each for each in machine.get("ebsBlockDevices", ())}
    return _plain({**({"the root volume": root} if root else {}), **more})


def _plain(volumes: Mapping[str, Mapping[str, Any]]) -> str | None:
    plain = [name for name, volume in volumes.items() if not is_true(volume.get("encrypted"))]
    return f"not encrypted: {', '.join(plain)}" if plain else None


VOLUMES: Mapping[str, Callable[[Subject], str | None]] = {
    INSTANCE: _of_machine,
    TEMPLATE: _of_template,
    OLD_TEMPLATE: _of_machine,
}


def ami_owner_pinned(subject: Subject) -> str | None:
    """Judge a machine: its image is one that the settings name or the stack makes, so nobody else's can slip in."""
    machine, stack = subject.resource, subject.stack
    key = IMAGE_KEYS[machine.type]
    image = str(machine.get(key, ""))
    if not image or stack.behind(machine, key, *OWN_IMAGES):
        return None
    if IMAGE_ID.fullmatch(image) is None:
        return f"the image {image} is looked up when a machine starts"
    return None if image in _images(subject) else f"the image {image} stands nowhere in the settings: it was looked up"


def _images(subject: Subject) -> Iterator[str]:
    """Every image that the settings name."""
    return (each[0] for each in IMAGE_ID.finditer(subject.settings.model_dump_json()))


_NO_TOKEN = {"metadataOptions": {"httpTokens": "optional"}}
_PUBLIC = {"networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": "true"}]}
_LOOK_UP = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

IMDSV2_REQUIRED = Rule(
    name="imdsv2-required",
    description="The instance metadata service wants a session token (IMDSv2).",
    types=MACHINES,
    judge=imdsv2_required,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation='Set http_tokens="required" in the metadata options.',
    reference=f"{CONTROLS}#ec2-8",
    example=(example(TEMPLATE, _NO_TOKEN),),
    checkov=("CKV_AWS_79",),
)

NO_PUBLIC_IP = Rule(
    name="no-public-ip",
    description="No machine has a public address.",
    types=MACHINES,
    judge=no_public_ip,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Leave the address out, start it in a private subnet, and reach it through the access setting.",
    reference=f"{CONTROLS}#ec2-9",
    example=(example(TEMPLATE, _PUBLIC),),
    checkov=("CKV_AWS_88",),
)

USERDATA_NO_SECRETS = Rule(
    name="userdata-no-secrets",
    description="No user data holds a secret, however it is wrapped.",
    types=MACHINES,
    judge=userdata_no_secrets,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Put the secret into Secrets Manager or Parameter Store, let the instance's role read it at boot, and"
    " change it: it has been in the state and in the template's versions.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
    example=(example(INSTANCE, {"userData": "#!/bin/bash\nexport HF_TOKEN=hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567\n"}),),
    checkov=("CKV_AWS_46",),
)

VOLUMES_ENCRYPTED = Rule(
    name="volumes-encrypted",
    description="Every volume is encrypted; one that outlives its machine with a key of your own.",
    types=(*MACHINES, VOLUME),
    judge=volumes_encrypted,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation='Name the root volume in the template\'s block_device_mappings with encrypted="true", or declare an'
    " aws.ebs.EncryptionByDefault; give a volume of its own kms_key_id.",
    reference=f"{CONTROLS}#ec2-181",
    example=(example(TEMPLATE, {"blockDeviceMappings": [{"deviceName": "/dev/sda1", "ebs": {"volumeSize": 200}}]}),),
    checkov=("CKV_AWS_3", "CKV_AWS_8", "CKV_AWS_189"),
)

AMI_OWNER_PINNED = Rule(
    name="ami-owner-pinned",
    description="Every machine image is an id that the settings name, never the newest of a name.",
    types=MACHINES,
    judge=ami_owner_pinned,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Write the image's id into the settings; `aidc image` shows the newest.",
    reference="https://securitylabs.datadoghq.com/articles/whoami-a-cloud-image-name-confusion-attack/",
    example=(example(TEMPLATE, {"imageId": _LOOK_UP}),),
    checkov=("CKV_AWS_386",),
)

RULES = (IMDSV2_REQUIRED, NO_PUBLIC_IP, USERDATA_NO_SECRETS, VOLUMES_ENCRYPTED, AMI_OWNER_PINNED)
