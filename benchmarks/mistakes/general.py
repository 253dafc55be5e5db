"""Mistakes that any cloud knows: open networks, plain disks, secrets where everyone reads them."""

from base64 import b64encode
from gzip import compress

from benchmarks.mistakes.changes import Address, add, drop, put, take
from benchmarks.mistakes.mistake import Mistake
from policies.compute import ADDRESS, INSTANCE, TEMPLATE, VOLUME
from policies.network import FLOW_LOG, SUBNET
from policies.security_rules import DEFAULT_GROUP, GROUP, INGRESS, OLD_RULE

SSH = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "description": "SSH"}
HTTPS_INSIDE = {
    "protocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "cidrBlocks": ["10.20.0.0/16"],
    "description": "HTTPS from the network",
}
NOTEBOOK = {"type": "ingress", "protocol": "tcp", "fromPort": 8888, "toPort": 8888, "cidrBlocks": ["0.0.0.0/0"]}
TO_ITSELF = [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]
HUB_TOKEN = "#!/bin/bash\nexport HF_TOKEN=hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567\n"  # noqa: S105 - no token
ACCESS_KEY = "#cloud-config\nruncmd:\n- export AWS_ACCESS_KEY_ID=AKIAQWERTYUIOPASDFGH\n"
NEWEST_IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


_JUMP_HOST_GROUP = Address(GROUP, "prod-jump-host-group")
_PROD_TEMPLATE = Address(TEMPLATE, "prod-training-template")
_RESEARCH_TEMPLATE = Address(TEMPLATE, "research-training-template")
_DEV_TEMPLATE = Address(TEMPLATE, "dev-workers-template")

NETWORK = (
    Mistake(
        "SSH to the nodes from anywhere",
        "prod",
        "sg-no-world-ingress",
        "prod-training-fabric-ssh-in",
        put(Address(INGRESS, "prod-training-fabric-ssh-in"), "cidrIpv4", "0.0.0.0/0"),
    ),
    Mistake(
        "the endpoints open to half the internet",
        "prod",
        "sg-no-world-ingress",
        "prod-endpoints-https-in",
        put(Address(INGRESS, "prod-endpoints-https-in"), "cidrIpv4", "128.0.0.0/1"),
    ),
    Mistake(
        "SSH to the jump host from anywhere by IPv6",
        "prod",
        "sg-no-world-ingress",
        "prod-ssh-in",
        add(Address(INGRESS, "prod-ssh-in"), {**SSH, "cidrIpv6": "::/0"}, securityGroupId=_JUMP_HOST_GROUP),
    ),
    Mistake(
        "a notebook's port open to the world, by a rule of the older kind",
        "prod",
        "sg-no-world-ingress",
        "prod-notebook",
        add(
            Address(OLD_RULE, "prod-notebook"),
            {**NOTEBOOK, "description": "Notebooks"},
            securityGroupId=_JUMP_HOST_GROUP,
        ),
        also=("sg-no-mixed-rules",),
    ),
    Mistake(
        "rules inside a group that has rules beside it",
        "staging",
        "sg-no-mixed-rules",
        "staging-endpoints-group",
        put(Address(GROUP, "staging-endpoints-group"), "ingress", [{**HTTPS_INSIDE, "toPort": 8443}]),
    ),
    Mistake(
        "a rule that does not say what it is for",
        "staging",
        "sg-described",
        "staging-cluster-endpoint-https",
        take(Address(INGRESS, "staging-cluster-endpoint-https"), "description"),
    ),
    Mistake(
        "the default security group left as AWS makes it",
        "dev",
        "default-sg-closed",
        "dev-vpc",
        drop(Address(DEFAULT_GROUP, "dev-default")),
    ),
    Mistake(
        "the default security group open to itself",
        "research",
        "default-sg-closed",
        "research-default",
        put(Address(DEFAULT_GROUP, "research-default"), "ingress", TO_ITSELF),
    ),
    Mistake(
        "public addresses for whatever starts in a subnet",
        "dev",
        "subnet-no-auto-public-ip",
        "dev-public-us-east-1a",
        put(Address(SUBNET, "dev-public-us-east-1a"), "mapPublicIpOnLaunch", value=True),
    ),
    Mistake(
        "no flow log",
        "staging",
        "vpc-flow-logs",
        "staging-vpc",
        drop(Address(FLOW_LOG, "staging-flow-logs-vpc")),
    ),
)

COMPUTE = (
    Mistake(
        "metadata without a token",
        "prod",
        "imdsv2-required",
        "prod-training-template",
        put(_PROD_TEMPLATE, "metadataOptions.httpTokens", "optional"),
    ),
    Mistake(
        "no word on the metadata service",
        "staging",
        "imdsv2-required",
        "staging-training-template",
        take(Address(TEMPLATE, "staging-training-template"), "metadataOptions"),
    ),
    Mistake(
        "an elastic address on a node",
        "dev",
        "no-public-ip",
        "dev-workers-0",
        add(Address(ADDRESS, "dev-way-in"), {"domain": "vpc"}, instance=Address(INSTANCE, "dev-workers-0")),
    ),
    Mistake(
        "a public address for the jump host",
        "prod",
        "no-public-ip",
        "prod-jump-host-template",
        put(Address(TEMPLATE, "prod-jump-host-template"), "networkInterfaces.0.associatePublicIpAddress", "true"),
    ),
    Mistake(
        "a model hub's token in user data",
        "dev",
        "userdata-no-secrets",
        "dev-workers-template",
        put(_DEV_TEMPLATE, "userData", b64encode(HUB_TOKEN.encode()).decode()),
    ),
    Mistake(
        "an access key in packed user data",
        "dev",
        "userdata-no-secrets",
        "dev-workers-template",
        put(_DEV_TEMPLATE, "userData", b64encode(compress(ACCESS_KEY.encode(), mtime=0)).decode()),
    ),
    Mistake(
        "a plain root volume",
        "prod",
        "volumes-encrypted",
        "prod-training-template",
        put(_PROD_TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", "false"),
    ),
    Mistake(
        "a plain volume of its own",
        "prod",
        "volumes-encrypted",
        "prod-home",
        add(Address(VOLUME, "prod-home"), {"availabilityZone": "us-east-2c", "size": 2048}),
        also=("backup-covers-all-stateful",),
    ),
    Mistake(
        "the newest image of a name",
        "dev",
        "ami-owner-pinned",
        "dev-workers-template",
        put(_DEV_TEMPLATE, "imageId", NEWEST_IMAGE),
    ),
    Mistake(
        "an image that no settings name",
        "research",
        "ami-owner-pinned",
        "research-training-template",
        put(_RESEARCH_TEMPLATE, "imageId", "ami-0fedcba9876543210"),
    ),
)

GENERAL = (*NETWORK, *COMPUTE)
